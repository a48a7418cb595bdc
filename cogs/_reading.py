"""One message's share of a text, read line by line: what Discord gets for it, what is left open."""

from dataclasses import dataclass, field

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
)
from cogs._tables import Table

LIMIT = 2000
CLOSING = len("\n" + TICKS)
BARS = "||"
TABLE_FRAME = 2 * CLOSING


@dataclass(frozen=True, slots=True)
class Entry:
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
        return f"{self.quote}{BARS if self.hidden else ''}{''.join(self.marks)}{code}"


@dataclass(slots=True)
class Place:
    """A line's start inside the part: where one may cut, and what would be open there."""

    at: int
    entry: Entry
    block: bool  # a paragraph, list item, heading or code block begins here


@dataclass(slots=True)
class Scan:
    """One part as far as it has been read.

    marks  open behind the last line, as Entry has them
    """

    entry: Entry
    shown: list[str] = field(default_factory=list[str])  # finished lines, as Discord is to get them
    table: Table = field(default_factory=Table)  # the one at the end, not in `shown`
    size: int = 0  # of `shown`
    fence: Fence | None = None
    hidden: bool = False  # inside a spoiler
    hidden_before: bool = False  # and before the last line
    marks: tuple[str, ...] = ()
    places: list[Place] = field(default_factory=list[Place])
    last_line: str = ""


def begin(entry: Entry) -> Scan:
    scan = Scan(entry, fence=entry.fence, hidden=entry.hidden, marks=entry.marks)
    scan.size = len(entry.again)
    return scan


def size_of(scan: Scan) -> int:
    return scan.size + (scan.table.size + TABLE_FRAME if scan.table else 0)


def closing_size(scan: Scan) -> int:
    marks = len("".join(scan.marks))
    return CLOSING * (scan.fence is not None) + len(BARS) * scan.hidden + marks


def reserve(scan: Scan, line: str) -> int:
    """Kept free for what `line` may turn out to open, and for closing what is open."""
    in_table = not scan.table and scan.entry.in_table and is_row(line)
    in_code_block = scan.fence is not None or like_fence(line)
    return CLOSING * in_code_block + TABLE_FRAME * in_table


def take(scan: Scan, line: str, *, in_line: bool) -> None:
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
    leave_table(scan)
    shown = line_of(scan, line, in_line=in_line)
    scan.shown.append(shown)
    scan.size += max(len(shown), len(line) + 1)
    scan.last_line = "" if in_line or scan.fence else line


def line_of(scan: Scan, line: str, *, in_line: bool) -> str:
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
        scan.marks = marks_behind(scan, line, in_line=in_line)
        return inert(line) + "\n"
    scan.fence, shown = opened
    scan.marks = ()
    return shown + "\n"


def marks_behind(scan: Scan, line: str, *, in_line: bool) -> tuple[str, ...]:
    """What is open behind `line`: words are marked within a paragraph, and in no spoiler."""
    if scan.hidden or scan.hidden_before or BARS in line:
        return ()
    afresh = not in_line and (not line.strip() or begins_block(line))
    return open_marks(line, () if afresh else scan.marks)


def leave_table(scan: Scan) -> None:
    if scan.table:
        scan.shown.append(f"{TICKS}\n{scan.table}\n{TICKS}\n")
        scan.size += scan.table.size + TABLE_FRAME
        scan.table = Table()


def begins(scan: Scan, before: str, after: str) -> bool:
    if scan.fence is not None or scan.table:
        return False
    return not before.strip() or begins_block(after) or like_fence(after)
