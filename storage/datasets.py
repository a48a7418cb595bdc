from collections.abc import AsyncGenerator
from datetime import datetime

import sqlalchemy as sa

from bot.domain.conversations import Exchange
from bot.domain.ids import ChannelId, ConversationId
from storage._statements import Statements
from storage.messages import exchange_of, exchanges
from storage.tables import conversations, turns


class Datasets:
    """What was said in a channel, for training; meant for `reading()`."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def of_channel(
        self, channel: ChannelId, since: datetime | None
    ) -> AsyncGenerator[tuple[ConversationId, Exchange], None]:
        """Remembered exchanges of its conversations, whoever's they are, in their order.

        Private ones are of other places, and so are questions that stand for themselves.
        """
        own = f"channel:{channel}"
        places = (conversations.c.place == own) | conversations.c.place.like(f"{own}:%")
        query = sa.select(conversations.c.id).where(places).order_by(conversations.c.id)
        for row in (await self._statements.execute(query)).all():
            found = exchanges(ConversationId(row.id)).order_by(turns.c.seq)
            if since is not None:
                found = found.where(turns.c.created_at >= since)
            for each in await self._statements.execute(found):
                yield ConversationId(row.id), exchange_of(each)
