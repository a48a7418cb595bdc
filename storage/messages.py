from collections.abc import AsyncGenerator, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.domain.chat import Part
from bot.domain.conversations import Author, Exchange, Message
from bot.domain.errors import TurnNotFoundError
from bot.domain.ids import ConversationId, TurnId, UserId
from storage._lineage import Stretch, lineage
from storage._records import dump_parts, load_parts, message
from storage._statements import Statements
from storage.tables import LIVE, messages, turns

EXPORTED_AT_ONCE = 100
_END = 2**63 - 1  # after every seq


# Made once: an alias builds all its columns anew.
_QUESTION, _ANSWER = messages.alias("question"), messages.alias("answer")

_OF = (
    sa.select(messages)
    .where(messages.c.turn == sa.bindparam("turn"), messages.c.attempt == sa.bindparam("attempt"))
    .order_by(messages.c.choice)
)


class Messages:
    """Questions and answers: a question is attempt 0, choice 0 of its turn."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def question(self, turn: TurnId) -> Message:
        """What was asked.

        Raises:
            TurnNotFoundError: there is no such turn.
        """
        rows = await self._of(turn, 0)
        if not rows:
            raise TurnNotFoundError
        return rows[0]

    async def set_question(self, turn: TurnId, parts: Sequence[Part]) -> None:
        """Put in what was downloaded for it; an erased question stays erased."""
        erased = sa.exists().where(turns.c.id == turn, turns.c.state == "erased")
        update = (
            messages.update()
            .where(messages.c.turn == turn, messages.c.attempt == 0, ~erased)
            .values(parts=dump_parts(parts))
        )
        await self._statements.execute(update)

    async def answers(self, turn: TurnId, attempt: int) -> tuple[Message, ...]:
        """By choice; also of an attempt that failed, as far as it came."""
        return await self._of(turn, attempt)

    async def window(
        self, conversation: ConversationId, before_seq: int | None, limit: int
    ) -> tuple[Exchange, ...]:
        """The newest remembered exchanges, newest first, at a cost of `limit` and no more.

        before_seq  only what came before this turn; None for all
        """
        found: list[Exchange] = []
        async for part in lineage(self._statements, conversation):
            ends = [each for each in (before_seq, part.before_seq) if each is not None]
            values = {
                "conversation": part.conversation,
                "before": min(ends, default=_END),
                "most": limit - len(found),
            }
            rows = await self._statements.execute(_newest(), values)
            found += map(exchange_of, rows)
            if len(found) == limit:
                break
        return tuple(found)

    async def count(self, conversation: ConversationId) -> int:
        """How many exchanges are remembered; reads the index of all of them."""
        total = 0
        async for part in lineage(self._statements, conversation):
            remembered = _exchanges(part).order_by(None).subquery()
            total += await self._statements.scalar(
                sa.select(sa.func.count()).select_from(remembered)
            )
        return total

    async def export(self, conversation: ConversationId) -> AsyncGenerator[Exchange, None]:
        """All remembered exchanges, oldest first, read piece by piece; meant for `reading()`."""
        for part in reversed([each async for each in lineage(self._statements, conversation)]):
            after, found = 0, EXPORTED_AT_ONCE
            while found == EXPORTED_AT_ONCE:
                query = _exchanges(part).where(turns.c.seq > after)
                rows = await self._statements.execute(
                    query.order_by(turns.c.seq).limit(EXPORTED_AT_ONCE)
                )
                found = 0
                for exchange in map(exchange_of, rows):
                    yield exchange
                    after, found = exchange.seq, found + 1

    async def _of(self, turn: TurnId, attempt: int) -> tuple[Message, ...]:
        values = {"turn": turn, "attempt": attempt}
        return tuple(message(row) for row in await self._statements.execute(_OF, values))


def _exchanges(part: Stretch) -> sa.Select[*tuple[Any, ...]]:
    found = exchanges(part.conversation)
    return found if part.before_seq is None else found.where(turns.c.seq < part.before_seq)


@cache
def _newest() -> sa.Select[*tuple[Any, ...]]:
    newest = exchanges(sa.bindparam("conversation")).where(turns.c.seq < sa.bindparam("before"))
    most = sa.bindparam("most", type_=sa.Integer)
    return newest.order_by(turns.c.seq.desc()).limit(most)


def exchanges(
    conversation: ConversationId | sa.BindParameter[Any],
) -> sa.Select[*tuple[Any, ...]]:
    """Remembered turns with their question and chosen answer; read by the index `turns_live`."""
    question, answer = _QUESTION, _ANSWER
    return (
        sa.select(
            turns.c.id,
            turns.c.seq,
            turns.c.chosen_attempt,
            turns.c.chosen_choice,
            question.c.author,
            question.c.author_name,
            question.c.parts.label("question"),
            answer.c.parts.label("answer"),
        )
        .join(
            question,
            (question.c.turn == turns.c.id) & (question.c.attempt == 0) & (question.c.choice == 0),
        )
        .join(
            answer,
            (answer.c.turn == turns.c.id)
            & (answer.c.attempt == turns.c.chosen_attempt)
            & (answer.c.choice == turns.c.chosen_choice),
        )
        # 0 is the question, which stands alone where it was stopped before its turn came.
        .where(turns.c.conversation == conversation, LIVE, turns.c.chosen_attempt > 0)
    )


def exchange_of(row: sa.Row[*tuple[Any, ...]]) -> Exchange:
    asker = Author(user=UserId(row.author), name=row.author_name)
    return Exchange(
        turn=TurnId(row.id),
        seq=row.seq,
        asker=asker.user,
        question=Message(role="user", parts=load_parts(row.question), author=asker),
        answer=Message(role="assistant", parts=load_parts(row.answer)),
        attempt=row.chosen_attempt,
        choice=row.chosen_choice,
    )
