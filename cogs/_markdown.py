"""What a line of Markdown is, and where a line must not be cut. Bounded work for any input."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_letters, digits

TICKS = "```"
_BROKEN_TICKS = (
    "`\u200b`\u200b`\u200b"  # Discord ends a code block at any three backticks, also in a line
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
_BARS = re.compile(r"\|\|")
_ENDS_A_WORD = frozenset(f"{ascii_letters}{digits})]")
_CALLS = re.compile(r"@(?=everyone|here)")


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
    """Could be a table's; it is one behind a delimiter, or before one. Outer bars are optional."""
    return "|" in line


def is_delimiter(line: str) -> bool:
    return is_row(line) and _DELIMITER.match(line) is not None


def quoted(line: str) -> str:
    """What makes it a quotation in Discord, which only knows the outermost level."""
    return "> " if line.startswith("> ") else ""


def hides(line: str, *, hidden: bool) -> bool:
    """Whether a spoiler is open at the end of `line`, which began inside one or not.

    Two bars between words ("a || b", "a||b") are no spoiler's beginning.
    """
    if "||" not in line:
        return hidden
    if not hidden and line.strip() == "||":
        return True
    code = [*code_spans(line, open_ended=False)]
    for bars in _BARS.finditer(line):
        at, end = bars.span()
        if any(start < at < stop for start, stop in code):
            continue
        if hidden:
            hidden = False
        elif end < len(line) and not line[end].isspace():
            hidden = at == 0 or not (line[at - 1].isascii() and line[at - 1] in _ENDS_A_WORD)
    return hidden


_MARK_RUN = re.compile(r"\*+|_+|~+")
_MOST_MARKS = 3  # bold and slanted at once; more are a line or an ornament


def open_marks(line: str, marks: tuple[str, ...]) -> tuple[str, ...]:
    """Which marks of bold, slanted, underlined and crossed out words are open behind `line`.

    marks  those open before it, outer first
    """
    if not line.strip("*_~ \t"):
        return marks
    code = [*code_spans(line, open_ended=False)]
    for run in _MARK_RUN.finditer(line):
        at, end = run.span()
        escaped = at > 0 and line[at - 1] == "\\"
        if escaped or any(start <= at < stop for start, stop in code):
            continue
        before = line[at - 1] if at else " "
        after = line[end] if end < len(line) else " "
        for mark in _marks_of(run[0]):
            in_word = mark[0] == "_" and after.isalnum()
            if mark in marks and not before.isspace() and not in_word:
                marks = marks[: marks.index(mark)]
            elif mark not in marks and not after.isspace() and not before.isalnum():
                marks = (*marks, mark)
    return marks


def _marks_of(run: str) -> tuple[str, ...]:
    sign = run[0]
    if len(run) > _MOST_MARKS or (sign == "~" and len(run) != len("~~")):
        return ()
    return (run,) if len(run) < _MOST_MARKS else (sign * 2, sign)


def inert(line: str) -> str:
    """Calls to everyone, which ping nobody in any case, do not look as if they did either."""
    if "@" not in line:
        return line
    code = [*code_spans(line, open_ended=False)]
    return _CALLS.sub(
        lambda call: "@" if any(a < call.start() < b for a, b in code) else "@\u200b", line
    )


def begins_block(line: str) -> bool:
    """A heading, list item or quotation at the outermost level: a good place to cut before."""
    return _BLOCK.match(line) is not None


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
    found += code_spans(line)
    for mark in ("**", "__", "~~", "||"):
        at = [match.start() for match in re.finditer(re.escape(mark), line)]
        ends = [*(position + 2 for position in at[1::2]), len(line)]
        found += zip(at[::2], ends, strict=False)
    for mark in "*_":
        found += _slanted(line, mark)
    return found


def _slanted(line: str, mark: str) -> Iterator[tuple[int, int]]:
    """Italics: a single mark, which opens before a letter and closes behind one."""
    opened: int | None = None
    for found in re.finditer(
        rf"(?<!{re.escape(mark)}){re.escape(mark)}(?!{re.escape(mark)})", line
    ):
        at, end = found.span()
        if opened is not None and not line[at - 1].isspace():
            yield opened, end
            opened = None
        elif opened is None and end < len(line) and not line[end].isspace():
            # Within a word (snake_case, 2*3) it is just that sign.
            opened = at if at == 0 or not line[at - 1].isalnum() else None
    if opened is not None:
        yield opened, len(line)


def code_spans(line: str, *, open_ended: bool = True) -> Iterator[tuple[int, int]]:
    opened: dict[int, int] = {}
    for run in _TICK_RUN.finditer(line):
        start = opened.pop(len(run[0]), None)
        if start is None:
            opened[len(run[0])] = run.start()
        else:
            yield start, run.end()
    if open_ended:
        for start in opened.values():
            yield start, len(line)
