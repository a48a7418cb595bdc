"""Characters as people see them: where one ends, and how wide it is."""

from unicodedata import category, combining, east_asian_width

from typing_extensions import override

_VIRAMA = 9  # Unicode's combining class of the signs that do


class Graphemes:
    """Where one visible character ends: a cut anywhere else shows half of an emoji or letter.

    The rules of Unicode's annex 29 that need no table beside Python's own.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def boundary(self, at: int) -> bool:
        text = self._text
        if not 0 < at < len(text):
            return True
        before, after = text[at - 1], text[at]
        if before == "\r" and after == "\n":
            return False
        if before in "\r\n" or after in "\r\n":
            return True
        if after == "\u200d" or before == "\u200d" or _extends(after) or _joined(before, after):
            return False
        if _flag(before) and _flag(after):
            return self._flags_before(at) % 2 == 0
        return not (_leads(before) and "\uac00" <= after <= "\ud7a3")

    def _flags_before(self, at: int) -> int:
        count = 0
        while count < at and _flag(self._text[at - count - 1]):
            count += 1
        return count

    @override
    def __repr__(self) -> str:
        return f"Graphemes({len(self._text)} characters)"


def _joined(before: str, after: str) -> bool:
    """Two letters of an Indian script that are written as one sign."""
    return combining(before) == _VIRAMA and after.isalpha()


def _flag(c: str) -> bool:
    return "\U0001f1e6" <= c <= "\U0001f1ff"


def _leads(c: str) -> bool:
    return "\u1100" <= c <= "\u115f" or "\ua960" <= c <= "\ua97c"


def _extends(c: str) -> bool:
    """Joins what stands before it: marks, skin tones, tags, later letters of a Hangul syllable."""
    return (
        category(c) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= c <= "\U0001f3ff"
        or "\U000e0020" <= c <= "\U000e007f"
        or "\u1160" <= c <= "\u11ff"
        or "\ud7b0" <= c <= "\ud7fb"
    )


def width_of(text: str) -> int:
    """Columns in a code block: East Asian letters and emoji take two, what joins them none."""
    if text.isascii():
        return len(text)
    graphemes = Graphemes(text)
    width = start = 0
    for at in range(1, len(text) + 1):
        if graphemes.boundary(at):
            width += _columns(text[start:at])
            start = at
    return width


def _columns(seen_as_one: str) -> int:
    if any(map(_flag, seen_as_one)) or "\ufe0f" in seen_as_one:
        return 2
    return max(
        2 if east_asian_width(c) in "WF" else 0 if category(c) in ("Mn", "Me", "Cf") else 1
        for c in seen_as_one
    )
