"""aiosqlite's connection and its thread, with an engine of SQLAlchemy's that works inside it.

Each visit to the thread costs more than most of our statements. aiosqlite makes four for one
statement, and through SQLAlchemy's asyncio layer each is a task and a greenlet, too. Here a visit
runs a function of ours, which may be a whole transaction.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

import aiosqlite
import sqlalchemy as sa

from storage._json import dumped
from storage._shield import finished

T = TypeVar("T")


class _Visited(aiosqlite.Connection):
    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._thread.daemon = True  # as SQLAlchemy makes it

    async def visit(self, function: Callable[[], Any]) -> Any:
        return await self._execute(function)  # pyright: ignore[reportUnknownMemberType]  untyped


class Lane:
    """One connection. Whoever uses it has it alone, see `storage._connections.File`.

    engine  to be used within a visit only
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection], address: sa.URL) -> None:
        self._connect = connect
        self._opened: _Visited | None = None
        self._ours: sqlite3.Connection | None = None
        self.engine = sa.create_engine(
            address,
            creator=self._give_out,
            poolclass=sa.QueuePool,
            pool_size=1,
            max_overflow=0,
            hide_parameters=True,  # errors must not quote what people wrote
            json_serializer=dumped,
        )

    async def visit(self, function: Callable[[], T]) -> T:
        """Call `function` in the thread; a cancellation goes on only when it has returned."""
        return await finished(self._visit(function))

    async def dispose(self) -> None:
        if self._opened is not None:
            await self.visit(self.engine.dispose)
            await finished(self._opened.close())

    async def _visit(self, function: Callable[[], T]) -> T:
        if self._opened is None:
            opened = _Visited(self._open)
            await opened
            self._opened = opened
        return await self._opened.visit(function)

    def _open(self) -> sqlite3.Connection:
        self._ours = self._connect()
        return self._ours

    def _give_out(self) -> sqlite3.Connection:
        """aiosqlite's connection; another one, where the engine has closed that."""
        ours, self._ours = self._ours, None
        return ours or self._connect()
