from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.ids import ChannelId, GuildId, UserId
from bot.domain.operators import BEGUN, COMMAND_LINE, Acting, Audited, AuditId
from storage._statements import Statements
from storage.notes import Note
from storage.tables import audit


class Audit:
    """Who changed what of the whole account: written before it is done, closed with how it ended.

    Nothing here is ever deleted by people.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(
        self, who: Acting, change: str, target: str, at: datetime, *, outcome: str = BEGUN
    ) -> AuditId:
        row = {
            "at": at,
            "actor": who.user,
            "change": change,
            "target": target,
            "guild": who.guild,
            "channel": who.channel,
            "outcome": outcome,
        }
        insert = audit.insert().values(row).returning(audit.c.id)
        return AuditId(await self._statements.scalar(insert))

    async def add_note(self, note: Note) -> None:
        """What the command line has done."""
        row = {
            "at": note.at,
            "actor": COMMAND_LINE,
            "change": note.change,
            "target": note.target,
            "channel": 0,
            "outcome": note.outcome,
        }
        await self._statements.execute(audit.insert().values(row))

    async def close(self, entry: AuditId, target: str, outcome: str) -> None:
        update = audit.update().where(audit.c.id == entry)
        await self._statements.execute(update.values(target=target, outcome=outcome))

    async def listed(
        self,
        limit: int,
        *,
        offset: int = 0,
        user: UserId | None = None,
        since: datetime | None = None,
    ) -> tuple[Audited, ...]:
        """Newest first."""
        query = sa.select(audit).order_by(audit.c.id.desc()).limit(limit).offset(offset)
        if user is not None:
            query = query.where(audit.c.actor == user)
        if since is not None:
            query = query.where(audit.c.at >= since)
        return tuple(_audited(row) for row in await self._statements.execute(query))


def _audited(row: sa.Row[*tuple[Any, ...]]) -> Audited:
    return Audited(
        id=AuditId(row.id),
        at=row.at,
        user=UserId(row.actor),
        change=row.change,
        target=row.target,
        guild=None if row.guild is None else GuildId(row.guild),
        channel=ChannelId(row.channel),
        outcome=row.outcome,
    )
