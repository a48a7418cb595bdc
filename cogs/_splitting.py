"""A growing text as Discord messages: whole, in order, and without breaking what is in it.

Discord counts code points (its staff in discord-api-docs#1315), which is what `len` counts.

Where a part ends depends on nothing but the text up to the first character that did not fit. So a
part that has been left behind never changes, however the text arrives, and each piece of text is
looked at a bounded number of times. Code blocks that are cut are closed and opened again; tables,
which Discord does not know, are shown as code blocks; `~~~` and longer fences become three
backticks, the only ones Discord knows.
"""

import re
from dataclasses import dataclass, replace

from cogs._cutting import cut_at
from cogs._markdown import TICKS, in_code, inert, is_row
from cogs._reading import (
    BARS,
    LIMIT,
    Entry,
    Place,
    Scan,
    begin,
    begins,
    closing_size,
    leave_table,
    line_of,
    reserve,
    size_of,
    take,
)

MAX_PARTS = 5
_MARKS = "*_~"
_CLOSING_MARKS = len("**__~~*_")  # all that can be open at once
_GROWN = {TICKS: len(in_code(TICKS)), "@": len(inert("@here")) - len("here")}


@dataclass(frozen=True, slots=True)
class Part:
    """One message. All `source`s joined are the text; `content` is what is posted for it.

    reopened  what stands before the source's own text in `content`, to go on with a code block,
              a spoiler, a quotation, or bold and slanted words
    """

    source: str
    content: str
    reopened: str = ""


class Splitter:
    """Splits one text that only ever grows. Every call costs what has been added, not the whole."""

    def __init__(self) -> None:
        self._closed: list[Part] = []
        self._held = ""  # blank text since the last part that shows something
        self._at = 0
        self._entry: Entry = Entry()

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


def _overflow(text: str, start: int, entry: Entry) -> Place | None:
    """Where to cut the part that begins at `start`; None if all the rest fits in one message."""
    if len(text) - start <= LIMIT // 8:
        return None
    scan = begin(entry)
    at = start
    while at < len(text):
        end = text.find("\n", at, at + LIMIT + 1)
        line = text[at : end if end >= 0 else at + LIMIT + 1]
        room = LIMIT - size_of(scan) - reserve(scan, line)
        # Judged by what would fit: what comes behind must change nothing.
        would_fit = line[: max(room, 0)]
        if scan.hidden or (scan.fence is None and BARS in would_fit):
            room -= len(BARS)
        if scan.marks or (scan.fence is None and any(mark in would_fit for mark in _MARKS)):
            room -= _CLOSING_MARKS
        if (fits := _fitting(line, room, code=scan.fence is not None)) < len(line):
            return cut_at(text, start, at, at + fits, scan)
        if end < 0:
            return None
        take(scan, line, in_line=entry.in_line and at == start)
        if size_of(scan) + closing_size(scan) > LIMIT:
            return cut_at(text, start, at, end, scan)
        at = end + 1
        block = begins(scan, line, text[at : at + 40])
        marks = () if block else scan.marks
        entry_there = Entry(scan.fence, in_table=bool(scan.table), hidden=scan.hidden, marks=marks)
        scan.places.append(Place(at, entry_there, block=block))
    return None


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


def _render(source: str, entry: Entry, *, marks: bool = False) -> tuple[str, str]:
    """What is posted for `source`, and what was put before it. Empty for what can't be seen.

    marks  those of bold words and the like are closed, too, as the next part opens them again
    """
    scan = begin(entry)
    *lines, rest = source.split("\n")
    for i, line in enumerate(lines):
        take(scan, line, in_line=entry.in_line and i == 0)
    in_line = entry.in_line and not lines
    if rest and scan.table and is_row(rest):
        scan.table.add(rest)
        rest = ""
    leave_table(scan)
    reopened = entry.again
    if entry.fence and not scan.fence and scan.shown[:1] == [""]:
        reopened = replace(entry, fence=None).again  # nothing was left of the block
    last = line_of(scan, rest, in_line=in_line).removesuffix("\n") if rest else ""
    if entry.fence and not lines and not scan.fence:
        reopened = replace(entry, fence=None).again  # all of it was the end of the block
        last = ""
    body = "".join(scan.shown) + last
    if not body.strip():
        return "", ""
    if scan.fence is None:
        body = body.rstrip() if reopened.endswith("\n") else _sendable(body)
    if entry.hidden and not entry.fence and body.startswith(BARS):
        reopened, body = "", body.removeprefix(BARS).lstrip()  # nothing was left of the spoiler
    if entry.marks:
        reopened, body = _without_empty_marks(entry, reopened, body)
    if entry.quote and not (lines or [rest])[0].strip():
        reopened = reopened.removeprefix(entry.quote)  # nothing was left of the quotation
    closing = _closing(scan, body, marks=marks)
    return (f"{reopened}{body}{closing}", reopened) if body else ("", "")


def _without_empty_marks(entry: Entry, reopened: str, body: str) -> tuple[str, str]:
    """Of marked words whose end is all that was left, nothing is opened anew."""
    marks, body = list(entry.marks), body.lstrip()
    while marks and body.startswith(marks[-1]):
        body = body.removeprefix(marks.pop())
    again = reopened.removesuffix("".join(entry.marks))
    return again + "".join(marks), body if marks else body.lstrip()


def _closing(scan: Scan, body: str, *, marks: bool) -> str:
    """What closes all that is open behind `body`."""
    code = "" if scan.fence is None else TICKS if body.endswith("\n") else f"\n{TICKS}"
    opened_last = scan.fence is None and body.endswith(BARS)
    marked = "".join(reversed(scan.marks)) if marks else ""
    return code + marked + (BARS if scan.hidden and not opened_last else "")


def _sendable(body: str) -> str:
    """Without the blank lines and spaces that Discord would cut off itself."""
    first = re.match(r"(?:[^\S\n]*\n)*", body)
    return body[first.end() if first else 0 :].rstrip()
