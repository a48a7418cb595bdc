"""The one door to the database."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc

from bot.domain.clock import Clock
from bot.domain.errors import BackupError, BackupFault, DatabaseUnavailableError
from bot.domain.storage import OwnerId
from storage import _postgresql, _sqlite, backup
from storage._connections import Connection, File, Server, Source, whole
from storage._errors import translated
from storage._shield import finished
from storage._statements import Statements
from storage._upgrade import upgrade
from storage.notes import notes_to_take
from storage.tables import heartbeat
from storage.transaction import Transaction

T = TypeVar("T")
BUSY_TIMEOUT_S = 5.0
BLOB_BYTES = 512 * 1024 * 1024

_open_in_this_task: ContextVar[tuple["_Open", ...]] = ContextVar("open_transactions", default=())


class _Open:
    """A transaction that has not ended; tasks started inside it see it, too."""

    def __init__(self, database: "Database") -> None:
        self.database: Database | None = database


class Database:
    """One SQLite file, or one PostgreSQL database.

    owner  this run of the bot: the turns it takes on are its own until it dies
    path   of SQLite's file; None for PostgreSQL
    """

    def __init__(
        self,
        *,
        writing: Source,
        reading: Source,
        where: str,
        clock: Clock,
        owner: OwnerId,
        blob_bytes: int,
        path: Path | None = None,
    ) -> None:
        self.owner = owner
        self.path = path
        self._writing = writing
        self._reading = reading
        self._where = where
        self._clock = clock
        self._blob_bytes = blob_bytes
        self._living: _postgresql.LivingLock | None = None
        self._connections = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False
        self._taking_notes = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        url: str,
        *,
        clock: Clock,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        blob_bytes: int = BLOB_BYTES,
    ) -> AsyncGenerator[Self, None]:
        """Open, migrate and hold the database.

        url             sqlite+aiosqlite:///data/switchboard.db (the file and its folder are made),
                        or postgresql+asyncpg://user:password@host/name
        busy_timeout_s  how long to wait for a lock that another program holds
        blob_bytes      how much may be kept in blobs; the longest unused ones go first

        Raises:
            AlreadyRunningError: another bot has the file open.
            NewerSchemaError: it was written by a newer version.
            StorageError: one of its other leaves.
        """
        parsed = _parsed(url)
        where = _shown(parsed)
        owner = OwnerId(secrets.randbits(62) + 1)
        path: Path | None = None
        async with AsyncExitStack() as stack:
            if parsed.get_backend_name() == "sqlite":
                path = _file(parsed)
                with translated(where):
                    _sqlite.create_file(path)
                    stack.enter_context(_sqlite.file_lock(path))
                writing: Source = _sqlite.writing(path, busy_timeout_s=busy_timeout_s)
                reading: Source = _sqlite.reading(path, busy_timeout_s=busy_timeout_s)
            else:
                engine = _postgresql.engine_for(parsed, busy_timeout_s=busy_timeout_s)
                writing, reading = Server(engine), Server(_postgresql.for_reading(engine))
            stack.push_async_callback(writing.dispose)
            stack.push_async_callback(reading.dispose)
            database = cls(
                writing=writing,
                reading=reading,
                where=where,
                clock=clock,
                owner=owner,
                blob_bytes=blob_bytes,
                path=path,
            )
            async with database._connected(writing) as connection:
                with translated(where):
                    await upgrade(connection)
            if isinstance(writing, Server):
                database._living = _postgresql.LivingLock(writing.engine, owner, where=where)
                stack.push_async_callback(database._living.release)
                await database._living.hold()
            stack.push_async_callback(database._close)
            yield database

    @classmethod
    @asynccontextmanager
    async def look(
        cls, url: str, *, clock: Clock, busy_timeout_s: float = BUSY_TIMEOUT_S
    ) -> AsyncGenerator[Self, None]:
        """Open only to read, beside a bot that runs: no lock, no migration, and no writing.

        Raises:
            StorageError: it is not there, or can't be read.
        """
        parsed = _parsed(url)
        if parsed.get_backend_name() == "sqlite":
            reading: Source = _sqlite.reading(_file(parsed), busy_timeout_s=busy_timeout_s)
        else:
            engine = _postgresql.engine_for(parsed, busy_timeout_s=busy_timeout_s)
            reading = Server(_postgresql.for_reading(engine))
        async with AsyncExitStack() as stack:
            stack.push_async_callback(reading.dispose)
            database = cls(
                writing=reading,
                reading=reading,
                where=_shown(parsed),
                clock=clock,
                owner=OwnerId(0),
                blob_bytes=0,
            )
            stack.push_async_callback(database._close)
            yield database

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction, None]:
        """Commit when the block ends, roll back when it raises.

        On SQLite writers come one after the other, so nothing slow (a call to the API or to
        Discord) belongs inside.  On PostgreSQL they run side by side, and one may be refused with
        DatabaseBusyError; nothing is tried again without being told.

        Raises:
            RuntimeError: there is one open in this task already; it would wait for itself.
            StorageError: one of its leaves.
        """
        with self._not_nested():
            async with self._connected(self._writing) as connection:
                yield self._repositories(connection)

    async def run(self, work: Callable[[Transaction], Coroutine[Any, Any, T]]) -> T:
        """A transaction whose steps wait for nothing but each other: all of it is `work`.

        On SQLite the whole of it is one visit to its thread, where `transaction` needs one for
        each statement. So `work` runs in that thread: it may not touch what belongs to the event
        loop.

        Raises:
            RuntimeError: see `transaction`; or `work` waits for something else.
            StorageError: one of its leaves.
        """
        with self._not_nested():
            return await self._run(self._writing, work)

    async def read(self, work: Callable[[Transaction], Coroutine[Any, Any, T]]) -> T:
        """The same for what only reads: it waits for no writer."""
        return await self._run(self._reading, work)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Transaction, None]:
        """One unchanging view for long reads, beside the writers; whatever writes in it fails."""
        async with self._connected(self._reading) as connection:
            yield self._repositories(connection)

    async def writable(self) -> None:
        """Commit one tiny row, which a full or read-only disk does not let through.

        Raises:
            StorageError: one of its leaves.
        """
        async with self.transaction() as tx:
            insert = tx.statements.insert(heartbeat).values(id=1, at=self._clock.now())
            await tx.statements.execute(
                insert.on_conflict_do_update(
                    index_elements=[heartbeat.c.id], set_={"at": insert.excluded.at}
                )
            )

    async def scrub(self) -> bool:
        """Let nothing of what was deleted stay in SQLite's log beside the file.

        The file itself holds none of it, see secure_delete. False where a long read keeps the log
        from being emptied now; True on PostgreSQL, whose own VACUUM does this.
        """
        source = self._writing
        if not isinstance(source, File):
            return True
        async with source.lane() as lane, self._counted():
            with translated(self._where):
                return await lane.visit(lambda: _sqlite.empty_log(lane.engine))

    async def backup(self, name: str) -> tuple[Path, int]:
        """Copy everything into the folder `backups` beside the file; the copy and its size.

        Others read and write meanwhile.

        Raises:
            BackupError: this is PostgreSQL, or it could not be made.
        """
        if self.path is None:
            raise BackupError(BackupFault.NOT_SQLITE)
        target = self.path.parent / "backups" / name
        size = await finished(asyncio.to_thread(backup.back_up, self.path, target))
        return target, size

    async def take_notes(self) -> None:
        """Move what the command line has left beside SQLite's file into the audit table.

        Raises:
            StorageError: one of its leaves; what is left is taken the next time.
        """
        if self.path is None:
            return
        async with self._taking_notes:  # two at once would both see a note, and write it twice
            with translated(self._where):
                found = await asyncio.to_thread(list, notes_to_take(self.path, self._clock.now()))
            for note in found:
                async with self.transaction() as tx:
                    await tx.audit.add_note(note)
                with translated(self._where):
                    await asyncio.to_thread(note.path.unlink, missing_ok=True)

    async def renew(self) -> None:
        """Show the other processes that this one lives: to be called every 20 seconds."""
        if self._living is not None:
            await self._living.hold()
        async with self.transaction() as tx:
            await tx.turns.renew(self.owner)

    async def _close(self) -> None:
        """Let nobody in any more, and wait for those inside.

        A connection that comes back to a pool which is gone would never be closed.
        """
        self._closed = True
        await finished(self._wait_until_idle())

    async def _wait_until_idle(self) -> None:
        await self._idle.wait()

    def _repositories(self, connection: Connection) -> Transaction:
        statements = Statements(connection, where=self._where, clock=self._clock)
        return Transaction(statements, blob_bytes=self._blob_bytes)

    async def _run(
        self, source: Source, work: Callable[[Transaction], Coroutine[Any, Any, T]]
    ) -> T:
        async def in_transaction(connection: Connection) -> T:
            async with self._begun(connection):
                return await work(self._repositories(connection))

        if isinstance(source, File):
            async with source.lane() as lane, self._counted():
                return await whole(lane, in_transaction)
        async with source.turn() as connection, self._counted():
            return await in_transaction(connection)

    @contextmanager
    def _not_nested(self) -> Generator[None, None, None]:
        outer = _open_in_this_task.get()
        if any(one.database is self for one in outer):
            raise RuntimeError("a transaction is open in this task already")
        this = _Open(self)
        before = _open_in_this_task.set((*outer, this))
        try:
            yield
        finally:
            this.database = None
            _open_in_this_task.reset(before)

    @asynccontextmanager
    async def _connected(self, source: Source) -> AsyncGenerator[Connection, None]:
        async with source.turn() as connection, self._counted(), self._begun(connection):
            yield connection

    @asynccontextmanager
    async def _counted(self) -> AsyncGenerator[None, None]:
        """One of those that closing waits for."""
        if self._closed:
            raise DatabaseUnavailableError(self._where, "it was closed")
        self._connections += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._connections -= 1
            if self._connections == 0:
                self._idle.set()

    @asynccontextmanager
    async def _begun(self, connection: Connection) -> AsyncGenerator[Connection, None]:
        """A transaction, committed when the block ends, rolled back when it raises."""
        try:
            with translated(self._where):
                await connection.begin()
            try:
                yield connection
            except BaseException:
                with translated(self._where):
                    await connection.rollback()
                raise
            with translated(self._where):
                await connection.commit()
        finally:
            with translated(self._where):
                await connection.close()


def sqlite_file(url: str) -> Path | None:
    """Where the database is; None for PostgreSQL.

    Raises:
        DatabaseUnavailableError: this is no address of a database.
    """
    parsed = _parsed(url)
    return _file(parsed) if parsed.get_backend_name() == "sqlite" else None


def _parsed(url: str) -> sa.URL:
    """The address with the asynchronous drivers, whichever way it was written."""
    try:
        parsed = sa.make_url(url)
    except (exc.ArgumentError, ValueError):  # says nothing of it: it may hold a password
        raise DatabaseUnavailableError(reason="this is no database address") from None
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
    drivers["postgres"] = drivers["postgresql"]
    backend = parsed.drivername.partition("+")[0]
    if backend not in drivers:
        raise DatabaseUnavailableError(reason="only sqlite and postgresql are known")
    return parsed.set(drivername=drivers[backend])


def _shown(url: sa.URL) -> str:
    """The address for messages and logs: without user, password and options."""
    host = url.query.get("host", url.host)
    return url.set(username=None, password=None, host=str(host or ""), query={}).render_as_string()


def _file(url: sa.URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise DatabaseUnavailableError(reason="SQLite needs a file")
    return Path(url.database).absolute()
