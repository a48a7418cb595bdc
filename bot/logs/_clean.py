import sys
import traceback
from collections.abc import Mapping
from typing import Any, cast

from structlog.typing import EventDict, WrappedLogger

from bot.logs._redact import HIDDEN, Redactor


def exception_as_text(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Tracebacks without the values of variables: these would be people's texts."""
    given: Any = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error: object = cast("tuple[object, ...]", given)[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = "".join(traceback.format_exception(error)).rstrip()
    return event


class Cleaner:
    """Cuts secrets out of every value, however deep, and turns foreign objects into text."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        return self._fields(event)

    def _fields(self, fields: Mapping[Any, Any]) -> dict[str, Any]:
        return {
            self._redactor.text(f"{name}"): HIDDEN
            if self._redactor.is_secret(f"{name}")
            else self._value(value)
            for name, value in fields.items()
        }

    def _value(self, value: object) -> Any:
        match value:
            case bool() | int() | float() | None:
                return value
            case Mapping():
                return self._fields(cast("Mapping[Any, Any]", value))
            case list() | tuple() | set() | frozenset():
                return [self._value(inner) for inner in cast("list[object]", value)]
            case _:
                return self._redactor.text(f"{value}")
