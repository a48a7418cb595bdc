from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.ids import GuildId
from storage._statements import Statements
from storage.tables import OPEN_CALL, QUEUED, RUNNING, WATCHED, finetune_watches, ledger, turns


@dataclass(frozen=True, slots=True)
class Counts:
    """What is under way in all processes together."""

    running: int
    queued: int
    calls: int
    trainings: int


class Overview:
    """Numbers over everything, for operators."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def counts(self) -> Counts:
        return Counts(
            running=await self._count(turns, RUNNING),
            queued=await self._count(turns, QUEUED),
            calls=await self._count(ledger, OPEN_CALL),
            trainings=await self._count(finetune_watches, WATCHED),
        )

    async def spent_by_guild(
        self, since: datetime | None
    ) -> tuple[tuple[GuildId | None, int], ...]:
        """Microusd, the most first; None is direct messages and user install."""
        spent = sa.func.coalesce(sa.func.sum(ledger.c.microusd), 0)
        query = sa.select(ledger.c.guild, spent.label("spent")).group_by(ledger.c.guild)
        if since is not None:
            query = query.where(ledger.c.at >= since)
        rows = await self._statements.execute(query.order_by(sa.desc("spent")))
        return tuple(
            (None if row.guild is None else GuildId(row.guild), int(row.spent)) for row in rows
        )

    async def _count(self, table: sa.Table, which: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).select_from(table).where(which)
        return int(await self._statements.scalar(query))
