from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import pytest

from bot.domain import errors
from bot.domain.ids import TurnId
from bot.services.conversations._errors import kept, restored
from tests.factories import NOON

SAMPLES: dict[str, Any] = {
    "rule": errors.Rule.BLOCKED,
    "fault": errors.FileFault.DAMAGED,
    "damage": errors.Damage.CUT,
    "options": ("prompt_loss_weight", "classification_betas"),
    "filenames": ("a.png", "b.png"),
    "scope": errors.BudgetScope.USER_DAY,
    "resets_at": NOON,
    "limit": 7,
    "turn": 3,
}


def leaves(base: type[errors.BotError] = errors.BotError) -> Iterator[type[errors.BotError]]:
    for child in base.__subclasses__():
        yield from leaves(child)
        if not child.__subclasses__() and child.__module__.startswith(errors.__name__):
            yield child


def an_error(kind: type[errors.BotError]) -> errors.BotError:
    if not is_dataclass(kind):
        return errors.LeaseLostError(TurnId(3)) if kind is errors.LeaseLostError else kind()
    needed = {
        each.name: SAMPLES.get(each.name, "text")
        for each in fields(kind)
        if each.default is MISSING or each.name in SAMPLES
    }
    return kind(**needed)


@pytest.mark.parametrize("kind", [*leaves()], ids=lambda kind: kind.__name__)
def test_an_error_is_kept_with_its_facts(kind: type[errors.BotError]) -> None:
    error = an_error(kind)

    again = restored(kept(error))

    if kind is errors.LeaseLostError:  # never the end of a turn: its facts are the other process's
        assert isinstance(again, errors.UnplannedError)
    elif is_dataclass(error):
        assert again == error
    else:
        assert type(again) is kind


@pytest.mark.parametrize(
    "text", ['{"error":"OfAnotherVersionError"}', '{"error":"RateLimitedError","new_fact":1}']
)
def test_what_another_version_kept_is_still_an_error(text: str) -> None:
    assert isinstance(restored(text), errors.UnplannedError)
