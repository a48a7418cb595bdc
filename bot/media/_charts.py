"""Charts as PNG, as services ask for them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.media import Curve, Label, Picture, PictureFormat, Series
from bot.media._calls import Calls
from bot.media._frames import Message

DRAW_S = 20.0  # the first one imports matplotlib and looks for fonts
MAX_SERIES = 12
MAX_VALUES = 2_000


class Charts:
    """Drawn for Discord's dark theme, 960x480 pixels, readable on its light one."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def usage(
        self, *, title: Label, unit: Label, days: Sequence[str], series: Sequence[Series]
    ) -> Picture:
        """Stacked bars, one a day; `days` as they are to be written ("11-25").

        Raises:
            ValueError: more than 12 series or 2,000 days, or values that do not match the days.
        """
        if len(series) > MAX_SERIES or not 0 < len(days) <= MAX_VALUES:
            raise ValueError("1 to 2,000 days, up to 12 series")
        if any(len(each.values) != len(days) for each in series):
            raise ValueError("one value for each day")
        return await self._drawn(
            "charts.usage",
            {
                "title": _words(title),
                "unit": _words(unit),
                "days": list(days),
                "series": [[_words(each.label), list(each.values)] for each in series],
            },
        )

    async def loss(
        self,
        *,
        title: Label,
        steps: Label,
        loss: Sequence[Curve],
        accuracy: Sequence[Curve] = (),
    ) -> Picture:
        """Loss by step, for training and validation; accuracy (0..1) on a scale of its own.

        Raises:
            ValueError: more than 12 curves or 100,000 points; no points at all.
        """
        curves = [*loss, *accuracy]
        points = sum(len(each.points) for each in curves)
        if len(curves) > MAX_SERIES or not 0 < points <= 50 * MAX_VALUES:
            raise ValueError("1 to 100,000 points in up to 12 curves")
        return await self._drawn(
            "charts.loss",
            {
                "title": _words(title),
                "steps": _words(steps),
                "curves": [
                    [_words(each.label), part, each.points]
                    for part, group in (("loss", loss), ("accuracy", accuracy))
                    for each in group
                ],
            },
        )

    async def _drawn(self, job: str, drawing: Mapping[str, Any]) -> Picture:
        described = json.dumps(drawing).encode()
        return await self._calls.do(job, _picture, files=[("", described)], limit_s=DRAW_S)


def _words(label: Label) -> list[str]:
    return [label.text, label.plain]


def _picture(answer: Message) -> Picture:
    (data,) = answer.blobs
    return Picture(
        format=PictureFormat.PNG,
        width=int(answer.facts["width"]),
        height=int(answer.facts["height"]),
        data=data,
    )
