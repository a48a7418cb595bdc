"""SQLite with one writing connection, and nothing lost when the power is cut."""

import os
import sqlite3
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event
from typing_extensions import override

from bot.domain.errors import AlreadyRunningError, DatabaseUnavailableError
from storage._connections import File, driver_of
from storage._lane import Lane

READERS = 2


class _Cursor(sqlite3.Cursor):
    """Brings all rows with the statement: they are given out beside the thread, without waiting."""

    def __init__(self, connection: sqlite3.Connection, /) -> None:
        super().__init__(connection)
        self._rows: list[Any] = []

    @override
    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        super().execute(sql, parameters)
        self._rows = super().fetchall() if self.description else []
        return self

    @override
    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    @override
    def fetchmany(self, size: int | None = 1) -> list[Any]:
        some = self._rows[:size]
        del self._rows[:size]
        return some

    @override
    def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows


class _Connection(sqlite3.Connection):
    @override
    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(factory or _Cursor)


def writing(path: Path, *, busy_timeout_s: float) -> File:
    """The one connection that writes and checkpoints.

    A second one could lose commits before SQLite 3.51.3
    (https://www.sqlite.org/wal.html#walresetbug), and StaticPool instead of a queue mixes the
    transactions of different tasks without an error.
    """
    return _file(
        path,
        str(path),
        connections=1,
        begin="BEGIN IMMEDIATE",  # else a reader that turns writer fails at once with BUSY
        pragmas=(
            f"busy_timeout = {round(busy_timeout_s * 1000)}",
            "journal_mode = WAL",
            "synchronous = FULL",  # NORMAL forgets acknowledged rows when the power is cut
            "foreign_keys = ON",
            "secure_delete = ON",  # what people erase must not stay in free pages
            "mmap_size = 0",
        ),
    )


def reading(path: Path, *, busy_timeout_s: float) -> File:
    """Connections that cannot write or checkpoint, for what takes long."""
    return _file(
        path,
        f"file:{quote(str(path))}?mode=ro",
        connections=READERS,
        begin="BEGIN",
        pragmas=(f"busy_timeout = {round(busy_timeout_s * 1000)}", "mmap_size = 0"),
    )


def _file(
    path: Path, address: str, *, connections: int, begin: str, pragmas: tuple[str, ...]
) -> File:
    def connect() -> sqlite3.Connection:
        # The module begins no transactions by itself: the engine does.
        return sqlite3.connect(
            address,
            isolation_level=None,
            check_same_thread=False,
            uri=address.startswith("file:"),
            factory=_Connection,
        )

    def connected(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
            if pragma == "journal_mode = WAL" and cursor.fetchone() != ("wal",):
                raise DatabaseUnavailableError(str(path), "the file can't be used with WAL")
        cursor.close()

    def begun(connection: sa.Connection) -> None:
        driver = driver_of(connection)
        driver.rollback()  # nothing, but for what a COMMIT that failed has left open
        driver.execute(begin)  # as SQLAlchemy's own dialects do, past its layers

    lanes = [Lane(connect, sa.URL.create("sqlite", database=str(path))) for _ in range(connections)]
    for lane in lanes:
        event.listen(lane.engine, "connect", connected)
        event.listen(lane.engine, "begin", begun)
    return File(lanes)


def empty_log(engine: sa.Engine) -> bool:
    """Write all of the log into the file, outside of any transaction, where alone it works.

    False where somebody still reads from it.
    """
    with engine.connect() as connection:
        busy, _, _ = driver_of(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return busy == 0


def create_file(path: Path) -> None:
    """Make the file before SQLite does, so that nobody else on this machine may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


@contextmanager
def file_lock(path: Path) -> Generator[None, None, None]:
    """Keep other bots away from this file, as long as the process lives or the block lasts.

    The lock is on a file beside it: closing any descriptor of the database's own file would give
    up the locks that SQLite has on it.

    Raises:
        AlreadyRunningError: another one has it.
    """
    beside = path.with_name(f"{path.name}.lock")
    descriptor = os.open(beside, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _lock(descriptor)
        except OSError as error:
            raise AlreadyRunningError(str(path)) from error
        yield
    finally:
        os.close(descriptor)  # gives the lock back


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
