"""Tables, which Discord does not know, as text for a code block."""

import re

from typing_extensions import override

from cogs._graphemes import width_of
from cogs._markdown import code_spans, in_code, is_delimiter

_WIDEST_TABLE = 110  # columns; beyond that Discord wraps every row, and aligning only adds blanks
_BAR = re.compile(r"(?<!\\)\|")


class Table:
    """Rows under each other, columns aligned where that stays readable."""

    def __init__(self) -> None:
        self._rows: list[str] = []
        self._widths: list[int] = []
        self._sides: list[str] = []
        self._raw = self._extra = 0

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: str) -> None:
        self._rows.append(row)
        self._raw += len(in_code(row)) + 1
        cells = _cells(row)
        if not self._sides and is_delimiter(row):
            self._sides = [_side(cell) for cell in cells]
        for i, cell in enumerate(cells):
            width = 1 if _is_rule(cell) else width_of(cell)
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
        return in_code("\n".join(self._row(_cells(row)) for row in self._rows))

    def _row(self, cells: list[str]) -> str:
        count = len(self._widths)
        cells += [""] * (count - len(cells))
        sides = self._sides + [""] * (count - len(self._sides))
        shown = map(_aligned, cells, self._widths, sides)
        return "| " + " | ".join(shown) + " |"


def _cells(row: str) -> list[str]:
    """Bars behind a backslash or in code are part of a cell."""
    row = row.strip()
    row = row.removeprefix("|")
    if not row.endswith("\\|"):
        row = row.removesuffix("|")
    if "\\|" not in row and "`" not in row:
        return [cell.strip() for cell in row.split("|")]
    code = [*code_spans(row, open_ended=False)]
    cells: list[str] = []
    start = 0
    for bar in _BAR.finditer(row):
        if any(a < bar.start() < b for a, b in code):
            continue
        cells.append(row[start : bar.start()])
        start = bar.end()
    return [cell.strip().replace("\\|", "|") for cell in (*cells, row[start:])]


def _aligned(cell: str, width: int, side: str) -> str:
    if _is_rule(cell):
        return "-" * max(width, 1)
    room = width - width_of(cell)
    before = {"right": room, "middle": room // 2}.get(side, 0)
    return " " * before + cell + " " * (room - before)


def _side(rule: str) -> str:
    if not rule.endswith(":"):
        return ""
    return "middle" if rule.startswith(":") else "right"


def _is_rule(cell: str) -> bool:
    return bool(cell) and not cell.strip(":-") and "-" in cell
