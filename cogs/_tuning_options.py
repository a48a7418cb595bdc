"""Options of `/finetune create` that Discord takes as text, and what it can't check of others."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from bot.domain.errors import OptionError
from bot.domain.fine_tuning import Auto

Number = TypeVar("Number", int, float)

_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST_S = 36_500 * 86_400.0


def auto_or_whole(name: str, text: str | None, low: int, high: int) -> int | Auto | None:
    allowed = f"auto, {low}..{high}"

    def read(text: str) -> int:
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1  # noqa: PLR2004
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
