"""A growing text as Discord messages: whole, in order, and without breaking what is in it.

Discord counts code points (its staff in discord-api-docs#1315), which is what `len` counts.

Where a part ends depends on nothing but the text up to the first character that did not fit. So a
part that has been left behind never changes, however the text arrives, and each piece of text is
looked at a bounded number of times. Code blocks that are cut are closed and opened again; tables,
which Discord does not know, are shown as code blocks; `~~~` and longer fences become three
backticks, the only ones Discord knows.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from cogs._graphemes import Graphemes
from cogs._markdown import (
    TICKS,
    Fence,
    begins_block,
    closes,
    hides,
    in_code,
    inert,
    is_delimiter,
    is_row,
    like_fence,
    open_marks,
    opens,
    quoted,
    unbreakable,
)
from cogs._tables import Table

LIMIT = 2000
MAX_PARTS = 5
_CLOSING = len("\n" + TICKS)
_BARS = "||"
_MARKS = "*_~"
_CLOSING_MARKS = len("**__~~*_")  # all that can be open at once
_GROWN = {TICKS: len(in_code(TICKS)), "@": len(inert("@here")) - len("here")}
_TABLE_FRAME = 2 * _CLOSING
_SENTENCE_END = re.compile(
    r"[.!?…:;,]+[\"')\]*_]*[ \t]+|[\u3002\uff01\uff1f\uff1b\uff1a\uff0c\u3001]"
)
_BLANK = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One message. All `source`s joined are the text; `content` is what is posted for it.

    reopened  what stands before the source's own text in `content`, to go on with a code block,
              a spoiler, a quotation, or bold and slanted words
    """

    source: str
    content: str
    reopened: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is open where a part begins."""

    fence: Fence | None = None
    in_table: bool = False
    in_line: bool = False  # cut in mid-line: the rest of that line is never the start of a block
    hidden: bool = False  # inside a spoiler
    quote: str = ""  # cut within a quotation's line
    marks: tuple[str, ...] = ()  # of bold, slanted, underlined and crossed out words, outer first

    @property
    def again(self) -> str:
        """What opens all of it anew."""
        code = f"{self.fence.again}\n" if self.fence else ""
        return f"{self.quote}{_BARS if self.hidden else ''}{''.join(self.marks)}{code}"


@dataclass(slots=True)
class _Place:
    """A line's start inside the part: where one may cut, and what would be open there."""

    at: int
    entry: _Entry
    block: bool  # a paragraph, list item, heading or code block begins here


@dataclass(slots=True)
class _Scan:
    """One part as far as it has been read."""

    entry: _Entry
    shown: list[str] = field(default_factory=list[str])  # finished lines, as Discord is to get them
    table: Table = field(default_factory=Table)  # the one at the end, not in `shown`
    size: int = 0  # of `shown`
    fence: Fence | None = None
    hidden: bool = False  # inside a spoiler
    hidden_before: bool = False  # and before the last line
    marks: tuple[str, ...] = ()
    marks_before: tuple[str, ...] = ()
    places: list[_Place] = field(default_factory=list[_Place])
    last_line: str = ""


class Splitter:
    """Splits one text that only ever grows. Every call costs what has been added, not the whole."""

    def __init__(self) -> None:
        self._closed: list[Part] = []
        self._held = ""  # blank text since the last part that shows something
        self._at = 0
        self._entry: _Entry = _Entry()

    def parts(self, text: str) -> tuple[Part, ...]:
        """`text` as messages; none for a blank one. The last may still change, the others not."""
        while (cut := _overflow(text, self._at, self._entry)) is not None:
            self._close(text[self._at : cut.at], reopens=bool(cut.entry.marks))
            self._at, self._entry = cut.at, cut.entry
        rest = text[self._at :]
        content, reopened = _render(rest, self._entry)
        if content:
            return (*self._closed, Part(self._held + rest, content, reopened))
        if not self._closed:
            return ()
        last = self._closed[-1]
        return (
            *self._closed[:-1],
            Part(last.source + self._held + rest, last.content, last.reopened),
        )

    def _close(self, source: str, *, reopens: bool) -> None:
        content, reopened = _render(source, self._entry, marks=reopens)
        if content:
            self._closed.append(Part(self._held + source, content, reopened))
            self._held = ""
        else:
            self._held += source


def split(text: str) -> tuple[Part, ...]:
    return Splitter().parts(text)


def _overflow(text: str, start: int, entry: _Entry) -> _Place | None:
    """Where to cut the part that begins at `start`; None if all the rest fits in one message."""
    if len(text) - start <= LIMIT // 8:
        return None
    scan = _begin(entry)
    at = start
    while at < len(text):
        end = text.find("\n", at, at + LIMIT + 1)
        line = text[at : end if end >= 0 else at + LIMIT + 1]
        room = LIMIT - _size(scan) - _reserve(scan, line)
        # Judged by what would fit: what comes behind must change nothing.
        would_fit = line[: max(room, 0)]
        if scan.hidden or (scan.fence is None and _BARS in would_fit):
            room -= len(_BARS)
        if scan.marks or (scan.fence is None and any(mark in would_fit for mark in _MARKS)):
            room -= _CLOSING_MARKS
        if (fits := _fitting(line, room, code=scan.fence is not None)) < len(line):
            return _cut(text, start, at, at + fits, scan)
        if end < 0:
            return None
        _take(scan, line, in_line=entry.in_line and at == start)
        if _size(scan) + _closing_size(scan) > LIMIT:
            return _cut(text, start, at, end, scan)
        at = end + 1
        block = _begins(scan, line, text[at : at + 40])
        marks = () if block else scan.marks
        entry_there = _Entry(scan.fence, in_table=bool(scan.table), hidden=scan.hidden, marks=marks)
        scan.places.append(_Place(at, entry_there, block=block))
    return None


def _begin(entry: _Entry) -> _Scan:
    scan = _Scan(entry, fence=entry.fence, hidden=entry.hidden, marks=entry.marks)
    scan.size = len(entry.again)
    return scan


def _size(scan: _Scan) -> int:
    return scan.size + (scan.table.size + _TABLE_FRAME if scan.table else 0)


def _closing_size(scan: _Scan) -> int:
    marks = len("".join(scan.marks))
    return _CLOSING * (scan.fence is not None) + len(_BARS) * scan.hidden + marks


def _reserve(scan: _Scan, line: str) -> int:
    """Kept free for what `line` may turn out to open, and for closing what is open."""
    in_table = not scan.table and scan.entry.in_table and is_row(line)
    in_code_block = scan.fence is not None or like_fence(line)
    return _CLOSING * in_code_block + _TABLE_FRAME * in_table


def _fitting(line: str, room: int, *, code: bool) -> int:
    """How many characters of `line` fit into `room`.

    A run of backticks grows inside code, and a call to everyone outside of it.
    """
    grows = TICKS if code else "@"
    if grows not in line[: room + 1]:
        return min(len(line), max(room, 0))
    used = at = 0
    while at < len(line):
        grown = line.startswith(grows, at)
        used += _GROWN[grows] if grown else 1
        if used > room:
            return at
        at += len(grows) if grown else 1
    return at


def _take(scan: _Scan, line: str, *, in_line: bool) -> None:
    """Add one finished line."""
    if scan.fence is None and not in_line:
        if scan.table or (scan.entry.in_table and not scan.shown):
            if is_row(line):
                scan.table.add(line)
                return
        elif is_delimiter(line) and scan.shown and is_row(scan.last_line):
            scan.size -= max(len(scan.shown.pop()), len(scan.last_line) + 1)
            scan.hidden, scan.marks = scan.hidden_before, ()
            scan.table.add(scan.last_line)
            scan.table.add(line)
            return
    _leave_table(scan)
    shown = _line(scan, line, in_line=in_line)
    scan.shown.append(shown)
    scan.size += max(len(shown), len(line) + 1)
    scan.last_line = "" if in_line or scan.fence else line


def _line(scan: _Scan, line: str, *, in_line: bool) -> str:
    """`line` as Discord is to get it; opens and closes code blocks on the way."""
    if scan.fence is not None:
        if not in_line and closes(line, scan.fence):
            first = not scan.shown and scan.entry.fence is not None
            scan.fence = None
            # Nothing was left of the block that was cut: no empty one is shown.
            return "" if first else TICKS + "\n"
        return in_code(line) + "\n"
    opened = None if in_line else opens(line)
    if opened is None:
        scan.hidden_before, scan.hidden = scan.hidden, hides(line, hidden=scan.hidden)
        scan.marks = _marks(scan, line, in_line=in_line)
        return inert(line) + "\n"
    scan.fence, shown = opened
    scan.marks = ()
    return shown + "\n"


def _marks(scan: _Scan, line: str, *, in_line: bool) -> tuple[str, ...]:
    """What is open behind `line`: words are marked within a paragraph, and in no spoiler."""
    if scan.hidden or scan.hidden_before or _BARS in line:
        return ()
    begins = not in_line and (not line.strip() or begins_block(line))
    return open_marks(line, () if begins else scan.marks)


def _leave_table(scan: _Scan) -> None:
    if scan.table:
        scan.shown.append(f"{TICKS}\n{scan.table}\n{TICKS}\n")
        scan.size += scan.table.size + _TABLE_FRAME
        scan.table = Table()


def _begins(scan: _Scan, before: str, after: str) -> bool:
    if scan.fence is not None or scan.table:
        return False
    return not before.strip() or begins_block(after) or like_fence(after)


def _render(source: str, entry: _Entry, *, marks: bool = False) -> tuple[str, str]:
    """What is posted for `source`, and what was put before it. Empty for what can't be seen.

    marks  those of bold words and the like are closed, too, as the next part opens them again
    """
    scan = _begin(entry)
    *lines, rest = source.split("\n")
    for i, line in enumerate(lines):
        _take(scan, line, in_line=entry.in_line and i == 0)
    in_line = entry.in_line and not lines
    if rest and scan.table and is_row(rest):
        scan.table.add(rest)
        rest = ""
    _leave_table(scan)
    reopened = entry.again
    if entry.fence and not scan.fence and scan.shown[:1] == [""]:
        reopened = replace(entry, fence=None).again  # nothing was left of the block
    last = _line(scan, rest, in_line=in_line).removesuffix("\n") if rest else ""
    if entry.fence and not lines and not scan.fence:
        reopened = replace(entry, fence=None).again  # all of it was the end of the block
        last = ""
    body = "".join(scan.shown) + last
    if not body.strip():
        return "", ""
    if scan.fence is None:
        body = body.rstrip() if reopened.endswith("\n") else _sendable(body)
    if entry.hidden and not entry.fence and body.startswith(_BARS):
        reopened, body = "", body.removeprefix(_BARS).lstrip()  # nothing was left of the spoiler
    if entry.marks:
        reopened, body = _without_empty_marks(entry, reopened, body)
    if entry.quote and not (lines or [rest])[0].strip():
        reopened = reopened.removeprefix(entry.quote)  # nothing was left of the quotation
    closing = _closing(scan, body, marks=marks)
    return (f"{reopened}{body}{closing}", reopened) if body else ("", "")


def _without_empty_marks(entry: _Entry, reopened: str, body: str) -> tuple[str, str]:
    """Of marked words whose end is all that was left, nothing is opened anew."""
    marks, body = list(entry.marks), body.lstrip()
    while marks and body.startswith(marks[-1]):
        body = body.removeprefix(marks.pop())
    again = reopened.removesuffix("".join(entry.marks))
    return again + "".join(marks), body if marks else body.lstrip()


def _closing(scan: _Scan, body: str, *, marks: bool) -> str:
    """What closes all that is open behind `body`."""
    code = "" if scan.fence is None else TICKS if body.endswith("\n") else f"\n{TICKS}"
    opened_last = scan.fence is None and body.endswith(_BARS)
    marked = "".join(reversed(scan.marks)) if marks else ""
    return code + marked + (_BARS if scan.hidden and not opened_last else "")


def _sendable(body: str) -> str:
    """Without the blank lines and spaces that Discord would cut off itself."""
    first = re.match(r"(?:[^\S\n]*\n)*", body)
    return body[first.end() if first else 0 :].rstrip()


def _cut(text: str, start: int, line_start: int, over: int, scan: _Scan) -> _Place:
    """The best place before `over`, the first character that does not fit."""
    span = over - start

    def latest(places: Iterable[_Place], least: float) -> _Place | None:
        return next((p for p in reversed([*places]) if p.at - start >= span * least), None)

    lines = [p for p in scan.places if p.at <= over and not is_delimiter(_line_at(text, p.at))]
    best = latest((p for p in lines if p.block), 0.5) or latest(lines, 0.5)
    return (
        best
        or _within_line(text, start, line_start, over, scan)
        or latest(lines, 0.0)
        or _inside(text, start, line_start, over, scan)
    )


def _inside(text: str, start: int, line_start: int, at: int, scan: _Scan) -> _Place:
    """A cut in the middle of a line."""
    if scan.fence is not None:
        return _Place(at, _Entry(scan.fence, in_line=True, hidden=scan.hidden), block=False)
    line = text[line_start:at]
    going_on = scan.entry.in_line and line_start == start
    quote = scan.entry.quote if going_on else quoted(line)
    hidden = hides(line, hidden=scan.hidden)
    marks = () if hidden else _marks(scan, line, in_line=going_on)
    return _Place(at, _Entry(in_line=True, hidden=hidden, quote=quote, marks=marks), block=False)


def _line_at(text: str, at: int) -> str:
    end = text.find("\n", at, at + LIMIT)
    return text[at : end if end >= 0 else at]


def _within_line(text: str, start: int, line_start: int, over: int, scan: _Scan) -> _Place | None:
    """After a sentence, between words, or at least between characters as people see them."""
    line = text[line_start:over]
    least = max(1, start + (over - start) // 2 - line_start)
    whole = [(a, b) for a, b in unbreakable(line) if b - a <= LIMIT // 2]
    fence = scan.fence
    if fence is None:
        ends = [m.end() for m in _SENTENCE_END.finditer(line)]
    else:
        whole, ends = [], []
    inside = _marked(whole, len(line))
    graphemes = Graphemes(text[line_start : over + 1])
    spaces = [m.end() for m in _BLANK.finditer(line)]
    for options in (ends, spaces, range(len(line), least - 1, -1)):
        ordered = options if isinstance(options, range) else reversed(options)
        for at in ordered:
            if at >= least and not inside[at] and graphemes.boundary(at):
                return _inside(text, start, line_start, line_start + at, scan)
    for at in range(len(line), 0, -1):
        if graphemes.boundary(at) and line_start + at > start:
            return _inside(text, start, line_start, line_start + at, scan)
    return None


def _marked(spans: Iterable[tuple[int, int]], length: int) -> list[bool]:
    """For every position of a line: would a cut there fall inside one of `spans`?"""
    steps = [0] * (length + 2)
    for start, end in spans:
        steps[start + 1] += 1
        steps[max(end, start + 1)] -= 1
    depth = 0
    marked: list[bool] = []
    for at in range(length + 1):
        depth += steps[at]
        marked.append(depth > 0)
    return marked
