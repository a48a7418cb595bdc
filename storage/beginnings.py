from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.ids import ChannelId, GuildId, SourceId, UserId
from bot.domain.operators import Acting, Beginning, BeginningId
from bot.domain.storage import OwnerId
from storage._owners import gone
from storage._statements import Statements
from storage.tables import finetune_beginnings


class Beginnings:
    """Trainings that are about to be begun: written before the request, gone once it is known."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(
        self,
        who: Acting,
        *,
        model: str,
        training_file: str,
        before: Sequence[str],
        locale: str,
        owner: OwnerId,
        at: datetime,
    ) -> Beginning:
        insert = finetune_beginnings.insert().values(
            source=who.source,
            model=model,
            training_file=training_file,
            before=list(before),
            starter=who.user,
            guild=who.guild,
            channel=who.channel,
            locale=locale,
            created_at=at,
            owner=owner,
        )
        row = (await self._statements.execute(insert.returning(finetune_beginnings))).one()
        return _beginning(row)

    async def claim(self, me: OwnerId) -> tuple[Beginning, ...]:
        """Take over what dead processes left; all that is now one's own, oldest first."""
        orphaned = gone(finetune_beginnings.c.owner, me, postgresql=self._statements.postgresql)
        await self._statements.execute(
            finetune_beginnings.update().where(orphaned).values(owner=me)
        )
        mine = sa.select(finetune_beginnings).where(finetune_beginnings.c.owner == me)
        rows = await self._statements.execute(mine.order_by(finetune_beginnings.c.id))
        return tuple(_beginning(row) for row in rows)

    async def drop(self, beginning: BeginningId) -> None:
        delete = finetune_beginnings.delete().where(finetune_beginnings.c.id == beginning)
        await self._statements.execute(delete)


def _beginning(row: sa.Row[*tuple[Any, ...]]) -> Beginning:
    return Beginning(
        id=BeginningId(row.id),
        source=SourceId(row.source),
        model=row.model,
        training_file=row.training_file,
        before=tuple(row.before),
        starter=UserId(row.starter),
        guild=None if row.guild is None else GuildId(row.guild),
        channel=ChannelId(row.channel),
        locale=row.locale,
        at=row.created_at,
    )
