"""Where to cut a text that does not fit into one message: the best place that is left."""

import re
from collections.abc import Iterable

from cogs._graphemes import Graphemes
from cogs._markdown import hides, is_delimiter, quoted, unbreakable
from cogs._reading import LIMIT, Entry, Place, Scan, marks_behind

_SENTENCE_END = re.compile(
    r"[.!?…:;,]+[\"')\]*_]*[ \t]+|[\u3002\uff01\uff1f\uff1b\uff1a\uff0c\u3001]"
)
_BLANK = re.compile(r"[ \t]+")


def cut_at(text: str, start: int, line_start: int, over: int, scan: Scan) -> Place:
    """The best place before `over`, the first character that does not fit."""
    span = over - start

    def latest(places: Iterable[Place], least: float) -> Place | None:
        return next((p for p in reversed([*places]) if p.at - start >= span * least), None)

    lines = [p for p in scan.places if p.at <= over and not is_delimiter(_line_at(text, p.at))]
    best = latest((p for p in lines if p.block), 0.5) or latest(lines, 0.5)
    return (
        best
        or _within_line(text, start, line_start, over, scan)
        or latest(lines, 0.0)
        or inside_line(text, start, line_start, over, scan)
    )


def inside_line(text: str, start: int, line_start: int, at: int, scan: Scan) -> Place:
    """A cut in the middle of a line."""
    if scan.fence is not None:
        return Place(at, Entry(scan.fence, in_line=True, hidden=scan.hidden), block=False)
    line = text[line_start:at]
    going_on = scan.entry.in_line and line_start == start
    quote = scan.entry.quote if going_on else quoted(line)
    hidden = hides(line, hidden=scan.hidden)
    marks = () if hidden else marks_behind(scan, line, in_line=going_on)
    return Place(at, Entry(in_line=True, hidden=hidden, quote=quote, marks=marks), block=False)


def _line_at(text: str, at: int) -> str:
    end = text.find("\n", at, at + LIMIT)
    return text[at : end if end >= 0 else at]


def _within_line(text: str, start: int, line_start: int, over: int, scan: Scan) -> Place | None:
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
                return inside_line(text, start, line_start, line_start + at, scan)
    for at in range(len(line), 0, -1):
        if graphemes.boundary(at) and line_start + at > start:
            return inside_line(text, start, line_start, line_start + at, scan)
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
