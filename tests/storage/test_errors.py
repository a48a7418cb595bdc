"""What the databases do to us, provoked for real, leaves as bot.domain.errors says."""

import sqlite3
import traceback
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.errors import (
    AlreadyRunningError,
    DatabaseBusyError,
    DatabaseCorruptError,
    DatabaseFullError,
    DatabaseUnavailableError,
    StorageError,
)
from bot.domain.ids import SourceId
from sandbox.clock import HandClock
from storage._connections import Server
from storage._postgresql import EXTRA_CONNECTIONS, POOL_SIZE
from storage.database import Database, Transaction
from tests.factories import NOON
from tests.postgres import PostgresServer

NOT_FOR_LOGS = "what somebody wrote"


def file_of(url: str) -> Path:
    return Path(str(sa.make_url(url).database))


async def add(database: Database, source: int = 1) -> None:
    async with database.transaction() as tx:
        await tx.intake.add(SourceId(source), "chat", NOON)


async def keep_blob(database: Database, data: bytes) -> None:
    async with database.transaction() as tx:
        await tx.blobs.put(data, NOON)


async def run(database: Database, statement: str) -> None:
    async with database.transaction() as tx:
        await tx.statements.execute(sa.text(statement))


async def test_a_file_locked_by_another_program_is_busy(sqlite_url: str, clock: HandClock) -> None:
    async with Database.open(sqlite_url, clock=clock, busy_timeout_s=0.01) as database:
        with closing(sqlite3.connect(file_of(sqlite_url), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(DatabaseBusyError):
                await add(database)
            other.execute("ROLLBACK")

        await add(database)


async def test_a_row_locked_by_another_process_is_busy(
    postgresql_url: str, clock: HandClock
) -> None:
    async with (
        Database.open(postgresql_url, clock=clock) as one,
        Database.open(postgresql_url, clock=clock, busy_timeout_s=0.01) as other,
    ):
        async with one.transaction() as tx:
            await tx.intake.add(SourceId(1), "chat", NOON)
            with pytest.raises(DatabaseBusyError):
                await add(other)

        await add(other)


async def test_all_connections_in_use_is_busy(postgresql_url: str, clock: HandClock) -> None:
    async with Database.open(postgresql_url, clock=clock) as database, AsyncExitStack() as stack:
        assert isinstance(database._writing, Server)
        engine = database._writing.engine
        engine.pool._timeout = 0.01  # type: ignore[attr-defined]
        for _ in range(POOL_SIZE + EXTRA_CONNECTIONS - 1):  # one holds the lock that says we live
            await stack.enter_async_context(engine.connect())

        with pytest.raises(DatabaseBusyError):
            await add(database)


async def test_a_file_that_may_not_grow_is_full_and_works_again_with_room(
    sqlite_url: str, clock: HandClock
) -> None:
    async with Database.open(sqlite_url, clock=clock) as database:
        await run(database, "PRAGMA max_page_count = 1")  # not below what there is

        with pytest.raises(DatabaseFullError):
            await keep_blob(database, bytes(1_000_000))
        await run(database, "PRAGMA max_page_count = 1000000")
        await keep_blob(database, bytes(1_000_000))


async def test_full_is_said_also_where_only_a_part_should_have_been_undone(
    sqlite_url: str, clock: HandClock
) -> None:
    async with Database.open(sqlite_url, clock=clock) as database:
        await run(database, "PRAGMA max_page_count = 1")  # not below what there is

        async def keep(tx: Transaction) -> None:
            async with tx.statements.unless_taken():
                await tx.blobs.put(bytes(1_000_000), NOON)

        with pytest.raises(DatabaseFullError):
            await database.run(keep)
        await add(database)


async def test_damaged_pages_are_corrupt(sqlite_url: str, clock: HandClock) -> None:
    async with Database.open(sqlite_url, clock=clock) as database:
        await keep_blob(database, bytes(100_000))
    path = file_of(sqlite_url)
    damaged = bytearray(path.read_bytes())
    page = 4096
    for start in range(page, len(damaged), page):
        damaged[start : start + page] = b"\xff" * page
    path.write_bytes(damaged)

    with pytest.raises(DatabaseCorruptError) as caught:
        async with Database.open(sqlite_url, clock=clock) as database:
            await keep_blob(database, b"more")

    assert str(path) in caught.value.where


async def test_a_file_that_is_no_database_is_corrupt(tmp_path: Path, clock: HandClock) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, " * 1000)

    with pytest.raises(DatabaseCorruptError):
        async with Database.open(f"sqlite:///{path}", clock=clock):
            pass

    assert path.read_text().startswith("Dear diary")


async def test_a_second_bot_on_the_same_file_is_refused(sqlite_url: str, clock: HandClock) -> None:
    async with Database.open(sqlite_url, clock=clock) as first:
        with pytest.raises(AlreadyRunningError) as caught:
            async with Database.open(sqlite_url, clock=clock):
                pass
        await add(first)

    assert caught.value.where == str(file_of(sqlite_url))
    async with Database.open(sqlite_url, clock=clock) as second:
        await add(second)


@pytest.mark.parametrize("kind", ["in a file", "a folder"])
async def test_a_place_that_cannot_hold_a_file_is_unavailable(
    kind: str, tmp_path: Path, clock: HandClock
) -> None:
    (tmp_path / "file").touch()
    path = {"in a file": tmp_path / "file" / "switchboard.db", "a folder": tmp_path}[kind]

    with pytest.raises(DatabaseUnavailableError) as caught:
        async with Database.open(f"sqlite:///{path}", clock=clock):
            pass

    assert str(path) in caught.value.where
    assert caught.value.reason


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:secret@127.0.0.1:1/switchboard",
        "postgres://127.0.0.1:1/switchboard?user=ada&password=secret",
        "mysql://ada:secret@127.0.0.1/switchboard",
        "sqlite://",
        "secret",
    ],
)
async def test_what_cannot_be_reached_is_unavailable_and_keeps_the_password(
    url: str, clock: HandClock
) -> None:
    with pytest.raises(DatabaseUnavailableError) as caught:
        async with Database.open(url, clock=clock):
            pass

    assert caught.value.reason
    assert "secret" not in "".join(traceback.format_exception(caught.value))


async def test_a_database_that_does_not_exist_is_unavailable(
    postgres: PostgresServer, clock: HandClock
) -> None:
    with pytest.raises(DatabaseUnavailableError, match="nowhere"):
        async with Database.open(postgres.url("nowhere"), clock=clock):
            pass


async def test_a_cut_connection_is_unavailable_and_the_next_transaction_has_a_new_one(
    postgresql_url: str, clock: HandClock
) -> None:
    async def add_on_a_cut_connection() -> None:
        async with database.transaction() as tx:
            backend = await tx.statements.scalar(sa.text("SELECT pg_backend_pid()"))
            await run(other, f"SELECT pg_terminate_backend({backend}, 5000)")
            await tx.intake.add(SourceId(1), "chat", NOON)

    async with (
        Database.open(postgresql_url, clock=clock) as database,
        Database.open(postgresql_url, clock=clock) as other,
    ):
        with pytest.raises(DatabaseUnavailableError):
            await add_on_a_cut_connection()
        await add(database)


@pytest.mark.parametrize(
    ("sqlstate", "error"),
    [
        ("40001", DatabaseBusyError),
        ("40P01", DatabaseBusyError),
        ("57014", DatabaseBusyError),
        ("53100", DatabaseFullError),
        ("XX001", DatabaseCorruptError),
        ("XX002", DatabaseCorruptError),
        ("08006", DatabaseUnavailableError),
        ("25006", DatabaseUnavailableError),
        ("42501", DatabaseUnavailableError),
        ("53300", DatabaseUnavailableError),
        ("57P01", DatabaseUnavailableError),
        ("22012", StorageError),
    ],
)
async def test_what_postgresql_raises_is_told_apart(
    sqlstate: str, error: type[StorageError], postgresql_url: str, clock: HandClock
) -> None:
    async with Database.open(postgresql_url, clock=clock) as database:
        with pytest.raises(StorageError) as caught:
            await run(
                database, f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{sqlstate}'; END $$"
            )

    assert type(caught.value) is error


async def test_a_mistake_of_ours_is_a_storage_error_that_quotes_nobody(database: Database) -> None:
    async def insert_twice() -> None:
        async with database.transaction() as tx:
            for _ in range(2):
                insert = sa.text("INSERT INTO intake (source_id, kind, at) VALUES (1, :kind, 1)")
                await tx.statements.execute(insert.bindparams(kind=NOT_FOR_LOGS))

    with pytest.raises(StorageError) as caught:
        await insert_twice()

    assert type(caught.value) is StorageError
    assert NOT_FOR_LOGS not in "".join(traceback.format_exception(caught.value))
