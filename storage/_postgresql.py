"""PostgreSQL: a pool of connections, and a lock that says that this process lives."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.domain.storage import OwnerId
from storage._errors import translated
from storage._json import dumped
from storage._shield import finished

POOL_SIZE = 5
EXTRA_CONNECTIONS = 5


def engine_for(url: sa.URL, *, busy_timeout_s: float) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=EXTRA_CONNECTIONS,
        pool_pre_ping=True,  # a restart of the server must not fail the first command after it
        hide_parameters=True,  # errors must not quote what people wrote
        json_serializer=dumped,
        connect_args={
            "timeout": 10,
            "server_settings": {
                "application_name": "switchboard",
                "lock_timeout": str(round(busy_timeout_s * 1000)),
                # Acknowledged means kept, whatever the server's default is.
                "synchronous_commit": "on",
            },
        },
    )


def for_reading(engine: AsyncEngine) -> AsyncEngine:
    """The same pool: one unchanging view in each transaction, in which nothing can be written."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


class LivingLock:
    """A session advisory lock whose key is the owner id, on a connection of its own.

    PostgreSQL gives it back by itself when the process dies.  It must be a session of the server:
    a pooler that shares sessions between transactions can't be in between.
    """

    def __init__(self, engine: AsyncEngine, owner: OwnerId, *, where: str) -> None:
        self._engine = engine
        self._owner = owner
        self._where = where
        self._connection: AsyncConnection | None = None

    async def hold(self) -> None:
        """Take the lock, or make sure that it is still ours.

        Raises:
            StorageError: one of its leaves.
        """
        with translated(self._where):
            await finished(self._hold())

    async def release(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await finished(_end(connection))

    async def _hold(self) -> None:
        if self._connection is not None:
            try:
                await self._connection.exec_driver_sql("SELECT 1")
            except exc.DBAPIError:  # the server was restarted; the lock is gone with the session
                await _end(self._connection)
                self._connection = None
            else:
                return
        connection: AsyncConnection = await self._engine.connect()
        try:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            lock: Any = sa.func.pg_advisory_lock(self._owner)
            await connection.execute(sa.select(lock))
        except BaseException:
            await _end(connection)
            raise
        self._connection = connection


async def _end(connection: AsyncConnection) -> None:
    """Close the session itself: given back to the pool, it would keep the lock."""
    await connection.invalidate()
    await connection.close()
