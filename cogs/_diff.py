"""What was changed in a text: as a patch, and as people read it in a `diff` block.

Short lines are compared as lines, as in code. A paragraph is one long line, of which one wants to
see the words that differ: each change then stands in a line of its own, between the words around
it. Blocks of `diff` are what Discord colours on desktops; on phones the signs are left to tell.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile

Code = tuple[str, int, int, int, int]
"""difflib's: what was done ("equal", "replace", "delete", "insert") with a[i1:i2] and b[j1:j2]."""

CONTEXT = 2  # lines around a change
WORDS_FROM = 80  # characters of a line that is compared by words
WORDS_AROUND = 5
WIDEST = 160  # characters of a line that did not change
MOST = 400  # lines or words between two that stayed; more are replaced as one
MOST_PAIRS = 4_000  # of equal ones: difflib takes time with their number
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_WORDS = re.compile(
    r"\s+|[\u3000-\u9fff\uac00-\ud7a3\uff00-\uffef]|[^\s\u3000-\u9fff\uac00-\ud7a3\uff00-\uffef]+"
)
_TICKS, _HARMLESS = "```", "\u02cb" * 3


def patch(before: str, after: str, name: str) -> str:
    """A unified diff as programs read it; empty where nothing differs."""
    a, b = _LINES.findall(before), _LINES.findall(after)
    lines: list[str] = []
    for hunk in _hunks(_codes(a, b)):
        lines.append(_heading(hunk))
        for tag, i1, i2, j1, j2 in hunk:
            if tag == "equal":
                lines += [f" {line}" for line in a[i1:i2]]
                continue
            lines += [f"-{line}" for line in a[i1:i2]]
            lines += [f"+{line}" for line in b[j1:j2]]
    if not lines:
        return ""
    ended = [
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    ]
    return "".join([f"--- {name}\n+++ {name}\n", *ended])


def readable(before: str, after: str, limit: int) -> str | None:
    """The inside of a `diff` block; "" where nothing differs, None where `limit` is too short."""
    a, b = before.rstrip().splitlines(), after.rstrip().splitlines()
    shown: list[str] = []
    hunks = list(_hunks(_codes(a, b)))
    for hunk in hunks:
        if len(hunks) > 1 or hunk[0][1] > 0:
            shown.append(_heading(hunk).rstrip())
        for tag, i1, i2, j1, j2 in hunk:
            if tag == "equal":
                shown += [f"  {_short(line)}" for line in a[i1:i2]]
            elif tag == "replace" and i2 - i1 == j2 - j1:
                for old, new in zip(a[i1:i2], b[j1:j2], strict=True):
                    shown += _by_words(old, new)
            else:
                shown += [f"- {line}" for line in a[i1:i2]]
                shown += [f"+ {line}" for line in b[j1:j2]]
        if sum(map(len, shown)) > limit:
            return None
    text = "\n".join(shown).replace(_TICKS, _HARMLESS)
    return text if len(text) <= limit else None


def _heading(hunk: Sequence[Code]) -> str:
    first, last = hunk[0], hunk[-1]
    old, new = last[2] - first[1], last[4] - first[3]
    # A range of no lines is named by the line before it.
    return f"@@ -{first[1] + (old > 0)},{old} +{first[3] + (new > 0)},{new} @@\n"


def _codes(a: Sequence[str], b: Sequence[str]) -> list[Code]:
    """How `a` becomes `b`; what is equal at both ends costs no comparing."""
    head = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))
    rest = min(len(a), len(b)) - head
    ends = zip(reversed(a), reversed(b), strict=False)
    tail = min(rest, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], ends)))
    i, j = len(a) - tail, len(b) - tail
    codes: list[Code] = [("equal", 0, head, 0, head)] if head else []
    codes += [
        (tag, i1 + head, i2 + head, j1 + head, j2 + head)
        for tag, i1, i2, j1, j2 in _anchored(a[head:i], b[head:j])
    ]
    return _joined([*codes, ("equal", i, len(a), j, len(b))] if tail else codes)


def _joined(codes: Sequence[Code]) -> list[Code]:
    """What is done the same way in a row is one."""
    joined: list[Code] = []
    for tag, i1, i2, j1, j2 in codes:
        if joined and joined[-1][0] == tag:
            _, first_i, _, first_j, _ = joined.pop()
            joined.append((tag, first_i, i2, first_j, j2))
        else:
            joined.append((tag, i1, i2, j1, j2))
    return joined


def _anchored(a: Sequence[str], b: Sequence[str]) -> Iterator[Code]:
    """Between lines that there is one of on both sides, as patience diff does it.

    So the time goes with the length of a file, and only what is between two such lines is compared.
    """
    there = {line: j for j, line in enumerate(b) if line.strip()}
    counts_a, counts_b = Counter(a), Counter(b)
    once = [
        (i, there[line])
        for i, line in enumerate(a)
        if line in there and counts_a[line] == counts_b[line] == 1
    ]
    before_i = before_j = 0
    for i, j in [*_rising(once), (len(a), len(b))]:
        for tag, i1, i2, j1, j2 in _compared(a[before_i:i], b[before_j:j]):
            yield tag, i1 + before_i, i2 + before_i, j1 + before_j, j2 + before_j
        if i < len(a):
            yield "equal", i, i + 1, j, j + 1
        before_i, before_j = i + 1, j + 1


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most of them that are in the same order on both sides."""
    ends: list[int] = []  # where the best run of each length ends, by its place in `pairs`
    before: list[int | None] = []
    for at, (_, j) in enumerate(pairs):
        length = bisect_left(ends, j, key=lambda end: pairs[end][1])
        before.append(ends[length - 1] if length else None)
        ends[length : length + 1] = [at]
    run: list[tuple[int, int]] = []
    last = ends[-1] if ends else None
    while last is not None:
        run.append(pairs[last])
        last = before[last]
    return run[::-1]


def _compared(a: Sequence[str], b: Sequence[str]) -> list[Code]:
    if not a and not b:
        return []
    counts = Counter(b)
    pairs = sum(counts[each] for each in a)
    if max(len(a), len(b)) > MOST or pairs > MOST_PAIRS:
        return [("replace", 0, len(a), 0, len(b))]
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return [(str(tag), i1, i2, j1, j2) for tag, i1, i2, j1, j2 in matcher.get_opcodes()]


def _hunks(codes: Sequence[Code]) -> Iterator[list[Code]]:
    """Changes with the lines around them; what is far from each other apart."""
    hunk: list[Code] = []
    for code in codes:
        tag, i1, i2, j1, j2 = code
        if tag != "equal" or i2 - i1 <= 2 * CONTEXT:
            hunk.append(code)
            continue
        if hunk:
            yield [*hunk, (tag, i1, i1 + CONTEXT, j1, j1 + CONTEXT)]
        hunk = [(tag, i2 - CONTEXT, i2, j2 - CONTEXT, j2)]
    if any(tag != "equal" for tag, *_ in hunk):
        yield hunk


def _by_words(old: str, new: str) -> list[str]:
    """One line that became another; as a whole where hardly a word stayed."""
    whole = [f"- {old}", f"+ {new}"]
    if max(len(old), len(new)) < WORDS_FROM:
        return whole
    a, b = _WORDS.findall(old), _WORDS.findall(new)
    parts = list(_parts(a, b, _codes(a, b)))
    same = sum(len(was) for was, now in parts if was == now)
    if 2 * same < max(len(old), len(new)):
        return whole
    shown: list[str] = []
    for at, (was, now) in enumerate(parts):
        if was == now:
            shown.append(f"  {_around(was, first=at == 0, last=at == len(parts) - 1)}")
            continue
        shown += [f"- {was.strip()}"] * bool(was.strip())
        shown += [f"+ {now.strip()}"] * bool(now.strip())
    return shown


def _parts(a: Sequence[str], b: Sequence[str], codes: Sequence[Code]) -> Iterator[tuple[str, str]]:
    """What stood and stands there, piece by piece; changes that only a space parts are one."""
    was = now = ""
    for tag, i1, i2, j1, j2 in codes:
        old, new = "".join(a[i1:i2]), "".join(b[j1:j2])
        if tag == "equal" and (old.strip() or not (was or now)):
            if was or now:
                yield was, now
            was = now = ""
            yield old, new
        else:
            was, now = was + old, now + new
    if was or now:
        yield was, now


def _around(text: str, *, first: bool, last: bool) -> str:
    """The words next to a change: not all of a long sentence that stayed."""
    words = text.split()
    if len(words) <= 2 * WORDS_AROUND:
        return _short(" ".join(words))
    before = [] if first else words[:WORDS_AROUND]
    after = [] if last else words[-WORDS_AROUND:]
    return _short(" ".join([*before, "…", *after]))


def _short(line: str) -> str:
    return line if len(line) <= WIDEST else f"{line[:WIDEST]}…"
