"""What repositories run their statements with."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.clock import Clock
from storage._errors import translated
from storage._shield import finished


class Statements:
    """One connection in a transaction: each statement is finished, and its errors are ours."""

    def __init__(self, connection: AsyncConnection, *, where: str, clock: Clock) -> None:
        self._connection = connection
        self._where = where
        self.clock = clock
        self.postgresql = connection.dialect.name == "postgresql"

    async def execute(self, statement: sa.Executable) -> sa.CursorResult[*tuple[Any, ...]]:
        """Run one statement; its rows are all here when this returns.

        Raises:
            StorageError: one of its leaves.
        """
        with translated(self._where):
            return await finished(self._connection.execute(statement))

    async def scalar(self, statement: sa.Executable) -> Any:
        """The first column of the first row, None without rows."""
        return (await self.execute(statement)).scalar()

    def insert(self, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
        """An insert that can be told what to do ON CONFLICT: the same words in both dialects."""
        return postgresql.insert(table) if self.postgresql else sqlite.insert(table)

    @asynccontextmanager
    async def unless_taken(self) -> AsyncGenerator[None, None]:
        """Undo the block, and only it, when a unique index refuses; then go on after it.

        Without the savepoint PostgreSQL would refuse everything that follows in the transaction.
        """
        savepoint = self._connection.begin_nested()
        with translated(self._where):
            await finished(_start(savepoint))
        try:
            yield
        except BaseException as error:
            with translated(self._where):
                await finished(savepoint.rollback())
            if not isinstance(error.__cause__, exc.IntegrityError):
                raise
        else:
            with translated(self._where):
                await finished(savepoint.commit())


async def _start(savepoint: Any) -> None:
    await savepoint.start()
