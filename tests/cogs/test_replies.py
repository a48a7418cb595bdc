from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from discord import AppCommandOptionType, app_commands
from discord.app_commands.transformers import IdentityTransformer

from bot.domain import errors as e
from bot.domain.ids import TurnId
from bot.domain.preferences import Layer
from bot.texts import texts_for
from cogs._replies import explain
from tests.factories import NOON

ENGLISH = texts_for("en-US")

PLANNED: list[e.BotError] = [
    *(e.NotAllowedError(rule) for rule in e.Rule),
    e.OptionError("temperature", "3", "0..2"),
    e.LayerError("retention_days", (Layer.SERVER,)),
    e.OptionGoneError(("prompt_loss_weight",), "/fine_tuning/jobs"),
    *(e.FileError("cat.png", fault, 20 << 20) for fault in e.FileFault),
    e.MaskSizeError((1024, 768), (512, 512)),
    *(e.MediaError(failure, name) for failure in e.MediaFailure for name in ("cat.png", "")),
    e.NothingHereError(),
    e.NoPictureError(),
    e.ContentFlaggedError("omni", ("violence",), answer=False),
    e.InputsGoneError(("cat.png", "notes.txt")),
    e.QueueFullError(10),
    e.TooFastError(3.0),
    e.NoThreadsHereError(),
    e.CallNotKeptError(),
    e.TurnRunningError(),
    e.NothingToUndoError(),
    e.NotYoursError(),
    e.ConversationNotFoundError(),
    e.TurnNotFoundError(),
    e.WindowTooSmallError(8192),
    e.WindowTooSmallError(None),
    e.ConfirmationGoneError(),
    *(e.TrainingDataError("train.jsonl", ((3, fault),), more=2) for fault in e.LineFault),
    e.NotAFineTuneError(),
    *(e.BackupError(fault, "data/backup.db") for fault in e.BackupFault),
    e.ShuttingDownError(),
    e.RequestRejectedError("no such value", parameter="temperature"),
    e.ContentRejectedError(),
    e.ContextLengthError(limit=8192),
    e.ContextLengthError(),
    e.KeyRejectedError(),
    e.AccessDeniedError("country not supported"),
    e.ModelNotFoundError(model="gpt-9"),
    e.RemoteNotFoundError(identifier="file-1"),
    e.EndpointMissingError(operation="chat"),
    *(e.BudgetExceededError(scope, 1_000_000, 1_000, NOON) for scope in e.BudgetScope),
    e.PriceUnknownError("gpt-9"),
    e.RateLimitedError(retry_after=12.2),
    e.RateLimitedError(),
    e.CreditExhaustedError(),
    e.ServerFaultError(status=503),
    e.UnreachableError(),
    e.UpstreamTimeoutError(after=60.0),
    *(e.BadAnswerError(damage=damage) for damage in e.Damage),
    e.DatabaseBusyError(),
    e.DatabaseFullError(),
    e.DatabaseCorruptError("data/switchboard.db"),
    e.DatabaseUnavailableError("data/switchboard.db", "permission denied"),
    e.NewerSchemaError("0042", "0001"),
    e.AlreadyRunningError("data/switchboard.db"),
    e.LeaseLostError(TurnId(1)),
    e.UnplannedError(),
]


@pytest.mark.parametrize("error", PLANNED, ids=repr)
@pytest.mark.parametrize("locale", ["en-US", "zh-CN", "zh-TW"])
def test_every_planned_error_has_one_short_sentence(error: e.BotError, locale: str) -> None:
    said = explain(error, texts_for(locale))

    assert said
    assert len(said) <= 400
    assert "{" not in said


def test_no_planned_error_is_forgotten() -> None:
    assert {type(error) for error in PLANNED} == set(leaves(e.BotError))


@pytest.mark.parametrize(
    ("error", "facts"),
    [
        (e.OptionError("temperature", "3", "0..2"), ["temperature", "3", "0..2"]),
        (e.LayerError("retention_days", (Layer.SERVER,)), ["retention_days", "server"]),
        (e.NotAllowedError(e.Rule.GUILD_NOT_ALLOWED), ["ALLOWED_GUILD_IDS", "operator"]),
        (e.FileError("cat.png", e.FileFault.TOO_LARGE, 20 << 20), ["cat.png", "20 MiB"]),
        (e.FileError("cat.png", e.FileFault.TOO_MANY_PIXELS, 25_000_000), ["25 megapixels"]),
        (e.FileError("notes.txt", e.FileFault.TOO_LARGE, 32_000), ["31 KiB"]),
        (e.FileError("talk.mp3", e.FileFault.TOO_LONG, 4 * 3600), ["talk.mp3", "240 minutes"]),
        (e.MaskSizeError((1024, 768), (512, 512)), ["1024x768", "512x512"]),
        (e.MediaError(e.MediaFailure.TIMED_OUT, "cat.png"), ["cat.png"]),
        (e.ModelNotFoundError(model="gpt-9"), ["gpt-9"]),
        (e.RateLimitedError(retry_after=12.2), ["12 seconds"]),
        (e.RateLimitedError(retry_after=0.2), ["one second"]),
        (e.RequestRejectedError("too hot", parameter="temperature"), ["temperature", "too hot"]),
    ],
    ids=repr,
)
def test_a_sentence_names_the_facts(error: e.BotError, facts: list[str]) -> None:
    said = explain(error, ENGLISH)

    assert said
    assert [fact for fact in facts if fact not in said] == []


@pytest.mark.parametrize("error", PLANNED, ids=repr)
def test_where_the_database_is_stays_between_operators(error: e.BotError) -> None:
    said = explain(error, ENGLISH)

    assert said
    assert "switchboard.db" not in said


@pytest.mark.parametrize("error", PLANNED, ids=repr)
def test_what_people_and_servers_wrote_can_neither_break_out_nor_ping(error: e.BotError) -> None:
    said = explain(with_texts(error, "`**`@everyone\n# loud"), ENGLISH)

    assert said
    assert "\n# " not in said
    assert "`**`" not in said


@pytest.mark.parametrize(
    "error",
    [
        app_commands.CommandNotFound("gone", []),
        app_commands.NoPrivateMessage(),
        app_commands.CommandOnCooldown(app_commands.Cooldown(1, 3), 2.2),
        app_commands.MissingPermissions(["manage_messages"]),
        app_commands.BotMissingPermissions(["embed_links"]),
        app_commands.TransformerError(
            "x", AppCommandOptionType.integer, IdentityTransformer(AppCommandOptionType.integer)
        ),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_discord_py_refuses_has_a_sentence_too(error: Exception) -> None:
    assert explain(error, ENGLISH)


def test_an_unplanned_error_has_none() -> None:
    assert explain(KeyError("a bug"), ENGLISH) is None


def leaves(base: type[e.BotError]) -> Iterator[type[e.BotError]]:
    for child in base.__subclasses__():
        yield from leaves(child)
        if not child.__subclasses__():
            yield child


def with_texts(error: e.BotError, text: str) -> e.BotError:
    """The same error with every free text in it replaced."""
    if not is_dataclass(error):
        return error
    facts: dict[str, Any] = {each.name: getattr(error, each.name) for each in fields(error)}
    return type(error)(
        **{name: text if type(value) is str else value for name, value in facts.items()}
    )
