# ruff: noqa: S608  the words of these statements are all ours
"""What is looked up often is found by an index: its cost does not grow with what is stored."""

import itertools
import sqlite3
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql

from bot.domain.conversations import Post
from bot.domain.ids import ConversationId, MessageId, TurnId
from bot.domain.storage import OwnerId
from sandbox.clock import HandClock
from storage._connections import File, InThread
from storage.database import Database
from storage.messages import exchanges
from storage.tables import turns
from storage.transaction import Transaction
from tests.factories import ADA, GENERAL, NOON, a_question, a_source, a_token
from tests.storage.asking import an_outcome, answered

Statement = tuple[str, Any]


def engine_of(database: Database) -> sa.Engine:
    assert isinstance(database._writing, File)
    return database._writing.lanes[0].engine


@asynccontextmanager
async def statements_of(database: Database) -> AsyncGenerator[list[Statement], None]:
    """What is sent to the database meanwhile."""
    sent: list[Statement] = []

    def note(_c: object, _u: object, statement: str, parameters: Any, *_: object) -> None:
        sent.append((statement, parameters))

    event.listen(engine_of(database), "before_cursor_execute", note)
    yield sent
    event.remove(engine_of(database), "before_cursor_execute", note)


async def everyday_work(database: Database, conversation: ConversationId) -> None:
    question, me = a_question(token=a_token()), database.owner
    async with database.transaction() as tx:
        await tx.conversations.open(question.place, NOON)
        turn = await tx.turns.accept(question, conversation, me)
        assert turn is not None
        await tx.turns.ahead(turn.id)
        await tx.turns.claim(conversation, me)
        await tx.messages.question(turn.id)
        await tx.messages.window(conversation, turn.seq, 8)
        await tx.turns.stop_requested(me)
        await tx.turns.renew(me)
        await tx.posts.put(turn.id, Post(part=0, channel=GENERAL, message=MessageId(50)))
        await tx.turns.request_stop(turn.id)
        await tx.turns.finish(turn.id, me, an_outcome("Yes.", "No."))
        await tx.turns.choose(turn.id, 1, 1)
        await tx.turns.shown(turn.id)
        await tx.turns.by_message(MessageId(50))
        await tx.turns.by_source(question.source)
        await tx.turns.attempts(turn.id)
        await tx.messages.answers(turn.id, 1)
        await tx.tokens.get(turn.id, NOON)
        await tx.tokens.delete_expired(NOON)
        await tx.turns.newest_live(conversation)
        await tx.turns.again(turn.id, me, source=a_source(), kind="retry", token=None)
        await tx.turns.claim(conversation, me)
        await tx.turns.finish(turn.id, me, an_outcome("Again."))
        await tx.turns.undo(conversation, ADA, me)
        await tx.turns.erase_question(question.source, me)
        await tx.turns.interrupt_orphans(me)
        await tx.turns.unshown(me, 100)
        await tx.conversations.listed(question.place, 25, 0)
        await tx.learned.of("http://here", "m")


async def test_no_everyday_statement_reads_a_table_through(
    sqlite_url: str, clock: HandClock
) -> None:
    async with Database.open(sqlite_url, clock=clock) as database:
        conversation = (await answered(database)).conversation
        async with statements_of(database) as sent:
            await everyday_work(database, conversation)
        plans: dict[str, list[str]] = {}
        with engine_of(database).connect() as connection:
            for statement, parameters in sent:
                if statement.startswith(("SELECT", "UPDATE", "DELETE")):
                    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                    plans[statement] = [row.detail for row in rows]

    assert len(plans) > 25
    scans = {
        statement: plan
        for statement, plan in plans.items()
        # The ends that nobody saw are few, and all of them are looked at.
        if any(line.startswith("SCAN") and "turns_unshown" not in line for line in plan)
    }
    assert scans == {}


NUMBERS = "WITH RECURSIVE n(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM n WHERE n < :last)"
ANSWERED_TURNS = f"""
    INSERT INTO turns (id, conversation, seq, ticket, source_id, channel, asker, locale, private,
        options, state, attempts, chosen_attempt, chosen_choice, stop_requested, owner,
        created_at, shown_at)
    {NUMBERS} SELECT n, :conversation, n, n, n, 1, 1, 'en', 0, '{{}}', 'done', 1, 1, 0, 0, 1, 1, 1
    FROM n
"""
THEIR_MESSAGES = f"""
    INSERT INTO messages (turn, attempt, choice, role, parts, author, author_name)
    {NUMBERS} SELECT n, attempt, 0, 'user', '[]', 1, 'ada'
    FROM n, (SELECT 0 AS attempt UNION SELECT 1) ORDER BY n
"""
THEIR_POSTS = f"""
    INSERT INTO posts (turn, part, channel, message) {NUMBERS} SELECT n, 0, 1, n FROM n
"""


async def fill(tx: Transaction, conversation: ConversationId, first: int, last: int) -> None:
    """Answered and shown turns with the seqs from `first` to `last`, all at once."""
    numbers = {"first": first, "last": last}
    answered_turns = sa.text(ANSWERED_TURNS).bindparams(**numbers, conversation=conversation)
    await tx.statements.execute(answered_turns)
    for insert in (THEIR_MESSAGES, THEIR_POSTS):
        await tx.statements.execute(sa.text(insert).bindparams(**numbers))


ME = OwnerId(1)
Ask = Callable[[Transaction, ConversationId], Coroutine[Any, Any, object]]

LOOK_UPS: dict[str, Ask] = {
    "window": lambda tx, conversation: tx.messages.window(conversation, None, 8),
    "window of an old turn": lambda tx, conversation: tx.messages.window(conversation, 50, 8),
    "newest": lambda tx, conversation: tx.turns.newest_live(conversation),
    "withdraw": lambda tx, _: tx.turns.withdraw(TurnId(1), ME),
    "claim": lambda tx, conversation: tx.turns.claim(conversation, ME),
    "stops": lambda tx, _: tx.turns.stop_requested(ME),
    "orphans": lambda tx, _: tx.turns.interrupt_orphans(ME),
    "unshown": lambda tx, _: tx.turns.unshown(ME, 100),
    "message": lambda tx, _: tx.turns.by_message(MessageId(1)),
}


@pytest.mark.parametrize("name", LOOK_UPS)
async def test_its_cost_is_the_same_in_a_long_history(
    name: str, sqlite_url: str, clock: HandClock
) -> None:
    """Counted in steps of SQLite's virtual machine, so that no clock is needed."""
    async with Database.open(sqlite_url, clock=clock) as database:
        async with database.transaction() as tx:
            conversation = await tx.conversations.open(a_question().place, NOON)
            await fill(tx, conversation, 1, 100)
        short = await steps(database, LOOK_UPS[name], conversation)
        async with database.transaction() as tx:
            await fill(tx, conversation, 101, 20_000)
        long = await steps(database, LOOK_UPS[name], conversation)

    assert 0 < long <= short + 5


def driver_of(tx: Transaction) -> sqlite3.Connection:
    connection = tx.statements._connection
    assert isinstance(connection, InThread)
    driver = connection.open.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


async def steps(database: Database, ask: Ask, conversation: ConversationId) -> int:
    count = itertools.count()
    async with database.transaction() as tx:
        driver = driver_of(tx)
        driver.set_progress_handler(lambda: next(count) < 0, 1)
        try:
            await ask(tx, conversation)
        finally:
            driver.set_progress_handler(None, 1)
    return next(count)


async def test_postgresql_reads_the_window_by_its_index(
    postgresql_url: str, clock: HandClock
) -> None:
    query = exchanges(ConversationId(1)).order_by(turns.c.seq.desc()).limit(8)
    dialect: sa.Dialect = postgresql.dialect()
    words = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})

    async with Database.open(postgresql_url, clock=clock) as database, database.transaction() as tx:
        # An empty table is cheapest to read through: ask for the plan of a full one.
        for cheap in ("seqscan", "bitmapscan", "hashjoin", "mergejoin"):
            await tx.statements.execute(sa.text(f"SET LOCAL enable_{cheap} = off"))
        rows = await tx.statements.execute(sa.text(f"EXPLAIN {words}"))
        plan = "\n".join(row[0] for row in rows)

    assert "turns_live" in plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan
