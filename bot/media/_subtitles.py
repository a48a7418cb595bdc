"""Subtitles of a recording that was sent in pieces: times shifted, and one file again.

SRT has no standard; VTT is https://www.w3.org/TR/webvtt1/ (section 4). Times are the only thing
that is read: whatever else a server wrote stays as it is.
"""

import re
from collections.abc import Sequence

_TIME = r"(?:\d{1,4}:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_TIMING = re.compile(rf"^[ \t]*({_TIME})[ \t]+-->[ \t]+({_TIME})(.*)$")
_BLOCKS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
VTT = "WEBVTT"


def shifted(text: str, seconds: float) -> str:
    """The same SRT or VTT with every time later by `seconds`."""
    return "\n".join(_shifted_line(line, seconds) for line in _unix(text).split("\n"))


def joined(pieces: Sequence[tuple[float, str]]) -> str:
    """One SRT or VTT of several, each with the second at which it starts; SRT is counted anew.

    Pieces without a cue (silence) leave no trace. Header and styles are those of the first piece.
    """
    vtt = any(_unix(text).lstrip("\ufeff \n").startswith(VTT) for _, text in pieces)
    head: list[str] = []
    cues: list[str] = []
    for at, (start, text) in enumerate(pieces):
        for block in _blocks(shifted(text, start)):
            if (cue := _cue(block, numbered=not vtt)) is not None:
                cues.append(cue if vtt else f"{len(cues) + 1}\n{cue}")
            elif vtt and at == 0:
                head.append(block)
    if vtt and not head:
        head = [VTT]
    return "\n\n".join([*head, *cues]) + "\n"


def _cue(block: str, *, numbered: bool) -> str | None:
    """The block from its times on, in VTT from its name on; None where it has no times."""
    lines = block.split("\n")
    for at in range(min(2, len(lines))):
        if _TIMING.match(lines[at]):
            return "\n".join(lines[at:]) if numbered else block
    return None


def _blocks(text: str) -> list[str]:
    return [block for block in _BLOCKS.split(text.strip("\ufeff \n")) if block]


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _shifted_line(line: str, seconds: float) -> str:
    if (found := _TIMING.match(line)) is None:
        return line
    start, end, rest = found.groups()
    return f"{_later(start, seconds)} --> {_later(end, seconds)}{rest}"


def _later(time: str, seconds: float) -> str:
    """Hours are written where they were, or where there are any now."""
    mark = "," if "," in time else "."
    whole, _, fraction = time.replace(",", ".").partition(".")
    *hours, minutes, secs = (int(part) for part in whole.split(":"))
    milliseconds = int(fraction.ljust(3, "0")) + 1000 * (secs + 60 * minutes)
    milliseconds += 3_600_000 * sum(hours)
    total, milli = divmod(max(0, milliseconds + round(seconds * 1000)), 1000)
    total, sec = divmod(total, 60)
    hour, minute = divmod(total, 60)
    long = f"{hour:02}:" if hours or hour else ""
    return f"{long}{minute:02}:{sec:02}{mark}{milli:03}"
