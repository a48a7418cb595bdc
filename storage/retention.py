from datetime import datetime

import sqlalchemy as sa

from bot.domain.conversations import TurnState
from bot.domain.ids import GuildId
from storage._emptying import empty_turns
from storage._statements import Statements
from storage.tables import KEPT, OPEN, turns


class Retention:
    """Forgetting what was said, because its time is over; the rows stay, empty, for their seq."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def forget(self, guild: GuildId, before: datetime, limit: int) -> int:
        """Erase a server's oldest ended turns from before that moment; how many there were."""
        old = (
            sa.select(turns.c.id)
            .where(turns.c.guild == guild, turns.c.created_at < before, KEPT, ~OPEN)
            .order_by(turns.c.created_at)
            .limit(limit)
        )
        found = [row.id for row in await self._statements.execute(old)]
        if not found:
            return 0
        # The state once more: a Retry may have begun meanwhile, and is then not forgotten yet.
        erase = turns.update().where(turns.c.id.in_(found), ~OPEN)
        gone = await self._statements.execute(
            erase.values(state=TurnState.ERASED.value, options={}).returning(turns.c.id)
        )
        erased = [row.id for row in gone]
        await empty_turns(self._statements, erased)
        return len(erased)
