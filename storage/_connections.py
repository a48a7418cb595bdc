"""A connection in a transaction, the same for SQLite's thread and for PostgreSQL.

SQLite's module blocks, so it is called in a thread of its own. A whole transaction may also go
there in one visit: repositories are coroutines, and in the thread nothing of them has to wait, so
`driven` runs one from its beginning to its end.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import copy_context
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from storage._lane import Lane
from storage._shield import finished

T = TypeVar("T")
Result = sa.CursorResult[*tuple[Any, ...]]
Act = Callable[[], Any]
Values = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
"""What a statement is executed with; several times, where there are several."""


class Savepoint(Protocol):
    async def commit(self) -> None: ...
    async def rollback(self) -> None: ...


class Connection(Protocol):
    """Each step is finished once it is begun, whatever becomes of the task that asked for it.

    `call` is for what knows no coroutines. `close` may be called at any time, also where `begin`
    was cancelled or has failed.
    """

    postgresql: bool

    async def begin(self) -> None: ...
    async def execute(self, statement: sa.Executable, values: Values) -> Result: ...
    async def call(self, function: Callable[[sa.Connection], Any]) -> None: ...
    async def savepoint(self) -> Savepoint: ...
    async def commit(self) -> None: ...
    async def rollback(self) -> None: ...
    async def close(self) -> None: ...


class Source(Protocol):
    """Where connections come from."""

    def turn(self) -> AbstractAsyncContextManager[Connection]:
        """Wait for one, and have it until the block ends. It has to be closed before."""
        ...

    async def dispose(self) -> None: ...


# PostgreSQL


class Server:
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[Connection, None]:
        yield _OverNetwork(self.engine.connect())  # its pool lets people wait

    async def dispose(self) -> None:
        await finished(self.engine.dispose())


class _OverNetwork(Connection):
    postgresql = True

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @override
    async def begin(self) -> None:
        await finished(self._begin())

    @override
    async def execute(self, statement: sa.Executable, values: Values) -> Result:
        return await finished(self._connection.execute(statement, values))

    @override
    async def call(self, function: Callable[[sa.Connection], Any]) -> None:
        await finished(self._connection.run_sync(function))

    @override
    async def savepoint(self) -> Savepoint:
        return await finished(self._savepoint())

    @override
    async def commit(self) -> None:
        await finished(self._connection.commit())

    @override
    async def rollback(self) -> None:
        await finished(self._connection.rollback())

    @override
    async def close(self) -> None:
        if self._connection.sync_connection is not None:
            await finished(self._connection.close())

    async def _begin(self) -> None:
        await self._connection.start()
        await self._connection.begin()

    async def _savepoint(self) -> Savepoint:
        nested = self._connection.begin_nested()
        await nested.start()
        return _OverNetworkSavepoint(nested)


class _OverNetworkSavepoint:
    def __init__(self, nested: Any) -> None:
        self._nested = nested

    async def commit(self) -> None:
        await finished(self._nested.commit())

    async def rollback(self) -> None:
        await finished(self._nested.rollback())


# SQLite


class File:
    """The lanes to one file: one to write, several to read."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self.lanes = lanes
        self._free = list(lanes)
        # Who waits does so here, in the order they came, and not in a thread.
        self._turnstile = asyncio.Semaphore(len(lanes))

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[Connection, None]:
        async with self.lane() as lane:
            yield InThread(lane.engine, lane.visit)

    @asynccontextmanager
    async def lane(self) -> AsyncGenerator[Lane, None]:
        """The same, for whole transactions."""
        async with self._turnstile:
            lane = self._free.pop()
            try:
                yield lane
            finally:
                self._free.append(lane)

    async def dispose(self) -> None:
        for lane in self.lanes:
            await lane.dispose()


async def whole(lane: Lane, work: Callable[[Connection], Coroutine[Any, Any, T]]) -> T:
    """All that `work` does with a connection, in one visit to the thread.

    It finds there what is set around it in this task, such as that a transaction is open.
    """
    context = copy_context()
    return await lane.visit(
        lambda: context.run(driven, work(InThread(lane.engine, _at_once))),
    )


class InThread(Connection):
    """`visit` calls a function in the connection's thread, which may be this one."""

    postgresql = False

    def __init__(self, engine: sa.Engine, visit: Callable[[Act], Awaitable[Any]]) -> None:
        self._engine = engine
        self._visit = visit
        self._begun: sa.Connection | None = None

    @override
    async def begin(self) -> None:
        await self._visit(self._begin)

    @override
    async def execute(self, statement: sa.Executable, values: Values) -> Result:
        return await self._visit(lambda: self.open.execute(statement, values))

    @override
    async def call(self, function: Callable[[sa.Connection], Any]) -> None:
        await self._visit(lambda: function(self.open))

    @override
    async def savepoint(self) -> Savepoint:
        savepoint = _ThreadSavepoint(driver_of(self.open), self._visit)
        await savepoint.begin()
        return savepoint

    @override
    async def commit(self) -> None:
        await self._visit(self.open.commit)

    @override
    async def rollback(self) -> None:
        await self._visit(self.open.rollback)

    @override
    async def close(self) -> None:
        if self._begun is not None:
            await self._visit(self._begun.close)

    @property
    def open(self) -> sa.Connection:
        assert self._begun is not None, "begin() comes first"  # noqa: S101  a bug, not an input
        return self._begun

    def _begin(self) -> None:
        self._begun = self._engine.connect()
        self._begun.begin()


class _ThreadSavepoint:
    def __init__(self, driver: sqlite3.Connection, visit: Callable[[Act], Awaitable[Any]]) -> None:
        self._driver = driver
        self._visit = visit

    async def begin(self) -> None:
        await self._visit(lambda: self._driver.execute("SAVEPOINT this"))

    async def commit(self) -> None:
        await self._visit(lambda: self._driver.execute("RELEASE this"))

    async def rollback(self) -> None:
        await self._visit(lambda: self._driver.execute("ROLLBACK TO this"))
        await self.commit()


def driver_of(connection: sa.Connection) -> sqlite3.Connection:
    """The module's own connection, for what SQLAlchemy has nothing to do with."""
    driver: Any = connection.connection.driver_connection
    return driver


async def _at_once(act: Act) -> Any:
    return act()


def driven(work: Coroutine[Any, Any, T]) -> T:
    """Run to its end what waits for nothing.

    Raises:
        RuntimeError: it waits for something: only the event loop could go on with it.
    """
    try:
        work.send(None)
    except StopIteration as ended:
        return ended.value
    work.close()
    raise RuntimeError("within one visit there is nothing to wait for but statements")
