from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain.ids import UserId
from bot.domain.operators import Change, ConfirmationId, Confirmed
from storage._statements import Statements
from storage.tables import confirmations

_KEPT = timedelta(days=1)


class Confirmations:
    """What waits for somebody's "yes": taken once, by the person it was asked of, and in time."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(
        self,
        user: UserId,
        change: Change,
        details: Mapping[str, Any],
        *,
        at: datetime,
        expires_at: datetime,
    ) -> ConfirmationId:
        """Write it down; those that nobody needs any more leave with it."""
        old = confirmations.delete().where(confirmations.c.expires_at < at - _KEPT)
        await self._statements.execute(old)
        insert = confirmations.insert().values(
            asked_of=user, change=change.value, details=dict(details), expires_at=expires_at
        )
        return ConfirmationId(await self._statements.scalar(insert.returning(confirmations.c.id)))

    async def take(
        self, confirmation: ConfirmationId, user: UserId, change: Change, at: datetime
    ) -> Confirmed | None:
        """None where it is somebody else's, too old, or was taken: then nothing may happen."""
        taken = (
            confirmations.update()
            .where(
                confirmations.c.id == confirmation,
                confirmations.c.asked_of == user,
                confirmations.c.change == change.value,
                confirmations.c.expires_at > at,
                confirmations.c.taken_at.is_(None),
            )
            .values(taken_at=at)
            .returning(confirmations.c.details)
        )
        row = (await self._statements.execute(taken)).one_or_none()
        return None if row is None else Confirmed(change=change, details=row.details)

    async def look(self, confirmation: ConfirmationId, user: UserId) -> Mapping[str, Any] | None:
        """Its details, whether it was taken or not."""
        query = sa.select(confirmations.c.details).where(
            confirmations.c.id == confirmation, confirmations.c.asked_of == user
        )
        return await self._statements.scalar(query)
