"""aiosqlite with one visit to its thread for each statement instead of four.

Making a cursor, executing, fetching and closing it are four calls into the thread, and each costs
more than most of our statements take. Rows are few here, so all of them come back at once; what
is long is read by the reading connections in pages.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import aiosqlite
from typing_extensions import override

Parameters = Sequence[Any]
Act = Callable[[sqlite3.Cursor], object]


class Cursor:
    """What SQLAlchemy asks of a cursor: `execute` brings everything, the rest gives it out."""

    arraysize = 1

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, operation: str, parameters: Parameters = ()) -> Self:
        return await self._run(lambda cursor: cursor.execute(operation, parameters))

    async def executemany(self, operation: str, parameters: Sequence[Parameters]) -> Self:
        return await self._run(lambda cursor: cursor.executemany(operation, parameters))

    async def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        some = self._rows[: size or self.arraysize]
        del self._rows[: len(some)]
        return some

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def __aiter__(self) -> AsyncIterator[Any]:
        while self._rows:
            yield self._rows.pop(0)

    async def close(self) -> None:
        self._rows = []

    async def _run(self, act: Act) -> Self:
        def visit() -> tuple[Any, list[Any], int, int | None]:
            cursor = self._connection.raw.cursor()
            try:
                act(cursor)
                rows = cursor.fetchall() if cursor.description else []
                return cursor.description, rows, cursor.rowcount, cursor.lastrowid
            finally:
                cursor.close()

        found = await self._connection.visit(visit)
        self.description, self._rows, self.rowcount, self.lastrowid = found
        return self


class Connection(aiosqlite.Connection):
    @property
    def raw(self) -> sqlite3.Connection:
        return self._conn

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._thread.daemon = True  # as SQLAlchemy makes it

    async def visit(self, function: Callable[[], Any]) -> Any:
        """Run `function` in the connection's thread."""
        return await self._execute(function)  # pyright: ignore[reportUnknownMemberType]  untyped

    @override
    def cursor(self) -> Any:
        return Cursor(self)

    @override
    async def rollback(self) -> None:
        """Nothing, where nothing is open: the pool rolls back each connection it gets back."""
        if self.in_transaction:
            await super().rollback()


async def connect(database: Path | str, *, uri: bool = False) -> Connection:
    """Open `database`. The sqlite3 module begins no transactions by itself: the engine does."""
    connector = partial(
        sqlite3.connect, database, isolation_level=None, check_same_thread=False, uri=uri
    )
    connection = Connection(connector)
    await connection
    return connection
