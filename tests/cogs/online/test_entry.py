"""What holds for every command, press and message, whatever it does."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from typing import Any

import pytest
from discord import app_commands

from bot.client import Bot, Services
from bot.domain.ids import PlaceKey
from bot.services.policy import Policy
from cogs._gates import OWN, gate_of
from sandbox.clock import HandClock
from sandbox.discord.interactions.model import InteractionType
from sandbox.discord.interactions.payloads import interaction_create
from sandbox.driver.invocation import Invocation
from sandbox.driver.uploads import Upload
from sandbox.driver.user import User
from sandbox.server import Sandbox
from storage.database import Database
from tests.cogs.online.conftest import Online, SlowModels, Talk
from tests.fakes import FakeChatModel
from tests.pictures import a_png

NOTE = Upload("note.ogg", b"OggS", "audio/ogg")
PICTURE = Upload("cat.png", a_png(), "image/png")
REQUIRED: dict[str, dict[str, Any]] = {
    "audio speak": {"text": "hi"},
    "audio transcribe": {"file": NOTE},
    "audio translate": {"file": NOTE},
    "chat": {"message": "hi"},
    "complete": {"prompt": "Once"},
    "edit": {"instruction": "Shout", "input": "hi"},
    "image edit": {"image": PICTURE, "prompt": "at night"},
    "image generate": {"prompt": "a cat"},
    "image variation": {"image": PICTURE},
    "models info": {"model": "gpt-6"},
    "conversation resume": {"conversation": "1"},
    "preferences set": {"key": "model", "value": "llama"},
    "preferences reset": {"key": "model"},
    "privacy training": {"allow": True},
    "moderate": {"text": "hello"},
    "settings set": {"key": "chat_model", "value": "llama"},
    "settings reset": {"key": "chat_model"},
}
COMMANDS = [
    "audio speak",
    "audio transcribe",
    "audio translate",
    "chat",
    "complete",
    "conversation export",
    "conversation list",
    "conversation new",
    "conversation resume",
    "conversation show",
    "conversation system",
    "conversation thread",
    "conversation undo",
    "edit",
    "help",
    "image edit",
    "image generate",
    "image variation",
    "models info",
    "models list",
    "moderate",
    "preferences reset",
    "preferences set",
    "preferences show",
    "privacy erase",
    "privacy export",
    "privacy show",
    "privacy training",
    "settings panel",
    "settings reset",
    "settings set",
    "settings show",
    "usage me",
    "usage server",
    "write",
]
FORMS = {"write"}


def leaves(bot: Bot) -> Iterator[app_commands.Command[Any, ..., Any]]:
    for command in bot.tree.walk_commands():
        # Those for operators have a matrix of their own, tests/end_to_end/test_operators.py.
        if isinstance(command, app_commands.Command) and not gate_of(command).operators:
            yield command


async def test_no_command_is_missing_from_these_tests(bot: Bot) -> None:
    assert sorted(command.qualified_name for command in leaves(bot)) == COMMANDS


@pytest.fixture
async def blocked(database: Database, models: SlowModels) -> AsyncGenerator[None, None]:
    """Neither the database nor the API answers until the test is over."""
    over = asyncio.Event()
    models.gate = over
    holding = asyncio.Event()

    async def hold() -> None:
        async with database.transaction():
            holding.set()
            await over.wait()

    held = asyncio.ensure_future(hold())
    await holding.wait()
    yield
    over.set()
    await held


@pytest.mark.usefixtures("bot", "blocked")
@pytest.mark.parametrize("name", COMMANDS)
async def test_every_command_is_acknowledged_with_database_and_api_blocked(
    ada: User, name: str
) -> None:
    asked = await ada.slash(name, **REQUIRED.get(name, {}))
    await asked.acknowledged()

    assert asked.interaction.modal if name in FORMS else asked.thinking


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("name", ["conversation show", "conversation list"])
async def test_every_button_is_acknowledged_with_the_database_blocked(
    ada: User, database: Database, talk: Talk, name: str
) -> None:
    for n in range(12):
        await talk(f"subject {n}")
        if "list" in name:
            await (await ada.slash("conversation new")).answer()
    shown = await (await ada.slash(name)).answer()

    async with database.transaction():
        pressed = await ada.press(shown, shown.buttons[0].custom_id)
        await pressed.acknowledged()


@pytest.mark.parametrize("name", [name for name in COMMANDS if name.split()[0] not in OWN])
async def test_every_command_is_refused_to_those_whom_the_settings_rule_out(
    online: Online, services: Services, manager: User, ada: User, name: str
) -> None:
    strict = replace(services, policy=Policy(allowed_users=frozenset({ada.id})))

    async with online(strict):
        refused = await (await manager.slash(name, **REQUIRED.get(name, {}))).answer()

    assert "ALLOWED_USER_IDS" in refused.text
    assert refused.ephemeral
    assert ada.sees() == []


async def test_who_is_ruled_out_gets_no_suggestions_either(
    online: Online, services: Services, ben: User
) -> None:
    strict = replace(services, policy=Policy(blocked=frozenset({ben.id})))

    async with online(strict):
        assert await ben.autocomplete("models info", "model", "gpt") == []


async def test_who_was_ruled_out_meanwhile_can_not_press_or_submit(
    online: Online, services: Services, ada: User
) -> None:
    async with online():
        shown = await (await ada.slash("conversation system", prompt="Be kind.")).answer()
        form = await (await ada.press(shown, "Edit")).form()

    async with online(replace(services, policy=Policy(blocked=frozenset({ada.id})))):
        pressed = await ada.press(shown, "Clear")
        sent = await ada.submit(form, {"prompt": "Be rude."})
        told = [await pressed.until(lambda one: one.text), await sent.until(lambda one: one.text)]

    assert all("BLOCKED_IDS" in text for text in told)
    place = PlaceKey(f"channel:{ada.places.channel('general').id}")
    assert await services.conversations.system_prompt(place) == "Be kind."


@pytest.mark.parametrize(
    ("person", "sentence"),
    [("ada", "restarting"), ("lin", "重启"), ("mia", "重新啟動")],
)
async def test_a_bot_that_is_stopping_says_so_in_the_persons_language(
    bot: Bot, sandbox: Sandbox, person: str, sentence: str
) -> None:
    bot.stop_taking_work()

    told = await (await sandbox.user(person).slash("chat", message="hi")).answer()

    assert sentence in told.text
    assert told.ephemeral


@pytest.mark.usefixtures("bot")
async def test_a_planned_failure_after_a_public_placeholder_is_told_in_private(
    ada: User, ben: User
) -> None:
    refused = await (await ada.slash("chat", message="hi", logit_bias="{x}")).answer()

    assert "logit_bias" in refused.text
    assert refused.ephemeral
    assert [message for message in ben.sees() if not message.deleted] == []


@pytest.mark.usefixtures("bot")
async def test_an_unplanned_failure_gives_a_number_and_no_detail(
    ada: User, models: SlowModels
) -> None:
    models.broken = KeyError("/home/bot/secret.py")

    asked = await ada.slash("models list")
    told = await asked.answer()

    assert str(asked.id) in told.text
    assert "secret" not in told.text
    assert told.ephemeral


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("option", "allowed"),
    [
        ({"name": "temperature", "type": 10, "value": 3}, "0..2"),
        ({"name": "n", "type": 4, "value": 6}, "1..5"),
        ({"name": "verbosity", "type": 3, "value": "loud"}, "low, medium, high"),
        ({"name": "system", "type": 3, "value": "x" * 6001}, "1..6000 characters"),
    ],
    ids=lambda case: case["name"] if isinstance(case, dict) else None,
)
async def test_values_that_no_client_should_have_sent_are_refused_with_their_range(
    ada: User, model: FakeChatModel, option: dict[str, Any], allowed: str
) -> None:
    asked = sent_raw(ada, "chat", [{"name": "message", "type": 3, "value": "hi"}, option])

    refused = await asked.answer()

    assert option["name"] in refused.text
    assert allowed in refused.text
    assert refused.ephemeral
    assert model.requests == []


@pytest.mark.usefixtures("bot")
async def test_a_replayed_refusal_is_said_once(ada: User, sandbox: Sandbox) -> None:
    asked = await ada.slash("chat", message="hi", logit_bias="{x}")
    await asked.answer()

    replay(sandbox, asked)
    await sandbox.until(lambda: len(callbacks(sandbox, asked)) > 1)
    await (await ada.slash("models list")).answer()

    assert callbacks(sandbox, asked) == [200, 400]
    assert len(asked.messages) == 1


@pytest.mark.usefixtures("bot")
async def test_a_replayed_question_is_answered_once(
    ada: User, sandbox: Sandbox, model: FakeChatModel
) -> None:
    asked = await ada.slash("chat", message="hi")
    await asked.until(lambda one: "Hello!" in one.text)

    replay(sandbox, asked)
    await sandbox.until(lambda: len(callbacks(sandbox, asked)) > 1)
    await (await ada.slash("models list")).answer()

    assert len(model.requests) == 1
    assert asked.text.count("Hello!") == 1


async def test_a_refusal_that_comes_too_late_is_nowhere_and_harms_nothing(
    online: Online, ada: User, sandbox: Sandbox, clock: HandClock
) -> None:
    async with online():
        pass
    asked = await ada.slash("chat", message="hi", logit_bias="{x}")
    await clock.advance(3)

    async with online():
        replay(sandbox, asked)
        await sandbox.until(lambda: callbacks(sandbox, asked))
        again = await (await ada.slash("models list")).answer()

    assert asked.failed
    assert callbacks(sandbox, asked) == [404]
    assert asked.messages == []
    assert "gpt-6" in again.text


@pytest.mark.usefixtures("bot")
async def test_a_button_that_nobody_knows_has_expired(ada: User) -> None:
    shown = await (await ada.slash("conversation system", prompt="Be kind.")).answer()
    shown.stored.components[0]["components"][0]["custom_id"] = "gone:1"

    told = await (await ada.press(shown, "gone:1")).until(
        lambda one: next((m for m in one.messages if "expired" in m.text), None)
    )

    assert told.ephemeral


@pytest.mark.usefixtures("bot")
async def test_a_command_that_is_no_longer_ours_has_expired(ada: User, bot: Bot) -> None:
    bot.tree.remove_command("models")

    told = await (await ada.slash("models list")).answer()

    assert "expired" in told.text
    assert told.ephemeral
    assert await ada.autocomplete("models info", "model", "x") == []


def sent_raw(person: User, name: str, options: list[dict[str, Any]]) -> Invocation:
    """A command as no honest client would send it."""
    channel = person.places.channel("general")
    (command,) = [one for one in person.commands() if one["name"] == name]
    opened = person.discord.interactions.open(
        InteractionType.APPLICATION_COMMAND,
        application=person.application,
        user=person.user,
        channel=channel,
        data={"id": command["id"], "name": name, "type": 1, "options": options},
        command=command,
    )
    return Invocation(person.world, opened)


def replay(sandbox: Sandbox, asked: Invocation) -> None:
    """Deliver the same event again, as after a RESUME."""
    one = asked.interaction
    payload = interaction_create(sandbox.discord.world, one)
    sandbox.discord.world.dispatch(
        "INTERACTION_CREATE", payload, guild=one.guild, to=one.application
    )


def callbacks(sandbox: Sandbox, asked: Invocation) -> list[int]:
    """What Discord said to each acknowledgement of this interaction."""
    return [
        each.status
        for each in sandbox.discord.requests
        if each.path.startswith(f"/interactions/{asked.id}/")
    ]
