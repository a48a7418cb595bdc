from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from bot.domain.ids import UserId
from bot.domain.operators import Blocked, SetBudget
from storage._statements import Statements
from storage.tables import blocks, caps


class Rulings:
    """What operators have decided at run time: who is blocked, and what may be spent."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def block(self, target: int, reason: str, by: UserId, at: datetime) -> None:
        insert = self._statements.insert(blocks).values(
            target=target, reason=reason, set_by=by, set_at=at
        )
        await self._statements.execute(
            insert.on_conflict_do_update(
                index_elements=[blocks.c.target],
                set_={name: insert.excluded[name] for name in ("reason", "set_by", "set_at")},
            )
        )

    async def unblock(self, target: int) -> bool:
        """False where there was no such block."""
        gone = blocks.delete().where(blocks.c.target == target)
        return (await self._statements.execute(gone)).rowcount == 1

    async def blocked(self) -> Mapping[int, Blocked]:
        rows = await self._statements.execute(sa.select(blocks).order_by(blocks.c.set_at.desc()))
        return {
            row.target: Blocked(
                target=row.target, reason=row.reason, by=UserId(row.set_by), at=row.set_at
            )
            for row in rows
        }

    async def cap(self, scope: str, microusd: int, by: UserId, at: datetime) -> None:
        insert = self._statements.insert(caps).values(
            scope=scope, microusd=microusd, set_by=by, set_at=at
        )
        await self._statements.execute(
            insert.on_conflict_do_update(
                index_elements=[caps.c.scope],
                set_={name: insert.excluded[name] for name in ("microusd", "set_by", "set_at")},
            )
        )

    async def uncap(self, scope: str) -> bool:
        """False where there was no such budget."""
        gone = caps.delete().where(caps.c.scope == scope)
        return (await self._statements.execute(gone)).rowcount == 1

    async def capped(self) -> Mapping[str, SetBudget]:
        rows = await self._statements.execute(sa.select(caps).order_by(caps.c.scope))
        return {
            row.scope: SetBudget(
                scope=row.scope, cap=row.microusd, by=UserId(row.set_by), at=row.set_at
            )
            for row in rows
        }
