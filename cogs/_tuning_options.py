"""Options of `/finetune create` that Discord takes as text, and what it can't check of others."""

import math
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

import orjson

from bot.domain.errors import OptionError
from bot.domain.fine_tuning import Auto, Hyperparameters

Number = TypeVar("Number", int, float)

MOST_LABELS, LONGEST_LABEL, LONGEST_VALUE = 16, 64, 512
"""Of metadata: OpenAI API reference, fine-tuning jobs."""

SHORTEST_S, LONGEST_S = 3600, 2_592_000

_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST_S = 36_500 * 86_400.0


def auto_or_whole(name: str, text: str | None, low: int, high: int) -> int | Auto | None:
    allowed = f"auto, {low}..{high}"

    def read(text: str) -> int:
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1  # noqa: PLR2004  digits that fit the API
        if not low <= value <= high:
            raise ValueError
        return value

    return _auto_or(name, text, read, allowed)


def auto_or_number(name: str, text: str | None, *, most: float = math.inf) -> float | Auto | None:
    """Above 0, up to `most`."""
    allowed = "auto, > 0" if most == math.inf else f"auto, > 0 .. {most:g}"

    def read(text: str) -> float:
        value = float(text.replace(",", "."))
        if not 0 < value <= most or math.isinf(value):
            raise ValueError
        return value

    return _auto_or(name, text, read, allowed)


def hyperparameters(
    *,
    n_epochs: str | None,
    batch_size: str | None,
    learning_rate_multiplier: str | None,
    beta: str | None,
    classification_betas: str | None,
    **others: Any,
) -> Hyperparameters:
    """Read out of options; what Discord has checked is taken as it is.

    Raises:
        OptionError: a text that is not what its option takes.
    """
    return Hyperparameters(
        n_epochs=auto_or_whole("n_epochs", n_epochs, 1, 50),
        batch_size=auto_or_whole("batch_size", batch_size, 1, 256),
        learning_rate_multiplier=auto_or_number(
            "learning_rate_multiplier", learning_rate_multiplier
        ),
        beta=auto_or_number("beta", beta, most=2),
        classification_betas=numbers("classification_betas", classification_betas),
        **others,
    )


def grader_in(filename: str, data: bytes) -> Mapping[str, Any]:
    """A JSON object with the grader's type; whether it is sound is for the server to say.

    Raises:
        OptionError: it is none.
    """
    try:
        found: object = orjson.loads(data)
    except orjson.JSONDecodeError:
        found = None
    grader = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    if not isinstance(grader.get("type"), str):
        raise OptionError("grader", filename, '{"type": "string_check", ...}')
    return grader


def labels(name: str, text: str | None) -> Mapping[str, str] | None:
    """An object of texts.

    Raises:
        OptionError: it is none, or more than the API takes.
    """
    if text is None:
        return None
    try:
        found: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    fields = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    read = {key: value for key, value in fields.items() if isinstance(value, str)}
    fit = all(len(key) <= LONGEST_LABEL and len(read[key]) <= LONGEST_VALUE for key in read)
    if not 0 < len(fields) == len(read) <= MOST_LABELS or not fit:
        raise OptionError(name, text, f'{{"name": "value"}}, 1..{MOST_LABELS}')
    return read


def numbers(name: str, text: str | None) -> tuple[float, ...] | None:
    """By comma or space."""
    if text is None:
        return None
    try:
        found = tuple(float(each) for each in text.strip("[]").replace(",", " ").split())
    except ValueError:
        found = ()
    if not found or any(not math.isfinite(each) or each <= 0 for each in found):
        raise OptionError(name, text, "0.5, 1, 2")
    return found


def moment(name: str, text: str | None, now: datetime) -> datetime | None:
    """`7d`, `12h`, or a date; the begin of that day in UTC.

    Raises:
        OptionError: it is neither.
    """
    if text is None:
        return None
    typed = text.strip().lower()
    try:
        if typed[-1:] in _UNITS:
            seconds = float(typed[:-1]) * _UNITS[typed[-1]]
            return now - timedelta(seconds=max(0.0, min(seconds, _LONGEST_S)))
        found = datetime.fromisoformat(typed)
        return found if found.tzinfo else found.replace(tzinfo=now.tzinfo)
    except (ValueError, OverflowError):
        raise OptionError(name, text, "7d, 12h, 2026-11-25") from None


def lifetime(name: str, text: str | None) -> int | None:
    """`1h` to `30d`, in seconds: OpenAI API reference, files.

    Raises:
        OptionError: it is not that.
    """
    if text is None:
        return None
    typed = text.strip().lower()
    try:
        seconds = round(float(typed[:-1]) * _UNITS[typed[-1:]])
    except (ValueError, KeyError, OverflowError):
        seconds = 0
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise OptionError(name, text, "1h..30d")
    return seconds


def _auto_or(
    name: str, text: str | None, read: Callable[[str], Number], allowed: str
) -> Number | Auto | None:
    if text is None:
        return None
    typed = text.strip().lower()
    if typed == "auto":
        return "auto"
    try:
        return read(typed)
    except ValueError:
        raise OptionError(name, text, allowed) from None
