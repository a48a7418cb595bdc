from datetime import datetime
from functools import cache

import sqlalchemy as sa

from bot.domain.conversations import InteractionToken
from bot.domain.ids import TurnId
from storage._statements import Statements, insert_into
from storage.tables import interaction_tokens


class InteractionTokens:
    """Secrets that edit an answer for 15 minutes: kept no longer, and never exported."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def put(self, turn: TurnId, token: InteractionToken) -> None:
        """Keep it instead of the one before, where there was one."""
        await self._statements.execute(
            _put(postgresql=self._statements.postgresql),
            {
                "turn": turn,
                "application": token.application,
                "token": token.token,
                "expires_at": token.expires_at,
            },
        )

    async def get(self, turn: TurnId, now: datetime) -> InteractionToken | None:
        """None when there is none, or when it has expired by `now`."""
        query = sa.select(interaction_tokens).where(
            interaction_tokens.c.turn == turn, interaction_tokens.c.expires_at > now
        )
        row = (await self._statements.execute(query)).one_or_none()
        if row is None:
            return None
        return InteractionToken(
            application=row.application, token=row.token, expires_at=row.expires_at
        )

    async def delete(self, turn: TurnId) -> None:
        await self._statements.execute(
            interaction_tokens.delete().where(interaction_tokens.c.turn == turn)
        )

    async def delete_expired(self, now: datetime) -> int:
        """Delete all that can't be used any more; how many there were."""
        return (await self._statements.execute(_EXPIRED, {"now": now})).rowcount


_EXPIRED = interaction_tokens.delete().where(interaction_tokens.c.expires_at <= sa.bindparam("now"))


@cache
def _put(*, postgresql: bool) -> sa.Executable:
    insert = insert_into(interaction_tokens, postgresql=postgresql)
    newest = {name: insert.excluded[name] for name in ("application", "token", "expires_at")}
    return insert.on_conflict_do_update(index_elements=[interaction_tokens.c.turn], set_=newest)
