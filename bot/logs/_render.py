import json
import unicodedata
from typing import Any

from structlog.typing import EventDict, WrappedLogger

_COLOURS = {"debug": "2", "info": "36", "warning": "33", "error": "31", "critical": "1;31"}


def as_json(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    """One object on one line: time, level, logger, event, and whatever else was given."""
    ordered = {
        "time": event.pop("timestamp", None),
        "level": event.pop("level", None),
        "logger": event.pop("logger", None),
    }
    # Not orjson: it refuses half surrogates, and nothing may be lost here.
    return _escape(json.dumps({**ordered, **event}, ensure_ascii=False, default=str))


class Console:
    """Lines for people.

    A traceback follows its line, each line of it behind a bar, so that nothing that was written
    into an exception can pass for a line of the log.
    """

    def __init__(self, *, colours: bool) -> None:
        self._colours = colours

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> str:
        time, level = event.pop("timestamp", ""), event.pop("level", "info")
        logger, message = event.pop("logger", ""), event.pop("event", "")
        exception, stack = event.pop("exception", ""), event.pop("stack_info", "")
        fields = "".join(f" {_escape(name)}={_shown(value)}" for name, value in event.items())
        word = f"{level:<8}"
        if self._colours:
            word = f"\x1b[{_COLOURS.get(level, '0')}m{word}\x1b[0m"
        lines = [f"{time} {word} {logger}: {_escape(f'{message}')}{fields}"]
        for text in (stack, exception):
            lines += [f"  | {_escape(line)}" for line in (f"{text}".split("\n") if text else ())]
        return "\n".join(lines)


def _shown(value: Any) -> str:
    text = _escape(f"{value}")
    return f'"{text}"' if " " in text or not text else text


def _escape(text: str) -> str:
    """Without control characters, line ends and signs that turn the direction of writing."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(sign) if _acts(sign) else sign for sign in text)


def _acts(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _escaped(sign: str) -> str:
    """As JSON escapes it, which people can read too."""
    units = sign.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
