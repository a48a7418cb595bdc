"""Finding turns."""

import sqlalchemy as sa

from bot.domain.conversations import Attempt, Turn
from bot.domain.errors import TurnNotFoundError
from bot.domain.ids import ConversationId, MessageId, SourceId, TurnId
from bot.domain.storage import OwnerId
from storage import _records
from storage._statements import Statements
from storage.tables import LIVE, OPEN, UNSHOWN, attempts, conversations, posts, turns

_WITH_PLACE = sa.select(turns, conversations.c.place).join(
    conversations, conversations.c.id == turns.c.conversation
)
_BY_ID = _WITH_PLACE.where(turns.c.id == sa.bindparam("turn"))
_THIS = (
    sa.select(turns.c.conversation, turns.c.ticket)
    .where(turns.c.id == sa.bindparam("turn"))
    .subquery()
)
_AHEAD = (
    sa.select(sa.func.count())
    .select_from(turns)
    .join(_THIS, turns.c.conversation == _THIS.c.conversation)
    .where(OPEN, turns.c.ticket < _THIS.c.ticket)
)


class TurnLookups:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def get(self, turn: TurnId) -> Turn:
        """The turn as it is now.

        Raises:
            TurnNotFoundError: there is no such turn.
        """
        row = (await self._statements.execute(_BY_ID, {"turn": turn})).one_or_none()
        if row is None:
            raise TurnNotFoundError
        return _records.turn(row)

    async def by_source(self, source: SourceId) -> Turn | None:
        """The turn that this interaction or message asked for; a Retry's source finds none."""
        return await self._first(turns.c.source_id == source)

    async def by_message(self, message: MessageId) -> Turn | None:
        """The turn whose answer this Discord message shows."""
        shown = sa.select(posts.c.turn).where(posts.c.message == message)
        return await self._first(turns.c.id.in_(shown))

    async def newest_live(self, conversation: ConversationId) -> Turn | None:
        """The last remembered turn: the one that undo would take back."""
        return await self._first(turns.c.conversation == conversation, LIVE)

    async def attempts(self, turn: TurnId) -> tuple[Attempt, ...]:
        """Every try, in their order; the running one, too."""
        query = sa.select(attempts).where(attempts.c.turn == turn).order_by(attempts.c.n)
        return tuple(_records.attempt(row) for row in await self._statements.execute(query))

    async def ahead(self, turn: TurnId) -> int:
        """How many turns of its conversation are answered before this one; 0: it is its turn."""
        return await self._statements.scalar(_AHEAD, {"turn": turn})

    async def busy(self, conversation: ConversationId) -> bool:
        """Whether a turn of it is queued or running."""
        query = sa.select(sa.exists().where(turns.c.conversation == conversation, OPEN))
        return bool(await self._statements.scalar(query))

    async def stop_requested(self, owner: OwnerId) -> tuple[TurnId, ...]:
        """This owner's turns that somebody wants stopped, perhaps through another process."""
        query = sa.select(turns.c.id).where(
            UNSHOWN, turns.c.owner == owner, OPEN, turns.c.stop_requested
        )
        return tuple(TurnId(row.id) for row in await self._statements.execute(query))

    async def _first(self, *conditions: sa.ColumnElement[bool]) -> Turn | None:
        """The one with the highest seq."""
        query = _WITH_PLACE.where(*conditions).order_by(turns.c.seq.desc()).limit(1)
        row = (await self._statements.execute(query)).one_or_none()
        return None if row is None else _records.turn(row)
