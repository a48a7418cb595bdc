"""What was used and what it cost, from the ledger: summed up, drawn, and with what is left."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import structlog

from bot.domain.calls import BudgetState, Caller, Operation, Period, Spending
from bot.domain.clock import Clock
from bot.domain.errors import BotError
from bot.domain.ids import GuildId, UserId
from bot.domain.media import Label, Picture, Series
from bot.media import Media
from bot.services.calls import Calls, Cap
from storage.database import Database

BARS = 92
"""More days than that are drawn as months."""

MOST_SERIES = 12
MICRO = 1_000_000

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Of any number of calls; what `Spending` says of one day."""

    calls: int = 0
    failed: int = 0
    prompt: int = 0
    completion: int = 0
    cached: int = 0
    pictures: int = 0
    sound_s: float = 0.0
    microusd: int = 0
    unpriced: int = 0
    estimated: int = 0

    @classmethod
    def of(cls, rows: Iterable[Spending]) -> "Sums":
        rows = tuple(rows)
        return cls(
            calls=sum(row.calls for row in rows),
            failed=sum(row.failed for row in rows),
            prompt=sum(row.prompt for row in rows),
            completion=sum(row.completion for row in rows),
            cached=sum(row.cached for row in rows),
            pictures=sum(row.pictures for row in rows),
            sound_s=sum(row.sound_s for row in rows),
            microusd=sum(row.microusd for row in rows),
            unpriced=sum(row.unpriced for row in rows),
            estimated=sum(row.estimated for row in rows),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Since when, in all, by operation and model (the dearest first), and day by day.

    since  None: from the first call on
    """

    period: Period
    since: datetime | None
    until: datetime
    total: Sums
    lines: tuple[tuple[Operation, str, Sums], ...]
    rows: tuple[Spending, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartWords:
    """What is written on a chart, in somebody's language."""

    money: Label
    calls: Label
    others: Label
    operation: Callable[[Operation], Label]


class Usage:
    """media  draws the charts; None: there are none"""

    def __init__(
        self, *, database: Database, calls: Calls, clock: Clock, media: Media | None = None
    ) -> None:
        self._database = database
        self._calls = calls
        self._clock = clock
        self._media = media

    async def report(
        self, period: Period, *, payer: UserId | None = None, guild: GuildId | None = None
    ) -> Report:
        """Of one person, of one server, or of everybody; read beside the writers."""
        now = self._clock.now()
        since = begin_of(period, now)
        async with self._database.reading() as tx:
            rows = await tx.ledger.report(since, payer=payer, guild=guild)
        groups: dict[tuple[Operation, str], list[Spending]] = {}
        for row in rows:
            groups.setdefault((row.operation, row.model), []).append(row)
        lines = [(*key, Sums.of(found)) for key, found in groups.items()]
        lines.sort(key=lambda line: (-line[2].microusd, -line[2].calls, line[0], line[1]))
        return Report(
            period=period,
            since=since,
            until=now,
            total=Sums.of(rows),
            lines=tuple(lines),
            rows=rows,
        )

    async def budgets(self, caller: Caller) -> tuple[tuple[Cap, BudgetState], ...]:
        """Every cap that binds this person here, with what is left of it."""
        return await self._calls.states(caller)

    async def chart(self, report: Report, words: ChartWords) -> Picture | None:
        """By day and operation: money, or calls where none of them has a price.

        None where there is nothing to draw, or nobody to draw it: a chart is never worth an error.
        """
        if self._media is None or not report.rows:
            return None
        unit, bars, series = _drawn(report, words)
        try:
            return await self._media.charts.usage(title=unit, unit=unit, days=bars, series=series)
        except BotError as error:
            log.warning("chart_not_drawn", error=type(error).__name__)
            return None


def begin_of(period: Period, now: datetime) -> datetime | None:
    """The first moment of a period that `now` is in; None where it has none."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    match period:
        case Period.DAY:
            return today
        case Period.WEEK:
            return today - timedelta(days=6)
        case Period.MONTH:
            return today.replace(day=1)
        case Period.ALL:
            return None


def _drawn(report: Report, words: ChartWords) -> tuple[Label, list[str], list[Series]]:
    """The unit, the bars' names, and a series for each operation, the largest first."""
    priced = report.total.microusd > 0
    days = _days(report)
    by_month = len(days) > BARS
    bars = list(dict.fromkeys(day[:7] if by_month else day[5:] for day in days))
    amounts: dict[Operation, Counter[str]] = {}
    for row in report.rows:
        bar = row.day[:7] if by_month else row.day[5:]
        value = row.microusd if priced else row.calls
        amounts.setdefault(row.operation, Counter())[bar] += value
    ranked = sorted(amounts.items(), key=lambda each: -each[1].total())
    shown = [(words.operation(name), found) for name, found in ranked[: MOST_SERIES - 1]]
    if rest := [found for _, found in ranked[MOST_SERIES - 1 :]]:
        shown.append((words.others, sum(rest, Counter[str]())))
    scale = MICRO if priced else 1
    series = [
        Series(label, tuple(found[bar] / scale for bar in bars))
        for label, found in shown
        if found.total()
    ]
    return words.money if priced else words.calls, bars, series


def _days(report: Report) -> Sequence[str]:
    """Every day of the period up to today, also those without a call."""
    first = report.since.date() if report.since else date.fromisoformat(report.rows[0].day)
    count = max(0, (report.until.astimezone(UTC).date() - first).days)
    return [(first + timedelta(days=number)).isoformat() for number in range(count + 1)]
