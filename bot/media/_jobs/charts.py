"""Charts as PNG. Runs in the worker."""
# matplotlib's own types leave keyword arguments open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportArgumentType=false

import io
import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from matplotlib import font_manager, rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.ticker import MaxNLocator

from bot.media._frames import Message

WIDTH, HEIGHT, DPI = 960, 480, 120
TICKS = 8
LONGEST_LABEL = 48

# Discord's dark theme; the picture brings its own ground, so it reads on the light one too.
GROUND, INK, GRID = "#2b2d31", "#dbdee1", "#45474d"
# Okabe and Ito's colours, which people with any colour vision tell apart, lightened for the ground.
COLOURS = (
    *("#56b4e9", "#e69f00", "#2bc49a", "#f0e442", "#ef7d4a", "#d98fbe"),
    *("#7f9cf5", "#b3b3b3", "#8fd16f", "#c58af0", "#f2b5a7", "#5fd3d8"),
)
# Before matplotlib's own font, which has no Chinese, Japanese or Korean; those that exist are used.
ASIAN = (
    *("Noto Sans CJK SC", "Noto Sans CJK TC", "Noto Sans CJK JP", "Noto Sans SC", "Noto Sans TC"),
    *("WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback", "Source Han Sans SC"),
    *("Microsoft YaHei", "Microsoft JhengHei", "PingFang SC", "PingFang TC", "SimHei"),
)


def usage(_: dict[str, Any], blobs: Sequence[bytes]) -> Message:
    """Stacked bars by day."""
    drawing = json.loads(blobs[0])
    days: list[str] = drawing["days"]
    with rc_context(_style()):
        figure, axes = _figure(drawing["title"])
        floor = [0.0] * len(days)
        bars: list[Any] = []
        for (_, values), colour in zip(drawing["series"], COLOURS, strict=False):
            bars.append(axes.bar(range(len(days)), values, bottom=floor, color=colour, width=0.8))
            floor = [low + value for low, value in zip(floor, values, strict=True)]
        every = -(-len(days) // TICKS)
        places = list(range(0, len(days), every))
        axes.set_xticks(places, [_shown([days[at], "?"]) for at in places], parse_math=False)
        axes.set_ylabel(_shown(drawing["unit"]), parse_math=False)
        axes.set_ylim(bottom=0, top=None if any(floor) else 1)
        axes.set_xlim(-0.6, max(len(days), 5) - 0.4)
        axes.grid(visible=False, axis="x")
        _legend(figure, bars, [label for label, _ in drawing["series"]])
        return _drawn(figure)


def loss(_: dict[str, Any], blobs: Sequence[bytes]) -> Message:
    """Curves by step; those of accuracy dashed, on the right-hand scale."""
    drawing = json.loads(blobs[0])
    with rc_context(_style()):
        figure, axes = _figure(drawing["title"])
        right = (
            axes.twinx() if any(part == "accuracy" for _, part, _ in drawing["curves"]) else axes
        )
        lines: list[Any] = []
        for (_, part, points), colour in zip(drawing["curves"], COLOURS, strict=False):
            (line,) = (right if part == "accuracy" else axes).plot(
                [x for x, _ in points],
                [y for _, y in points],
                color=colour,
                linestyle="--" if part == "accuracy" else "-",
                marker="o" if len(points) == 1 else "",
                linewidth=1.6,
            )
            lines.append(line)
        axes.xaxis.set_major_locator(MaxNLocator(TICKS, integer=True))
        axes.set_xlabel(_shown(drawing["steps"]), parse_math=False)
        if right is not axes:
            right.set_ylim(0, 1)
            right.grid(visible=False)
        _legend(figure, lines, [label for label, _, _ in drawing["curves"]])
        return _drawn(figure)


def _style() -> dict[str, Any]:
    return {
        "font.family": [*_asian_fonts(), "DejaVu Sans"],
        "font.size": 9,
        "text.color": INK,
        "axes.facecolor": GROUND,
        "axes.edgecolor": GRID,
        "axes.labelcolor": INK,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.formatter.limits": (-4, 6),
        "grid.color": GRID,
        "grid.linewidth": 0.6,
        "xtick.color": INK,
        "ytick.color": INK,
        "legend.frameon": False,
        "path.simplify": True,
    }


def _figure(title: Sequence[str]) -> tuple[Figure, Axes]:
    figure = Figure((WIDTH / DPI, HEIGHT / DPI), DPI, facecolor=GROUND, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(_shown(title), loc="left", parse_math=False)
    return figure, axes


def _legend(figure: Figure, drawn: Sequence[Any], labels: Sequence[Sequence[str]]) -> None:
    if not labels:
        return
    # Set afterwards: matplotlib gives a meaning of its own to "_" in front and to "$".
    placeholders = ["x" * len(_shown(label)) for label in labels]
    legend = figure.legend(
        drawn, placeholders, loc="outside lower center", ncols=min(len(labels), 4)
    )
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set_parse_math(False)
        text.set_text(_shown(label))


def _drawn(figure: Figure) -> Message:
    file = io.BytesIO()
    figure.savefig(file, format="png", facecolor=GROUND)
    return Message({"width": WIDTH, "height": HEIGHT}, [file.getvalue()])


def _shown(label: Sequence[str]) -> str:
    """The words, or the plain ones where a box would stand in place of a letter."""
    text, plain = label
    line = " ".join(text.split())
    if any(ord(letter) not in _letters() for letter in line):
        line = " ".join(plain.split())
    return line if len(line) <= LONGEST_LABEL else f"{line[: LONGEST_LABEL - 1]}…"


@cache
def _asian_fonts() -> tuple[str, ...]:
    there = {font.name for font in font_manager.fontManager.ttflist}
    return tuple(name for name in ASIAN if name in there)[:2]


@cache
def _letters() -> frozenset[int]:
    """All that the fonts in use can write."""
    names = (*_asian_fonts(), "DejaVu Sans")
    fonts = [FT2Font(font_manager.findfont(name)) for name in names]
    return frozenset().union(*(font.get_charmap() for font in fonts))
