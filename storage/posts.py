from functools import cache

import sqlalchemy as sa

from bot.domain.conversations import Post
from bot.domain.ids import ChannelId, MessageId, TurnId
from storage._statements import Statements, insert_into
from storage.tables import posts


class Posts:
    """Which Discord messages show a turn's answer."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def put(self, turn: TurnId, post: Post) -> None:
        """Keep where part `post.part` is, instead of where it was before."""
        await self._statements.execute(
            _put(postgresql=self._statements.postgresql),
            {"turn": turn, "part": post.part, "channel": post.channel, "message": post.message},
        )

    async def of(self, turn: TurnId) -> tuple[Post, ...]:
        """In the order of their parts."""
        query = sa.select(posts).where(posts.c.turn == turn).order_by(posts.c.part)
        return tuple(
            Post(part=row.part, channel=ChannelId(row.channel), message=MessageId(row.message))
            for row in await self._statements.execute(query)
        )

    async def remove(self, turn: TurnId, part: int) -> None:
        await self._statements.execute(
            posts.delete().where(posts.c.turn == turn, posts.c.part == part)
        )

    async def remove_all(self, turn: TurnId) -> None:
        """Its answer stands nowhere any more."""
        await self._statements.execute(posts.delete().where(posts.c.turn == turn))


@cache
def _put(*, postgresql: bool) -> sa.Executable:
    insert = insert_into(posts, postgresql=postgresql)
    return insert.on_conflict_do_update(
        index_elements=[posts.c.turn, posts.c.part],
        set_={"channel": insert.excluded.channel, "message": insert.excluded.message},
    )
