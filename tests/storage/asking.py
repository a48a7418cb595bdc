"""Steps that tests of turns begin with, each in a transaction of its own."""

from typing import Any

from bot.domain.conversations import Turn, TurnState
from bot.domain.storage import Outcome
from storage.database import Database
from tests.factories import NOON, a_question, a_source


def an_outcome(*texts: str, state: TurnState = TurnState.DONE, **changes: Any) -> Outcome:
    return Outcome(**{"state": state, "model": "sandbox-chat", "texts": texts, **changes})


FAILED = an_outcome(state=TurnState.FAILED, error="ServerFaultError")


async def asked(database: Database, **changes: Any) -> Turn:
    """A turn that waits for its place."""
    question = a_question(**changes)
    async with database.transaction() as tx:
        conversation = await tx.conversations.open(question.place, NOON)
        turn = await tx.turns.accept(question, conversation, database.owner)
        assert turn is not None
        return turn


async def claimed(database: Database, turn: Turn) -> Turn | None:
    async with database.transaction() as tx:
        return await tx.turns.claim(turn.conversation, database.owner)


async def finished(database: Database, turn: Turn, outcome: Outcome) -> Turn:
    async with database.transaction() as tx:
        return await tx.turns.finish(turn.id, database.owner, outcome)


async def answered(database: Database, *texts: str, **changes: Any) -> Turn:
    """A turn that was asked, with a whole answer."""
    turn = await asked(database, **changes)
    running = await claimed(database, turn)
    assert running is not None
    assert running.id == turn.id
    return await finished(database, turn, an_outcome(*(texts or ("A bus is a bus.",))))


async def asked_again(database: Database, turn: Turn) -> Turn:
    async with database.transaction() as tx:
        again = await tx.turns.again(
            turn.id, database.owner, source=a_source(), kind="retry", token=None
        )
        assert again is not None
        return again


async def ended_again(database: Database, turn: Turn, outcome: Outcome) -> Turn:
    """A further attempt, and how it ended."""
    await asked_again(database, turn)
    await claimed(database, turn)
    return await finished(database, turn, outcome)


async def now(database: Database, turn: Turn) -> Turn:
    async with database.transaction() as tx:
        return await tx.turns.get(turn.id)
