"""Promise 4: transactions are whole, come one after the other, and survive cancellation."""

import asyncio
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.errors import DatabaseUnavailableError, StorageError
from bot.domain.ids import SourceId
from sandbox.clock import HandClock
from storage.database import Database, Transaction
from tests.factories import NOON

ONE, TWO, THREE = SourceId(1), SourceId(2), SourceId(3)


async def kept(database: Database) -> set[int]:
    async with database.transaction() as tx:
        rows = await tx.statements.execute(sa.text("SELECT source_id FROM intake"))
        return {row.source_id for row in rows}


async def add(database: Database, *sources: SourceId) -> None:
    async with database.transaction() as tx:
        for source in sources:
            await tx.intake.add(source, "chat", NOON)


async def test_a_transaction_that_raises_leaves_nothing_behind(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as tx:
            await tx.intake.add(ONE, "chat", NOON)
            raise KeyError

    with pytest.raises(KeyError):
        await fail()

    assert await kept(database) == set()


async def test_a_transaction_within_one_raises_at_once(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.intake.add(ONE, "chat", NOON)
        with pytest.raises(RuntimeError, match="open in this task"):
            async with database.transaction():
                pass

    assert await kept(database) == {ONE}


async def test_a_transaction_within_one_that_runs_as_a_whole_raises_at_once(
    database: Database,
) -> None:
    async def within(tx: Transaction) -> None:
        await tx.intake.add(ONE, "chat", NOON)
        await add(database, TWO)

    with pytest.raises(RuntimeError, match="open in this task"):
        await database.run(within)

    assert await kept(database) == set()


async def test_a_task_started_within_a_transaction_raises_instead_of_waiting_for_it(
    database: Database,
) -> None:
    async with database.transaction():
        with pytest.raises(RuntimeError, match="open in this task"):
            await asyncio.ensure_future(add(database, ONE))


async def test_a_task_started_within_a_transaction_may_have_its_own_after_it(
    database: Database,
) -> None:
    ended = asyncio.Event()

    async def later() -> None:
        await ended.wait()
        await add(database, TWO)

    async with database.transaction() as tx:
        await tx.intake.add(ONE, "chat", NOON)
        task = asyncio.ensure_future(later())
    ended.set()
    await task

    assert await kept(database) == {ONE, TWO}


async def test_transactions_of_many_tasks_do_not_mix(database: Database) -> None:
    async def add_two(number: int, *, fail: bool) -> None:
        async with database.transaction() as tx:
            await tx.intake.add(SourceId(2 * number), "chat", NOON)
            await asyncio.sleep(0)  # noqa: TID251  lets the others in, were it possible
            await tx.intake.add(SourceId(2 * number + 1), "chat", NOON)
            if fail:
                raise KeyError

    await asyncio.gather(
        *(add_two(number, fail=number % 2 == 1) for number in range(50)), return_exceptions=True
    )

    whole = {source for number in range(0, 50, 2) for source in (2 * number, 2 * number + 1)}
    assert await kept(database) == whole


async def test_readers_see_one_moment_and_do_not_stop_writers(database: Database) -> None:
    count = sa.text("SELECT count(*) FROM intake")
    await add(database, ONE)

    async with database.reading() as reading:
        before = await reading.statements.scalar(count)
        await add(database, TWO)
        assert await reading.statements.scalar(count) == before == 1

    assert await kept(database) == {ONE, TWO}


async def test_what_is_read_as_a_whole_waits_for_no_writer(database: Database) -> None:
    await add(database, ONE)

    async with database.transaction() as tx:
        await tx.intake.add(TWO, "chat", NOON)
        seen = await database.read(
            lambda tx: tx.statements.scalar(sa.text("SELECT count(*) FROM intake"))
        )

    assert seen == 1


async def test_what_is_read_as_a_whole_cannot_write(database: Database) -> None:
    with pytest.raises(DatabaseUnavailableError, match=r"read-?only"):
        await database.read(lambda tx: tx.intake.add(ONE, "chat", NOON))

    assert await kept(database) == set()


async def test_a_whole_transaction_that_raises_leaves_nothing_behind(database: Database) -> None:
    async def fail(tx: Transaction) -> None:
        await tx.intake.add(ONE, "chat", NOON)
        raise KeyError

    with pytest.raises(KeyError):
        await database.run(fail)

    assert await kept(database) == set()


async def test_cancelled_in_a_whole_transaction_it_is_all_or_nothing_and_the_next_works_at_once(
    database: Database,
) -> None:
    async def both(tx: Transaction) -> None:
        await tx.intake.add(ONE, "chat", NOON)
        await tx.intake.add(TWO, "chat", NOON)

    stepped = Stepped(database.run(both), cancel_at=1)

    async def run() -> None:
        await stepped

    task = asyncio.ensure_future(run())
    await asyncio.wait((task,))

    assert task.cancelled()
    assert await kept(database) in (set(), {ONE, TWO})


async def test_readers_cannot_write(database: Database) -> None:
    async def write() -> None:
        async with database.reading() as reading:
            await reading.intake.add(ONE, "chat", NOON)

    with pytest.raises(DatabaseUnavailableError, match=r"read-?only"):
        await write()

    assert await kept(database) == set()


async def test_a_commit_that_fails_leaves_nothing_open(sqlite_url: str, clock: HandClock) -> None:
    async def unfit(tx: Transaction) -> None:
        refers = "REFERENCES intake (source_id) DEFERRABLE INITIALLY DEFERRED"  # COMMIT looks at it
        await tx.statements.execute(sa.text(f"CREATE TABLE t (source_id INTEGER {refers})"))
        await tx.statements.execute(sa.text("INSERT INTO t VALUES (7)"))

    async with Database.open(sqlite_url, clock=clock) as database:
        with pytest.raises(StorageError):
            await database.run(unfit)

        await add(database, ONE)

        assert await kept(database) == {ONE}


async def test_sqlite_runs_as_promised(sqlite_url: str, clock: HandClock) -> None:
    async with Database.open(sqlite_url, clock=clock) as database, database.transaction() as tx:
        found = {
            name: await tx.statements.scalar(sa.text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
        mapped = await tx.statements.scalar(sa.text("PRAGMA mmap_size"))

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
    }
    assert not mapped


async def test_sqlite_files_are_for_nobody_else(tmp_path: Path, clock: HandClock) -> None:
    path = tmp_path / "new folder%20?" / "switch board.db"
    url = sa.URL.create("sqlite", database=str(path)).render_as_string()

    async with Database.open(url, clock=clock) as database:
        await add(database, ONE)
        async with database.reading() as reading:
            assert await reading.statements.scalar(sa.text("SELECT count(*) FROM intake")) == 1
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}

    assert len(modes) == 4  # the database, its -wal and -shm, and the lock
    assert set(modes.values()) == {0o600}


class Stepped:
    """Runs a coroutine as a task would, and cancels it where it waits for the nth time."""

    def __init__(self, work: Any, cancel_at: int) -> None:
        self._work = work
        self._cancel_at = cancel_at
        self.waits = 0

    def __await__(self) -> Generator[Any, None, None]:
        inner = self._work.__await__()
        try:
            waiting_for = next(inner)
            while True:
                self.waits += 1
                if self.waits == self._cancel_at:
                    task = asyncio.current_task()
                    assert task is not None
                    asyncio.get_running_loop().call_soon(task.cancel)
                try:
                    answer = yield waiting_for
                except BaseException as error:  # noqa: BLE001  as the task would pass it on
                    waiting_for = inner.throw(error)
                else:
                    waiting_for = inner.send(answer)
        except StopIteration:
            return


async def test_cancelled_at_any_await_it_is_all_or_nothing_and_the_next_works_at_once(
    database: Database,
) -> None:
    cancelled, at = 0, 0
    while True:
        at += 1
        expected = await kept(database)
        pair = {SourceId(2 * at), SourceId(2 * at + 1)}
        stepped = Stepped(add(database, *sorted(pair)), cancel_at=at)

        async def run(stepped: Stepped = stepped) -> None:
            await stepped

        task = asyncio.ensure_future(run())
        await asyncio.wait((task,))
        now = await kept(database)  # would wait, or fail, were the connection still in use

        assert now in (expected, expected | pair)
        if stepped.waits < at:
            assert not task.cancelled()
            assert now == expected | pair
            break
        cancelled += task.cancelled()
    assert cancelled >= 5  # begin, two statements, commit, close: each waits at least once


async def test_cancelled_while_it_queues_it_takes_nothing_with_it(database: Database) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with database.transaction() as tx:
            await tx.intake.add(ONE, "chat", NOON)
            reached.set()
            await go_on.wait()

    holding = asyncio.ensure_future(hold())
    await reached.wait()
    queued = asyncio.ensure_future(add(database, ONE))
    await asyncio.sleep(0)  # noqa: TID251  lets it come to the queue
    queued.cancel()
    go_on.set()
    await holding
    await asyncio.wait((queued,))

    assert queued.cancelled()
    assert await kept(database) == {ONE}


async def test_cancelled_twice_in_its_block_it_rolls_back(database: Database) -> None:
    reached = asyncio.Event()

    async def slow() -> None:
        async with database.transaction() as tx:
            await tx.intake.add(ONE, "chat", NOON)
            reached.set()
            await asyncio.Event().wait()

    task = asyncio.ensure_future(slow())
    await reached.wait()
    task.cancel()
    task.cancel()
    await asyncio.wait((task,))

    assert task.cancelled()
    assert await kept(database) == set()


async def test_the_database_says_that_it_can_be_written(database: Database) -> None:
    await database.writable()
    await database.writable()

    async with database.transaction() as tx:
        beats = (await tx.statements.execute(sa.text("SELECT id, at FROM heartbeat"))).all()
    assert [beat.id for beat in beats] == [1]


async def test_closing_waits_for_those_inside_and_lets_nobody_in(
    tmp_path: Path, clock: HandClock
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'closing.db'}"
    inside, leave = asyncio.Event(), asyncio.Event()

    async def write(database: Database) -> None:
        async with database.transaction() as tx:
            inside.set()
            await leave.wait()
            await tx.intake.add(SourceId(1), "chat", clock.now())

    async def serve(stop: asyncio.Event) -> Database:
        async with Database.open(url, clock=clock) as database:
            writing = asyncio.ensure_future(write(database))
            await inside.wait()
            stop.set()
            writings.append(writing)
        return database

    writings: list[asyncio.Future[None]] = []
    stop = asyncio.Event()
    closing = asyncio.ensure_future(serve(stop))
    await stop.wait()
    leave.set()
    closed = await closing
    await writings[0]

    with pytest.raises(DatabaseUnavailableError):
        async with closed.transaction():
            pass
    async with Database.open(url, clock=clock) as again, again.transaction() as tx:
        assert not await tx.intake.add(SourceId(1), "chat", clock.now())
