"""What a line of Markdown is, and where a line must not be cut. Bounded work for any input."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from typing_extensions import override

TICKS = "```"
_BROKEN_TICKS = (
    "`\u200b`\u200b`"  # Discord ends a code block at any three backticks, also in a line
)
_FENCE_START = re.compile(r"[ \t]{0,32}(?:(?:[-*+>]|\d{1,9}[.)])[ \t]{1,8}){0,4}(?=```|~~~)")
_TICKS_OPEN = re.compile(r"(`{3,})([^`\n]{0,100})$")
_WAVES_OPEN = re.compile(r"(~{3,})([ \t]{0,8}[\w+#.-]{0,50})[ \t]{0,8}$")
_CLOSE = re.compile(r"[ \t>]{0,32}(`{3,}|~{3,})[ \t]{0,32}$")
_DELIMITER = re.compile(
    r"[ \t]{0,8}\|?(?:[ \t]{0,8}:?-{1,200}:?[ \t]{0,200}\|){1,60}[ \t|:-]{0,200}$"
)
_BLOCK = re.compile(r"#{1,3} |[-*+] |\d{1,9}[.)] |>|-# ")
_LANGUAGE = re.compile(r"[A-Za-z0-9_+\-.#]{1,30}")
_WIDEST_TABLE = 110  # columns; beyond that Discord wraps every row, and aligning only adds blanks


@dataclass(frozen=True, slots=True)
class Fence:
    """An open code block: `mark` closes it (or a longer one of its kind), `again` opens it anew."""

    mark: str
    again: str


def like_fence(line: str) -> bool:
    """Begins as a fence does, whatever follows."""
    return _FENCE_START.match(line) is not None


def opens(line: str) -> tuple[Fence, str] | None:
    """The code block this line opens, and the line with the fence that Discord knows."""
    start = _FENCE_START.match(line)
    if start is None:
        return None
    rest = line[start.end() :]
    found = _TICKS_OPEN.match(rest) or _WAVES_OPEN.match(rest)
    if found is None:
        return None
    info = found[2].strip()
    language = info.split()[0] if info else ""
    if not _LANGUAGE.fullmatch(language):
        language = ""
    return Fence(found[1], TICKS + language), start[0] + TICKS + info


def closes(line: str, fence: Fence) -> bool:
    found = _CLOSE.match(line)
    return found is not None and found[1].startswith(fence.mark)


def in_code(text: str) -> str:
    """Backticks that would end the block are parted by blanks of no width."""
    return text.replace(TICKS, _BROKEN_TICKS)


def is_row(line: str) -> bool:
    return line.lstrip(" \t").startswith("|")


def is_delimiter(line: str) -> bool:
    return is_row(line) and _DELIMITER.match(line) is not None


def begins_block(line: str) -> bool:
    """A heading, list item or quotation at the outermost level: a good place to cut before."""
    return _BLOCK.match(line) is not None


class Table:
    """Rows under each other, columns aligned where that stays readable."""

    def __init__(self) -> None:
        self._rows: list[str] = []
        self._widths: list[int] = []
        self._raw = self._extra = 0

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: str) -> None:
        self._rows.append(row)
        self._raw += len(in_code(row)) + 1
        for i, cell in enumerate(_cells(row)):
            width = 1 if _is_rule(cell) else _width(cell)
            self._extra += max(len(in_code(cell)) - width, 0)
            if i < len(self._widths):
                self._widths[i] = max(self._widths[i], width)
            else:
                self._widths.append(max(width, 1))

    @property
    def size(self) -> int:
        """The length of `str()` at most, known without making it."""
        if not self._aligned:
            return self._raw
        return len(self._rows) * (sum(self._widths) + 3 * len(self._widths) + 2) + self._extra

    @property
    def _aligned(self) -> bool:
        return sum(self._widths) + 3 * len(self._widths) <= _WIDEST_TABLE

    @override
    def __str__(self) -> str:
        if not self._aligned:
            return in_code("\n".join(self._rows))
        return in_code("\n".join(_row(_cells(row), self._widths) for row in self._rows))


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().removeprefix("|").removesuffix("|").split("|")]


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    shown = [
        "-" * max(width, 1) if _is_rule(cell) else cell + " " * (width - _width(cell))
        for cell, width in zip(cells, widths, strict=False)
    ]
    return "| " + " | ".join(shown) + " |"


def _is_rule(cell: str) -> bool:
    return bool(cell) and not cell.strip(":-") and "-" in cell


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


_ATOMS = re.compile(
    r"https?://[^\s<>]+"  # a bare link
    r"|\[[^\[\]\n]{0,300}(?:\](?:\([^()\s]{0,500}\)?)?)?"  # [text](link), or its start
    r"|<[@#:/at][^<>\s]{0,100}>?"  # a mention, an emoji, a time
)
_TICK_RUN = re.compile(r"`+")


def unbreakable(line: str) -> list[tuple[int, int]]:
    """Stretches (start, end) inside which a cut would show: links, mentions, code, bold, spoilers.

    What is opened and not closed yet counts up to the end of `line`: more may be coming.
    """
    found = [match.span() for match in _ATOMS.finditer(line)]
    found += _code_spans(line)
    for mark in ("**", "__", "~~", "||"):
        at = [match.start() for match in re.finditer(re.escape(mark), line)]
        ends = [*(position + 2 for position in at[1::2]), len(line)]
        found += zip(at[::2], ends, strict=False)
    return found


def _code_spans(line: str) -> Iterator[tuple[int, int]]:
    opened: dict[int, int] = {}
    for run in _TICK_RUN.finditer(line):
        start = opened.pop(len(run[0]), None)
        if start is None:
            opened[len(run[0])] = run.start()
        else:
            yield start, run.end()
    for start in opened.values():
        yield start, len(line)


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
        if after == "\u200d" or before == "\u200d" or _extends(after):
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


def _flag(c: str) -> bool:
    return "\U0001f1e6" <= c <= "\U0001f1ff"


def _leads(c: str) -> bool:
    return "\u1100" <= c <= "\u115f" or "\ua960" <= c <= "\ua97c"


def _extends(c: str) -> bool:
    """Joins what stands before it: marks, skin tones, tags, later letters of a Hangul syllable."""
    return (
        unicodedata.category(c) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= c <= "\U0001f3ff"
        or "\U000e0020" <= c <= "\U000e007f"
        or "\u1160" <= c <= "\u11ff"
        or "\ud7b0" <= c <= "\ud7fb"
    )
