"""Numbers as people read them: percentiles, ratios, tables."""

from collections.abc import Iterable, Sequence


def percentile(values: Iterable[float], percent: float) -> float:
    """By nearest rank; NaN of nothing."""
    ordered = sorted(values)
    if not ordered:
        return float("nan")
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def seconds(value: float) -> str:
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def ratio(ours: float, theirs: float) -> str:
    return f"{theirs / ours:.1f}x" if ours > 0 else "-"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown, with columns under each other."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]

    def row(cells: Sequence[str]) -> str:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        return f"| {' | '.join(padded)} |"

    return "\n".join([row(lines[0]), row(["-" * width for width in widths]), *map(row, lines[1:])])
