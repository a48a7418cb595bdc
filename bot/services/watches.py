"""Trainings that are watched until their end: asked about by the clock, whatever process lives."""

import base64
import binascii
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from bot.domain.clock import Clock
from bot.domain.errors import BotError, FileError, RemoteNotFoundError, UpstreamError
from bot.domain.files import FileStore
from bot.domain.fine_tuning import FineTuning, Job, JobEvent
from bot.domain.media import Curve, Label, Picture
from bot.domain.operators import Watch, WatchId
from bot.media import Media
from storage.database import Database

log = structlog.stdlib.get_logger(__name__)

EVERY_S = 20.0
"""How often a job is asked about."""

NEWEST = 500
"""Events that are looked at; a training of OpenAI's tells a few for each step."""

MOST_RESULTS = 8 << 20
TRAINING = ("train_loss", "training_loss")
VALIDATION = ("valid_loss", "full_valid_loss", "validation_loss")

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a training has come.

    loss, validation  by step, from its events, or from its result files where they tell nothing
    digest            differs when there is something new to show
    """

    job: Job
    events: tuple[JobEvent, ...]
    loss: Points
    validation: Points

    @property
    def digest(self) -> str:
        last = self.events[-1].id if self.events else ""
        return f"{self.job.status} {len(self.loss)} {last}"


class Watches:
    """media  draws the charts; None: there are none"""

    def __init__(
        self,
        *,
        database: Database,
        tuning: FineTuning,
        files: FileStore,
        clock: Clock,
        media: Media | None,
    ) -> None:
        self._database = database
        self._tuning = tuning
        self._files = files
        self._clock = clock
        self._media = media

    async def mine(self) -> tuple[Watch, ...]:
        """What this process has to look at; what dead ones looked at is taken over."""
        async with self._database.transaction() as tx:
            return await tx.watches.claim(self._database.owner)

    async def get(self, watch: WatchId) -> Watch | None:
        async with self._database.transaction() as tx:
            return await tx.watches.get(watch)

    async def look(self, watch: Watch) -> Progress:
        """Ask the server.

        Raises:
            RemoteNotFoundError: it does not know the job any more.
            UpstreamError: one of its other leaves; it may be better the next time.
        """
        job = await self._tuning.get(watch.job)
        events = await self._tuning.events(watch.job, limit=NEWEST)
        loss, validation = _curves([event.data for event in events])
        if job.status.over and not loss:
            loss, validation = await self._results(job)
        return Progress(job=job, events=events, loss=loss, validation=validation)

    async def chart(
        self, progress: Progress, *, title: Label, steps: Label, loss: Label, validation: Label
    ) -> Picture | None:
        """None where there is nothing to draw, or nobody to draw it."""
        if self._media is None or len(progress.loss) < 2:  # noqa: PLR2004  a line has two ends
            return None
        curves = [Curve(loss, progress.loss)]
        if progress.validation:
            curves.append(Curve(validation, progress.validation))
        try:
            return await self._media.charts.loss(title=title, steps=steps, loss=curves)
        except BotError as error:
            log.warning("chart_not_drawn", error=type(error).__name__)
            return None

    async def shown(self, watch: Watch, *, message: int | None, told: str) -> None:
        async with self._database.transaction() as tx:
            await tx.watches.shown(watch.id, message=message, told=told)

    async def end(self, watch: Watch) -> None:
        async with self._database.transaction() as tx:
            await tx.watches.end(watch.id)

    async def name(self, watch: Watch, tuned: str | None) -> None:
        """What came of it, before that is told: a button is pressed as soon as it is seen."""
        async with self._database.transaction() as tx:
            await tx.watches.tuned(watch.id, tuned)

    async def _results(self, job: Job) -> tuple[Points, Points]:
        for file in job.result_files:
            whole = io.BytesIO()
            try:
                async for piece in self._files.download(file, most=MOST_RESULTS):
                    whole.write(piece)
            except (FileError, RemoteNotFoundError, UpstreamError) as error:
                log.info("results_not_read", error=type(error).__name__)
                continue
            found = _curves(list(_rows(whole.getvalue())))
            if found[0]:
                return found
        return (), ()


def _rows(data: bytes) -> Iterator[Mapping[str, object]]:
    """Of a CSV, which OpenAI gives out in base64 for jobs of today."""
    text = data.decode("utf-8-sig", "replace")
    if "," not in text.partition("\n")[0]:
        with suppress(binascii.Error, ValueError):
            text = base64.b64decode(text, validate=True).decode("utf-8-sig", "replace")
    yield from csv.DictReader(io.StringIO(text))


def _curves(rows: Sequence[Mapping[str, object]]) -> tuple[Points, Points]:
    return _points(rows, TRAINING), _points(rows, VALIDATION)


def _points(rows: Sequence[Mapping[str, object]], names: Sequence[str]) -> Points:
    found: dict[float, float] = {}
    for row in rows:
        step = _number(row.get("step"))
        value = next(
            (value for name in names if (value := _number(row.get(name))) is not None), None
        )
        if step is not None and value is not None:
            found[step] = value
    return tuple(sorted(found.items()))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if -1e12 < number < 1e12 else None  # noqa: PLR2004  no NaN, and nothing absurd
