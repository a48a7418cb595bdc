from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.ids import ChannelId, GuildId, UserId
from bot.domain.operators import Acting, Watch, WatchId
from bot.domain.storage import OwnerId
from storage._owners import gone
from storage._statements import Statements
from storage.tables import WATCHED, finetune_watches


class Watches:
    """Trainings that are watched: each by one process, and by another one when that dies."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(
        self,
        job: str,
        model: str,
        who: Acting,
        *,
        locale: str,
        owner: OwnerId,
        at: datetime,
    ) -> WatchId | None:
        """None where the job is watched already."""
        insert = self._statements.insert(finetune_watches).values(
            job=job,
            model=model,
            starter=who.user,
            guild=who.guild,
            channel=who.channel,
            locale=locale,
            told="",
            created_at=at,
            over=False,
            owner=owner,
        )
        added = insert.on_conflict_do_nothing().returning(finetune_watches.c.id)
        return await self._statements.scalar(added)

    async def claim(self, me: OwnerId) -> tuple[Watch, ...]:
        """Take over what dead processes watched; all that is now one's own, oldest first."""
        orphaned = gone(finetune_watches.c.owner, me, postgresql=self._statements.postgresql)
        await self._statements.execute(
            finetune_watches.update().where(WATCHED, orphaned).values(owner=me)
        )
        mine = sa.select(finetune_watches).where(WATCHED, finetune_watches.c.owner == me)
        rows = await self._statements.execute(mine.order_by(finetune_watches.c.id))
        return tuple(_watch(row) for row in rows)

    async def get(self, watch: WatchId) -> Watch | None:
        query = sa.select(finetune_watches).where(finetune_watches.c.id == watch)
        row = (await self._statements.execute(query)).one_or_none()
        return None if row is None else _watch(row)

    async def known(self, jobs: Sequence[str]) -> frozenset[str]:
        """Which of them are watched, or have been."""
        query = sa.select(finetune_watches.c.job).where(finetune_watches.c.job.in_(jobs))
        return frozenset(row.job for row in await self._statements.execute(query))

    async def shown(self, watch: WatchId, *, message: int | None, told: str) -> None:
        """What stands in the channel now."""
        await self._set(watch, message=message, told=told)

    async def tuned(self, watch: WatchId, model: str | None) -> None:
        """The model that came of it."""
        await self._set(watch, tuned=model)

    async def end(self, watch: WatchId) -> None:
        """Nobody has to look at it any more."""
        await self._set(watch, over=True)

    async def _set(self, watch: WatchId, **values: Any) -> None:
        update = finetune_watches.update().where(finetune_watches.c.id == watch)
        await self._statements.execute(update.values(values))


def _watch(row: sa.Row[*tuple[Any, ...]]) -> Watch:
    return Watch(
        id=WatchId(row.id),
        job=row.job,
        model=row.model,
        starter=UserId(row.starter),
        guild=None if row.guild is None else GuildId(row.guild),
        channel=ChannelId(row.channel),
        locale=row.locale,
        message=row.message,
        told=row.told,
        created_at=row.created_at,
        over=row.over,
        tuned=row.tuned,
    )
