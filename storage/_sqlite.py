"""SQLite with one writing connection, and nothing lost when the power is cut."""

import os
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.domain.errors import AlreadyRunningError, DatabaseUnavailableError
from storage import _one_hop

READERS = 2


def writing_engine(path: Path, *, busy_timeout_s: float) -> AsyncEngine:
    """The one connection that writes and checkpoints.

    A second one could lose commits before SQLite 3.51.3
    (https://www.sqlite.org/wal.html#walresetbug), and StaticPool instead of a queue mixes the
    transactions of different tasks without an error.
    """
    return _engine(
        path,
        lambda: _one_hop.connect(path),
        pool_size=1,
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


def reading_engine(path: Path, *, busy_timeout_s: float) -> AsyncEngine:
    """Connections that cannot write or checkpoint, for what takes long."""
    return _engine(
        path,
        lambda: _one_hop.connect(f"file:{quote(str(path))}?mode=ro", uri=True),
        pool_size=READERS,
        begin="BEGIN",
        pragmas=(f"busy_timeout = {round(busy_timeout_s * 1000)}", "mmap_size = 0"),
    )


def _engine(
    path: Path,
    connect: Callable[[], Awaitable[Any]],
    *,
    pool_size: int,
    begin: str,
    pragmas: tuple[str, ...],
) -> AsyncEngine:
    engine = create_async_engine(
        sa.URL.create("sqlite+aiosqlite", database=str(path)),
        async_creator=connect,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,  # errors must not quote what people wrote
    )

    def connected(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
            if pragma == "journal_mode = WAL" and cursor.fetchone() != ("wal",):
                raise DatabaseUnavailableError(str(path), "the file can't be used with WAL")
        cursor.close()

    def begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", connected)
    event.listen(engine.sync_engine, "begin", begun)
    return engine


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
