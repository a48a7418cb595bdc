"""An error's facts as text, so that a turn that failed can say why after a restart, too."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

import orjson

from bot.domain import errors

_ENUMS: dict[str, Callable[[str], Any]] = {
    "rule": errors.Rule,
    "fault": errors.FileFault,
    "damage": errors.Damage,
    "scope": errors.BudgetScope,
    "resets_at": datetime.fromisoformat,
}


def kept(error: errors.BotError) -> str:
    facts = (
        {each.name: getattr(error, each.name) for each in fields(error)}
        if is_dataclass(error)
        else {}
    )
    return orjson.dumps({"error": type(error).__name__, **facts}).decode()


def restored(text: str) -> errors.BotError:
    """What `kept` wrote; an error that only another version knows is an UnplannedError."""
    facts: dict[str, Any] = orjson.loads(text)
    kind = getattr(errors, facts.pop("error"), None)
    if not (isinstance(kind, type) and issubclass(kind, errors.BotError)):
        return errors.UnplannedError()
    values = {
        name: _ENUMS[name](value) if name in _ENUMS else as_tuple(value)
        for name, value in facts.items()
    }
    try:
        return kind(**values)
    except TypeError:
        return errors.UnplannedError()


def as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  JSON knows no tuples
