"""What repositories run their statements with."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import postgresql as _postgresql
from sqlalchemy.dialects import sqlite as _sqlite

from bot.domain.clock import Clock
from bot.domain.errors import StorageError
from storage._connections import Connection, Savepoint, Values
from storage._errors import translated

Insert = _postgresql.Insert | _sqlite.Insert


def insert_into(table: sa.Table, *, postgresql: bool) -> Insert:
    """An insert that can be told what to do ON CONFLICT: the same words in both dialects."""
    return _postgresql.insert(table) if postgresql else _sqlite.insert(table)


class Statements:
    """One connection in a transaction; its errors are ours."""

    def __init__(self, connection: Connection, *, where: str, clock: Clock) -> None:
        self._connection = connection
        self._where = where
        self.clock = clock
        self.postgresql = connection.postgresql

    async def execute(
        self, statement: sa.Executable, values: Values = None
    ) -> sa.CursorResult[*tuple[Any, ...]]:
        """Run one statement; its rows are all here when this returns.

        Building a statement costs more than running it. So those of every turn are built once, with
        `sa.bindparam` in place of what changes, and get it as `values`.

        Raises:
            StorageError: one of its leaves.
        """
        with translated(self._where):
            return await self._connection.execute(statement, values)

    async def scalar(self, statement: sa.Executable, values: Values = None) -> Any:
        """The first column of the first row, None without rows."""
        return (await self.execute(statement, values)).scalar()

    def insert(self, table: sa.Table) -> Insert:
        return insert_into(table, postgresql=self.postgresql)

    @asynccontextmanager
    async def unless_taken(self) -> AsyncGenerator[None, None]:
        """Undo the block, and only it, when a unique index refuses; then go on after it.

        Without the savepoint PostgreSQL would refuse everything that follows in the transaction.
        """
        with translated(self._where):
            savepoint = await self._connection.savepoint()
        try:
            yield
        except BaseException as error:
            undone = await self._undone(savepoint)
            if not undone or not isinstance(error.__cause__, exc.IntegrityError):
                raise
        else:
            with translated(self._where):
                await savepoint.commit()

    async def _undone(self, savepoint: Savepoint) -> bool:
        """False where the database had undone all of the transaction, as for want of room."""
        try:
            with translated(self._where):
                await savepoint.rollback()
        except StorageError:
            return False
        return True
