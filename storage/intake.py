from datetime import datetime
from functools import cache

import sqlalchemy as sa

from bot.domain.ids import SourceId
from storage._statements import Statements, insert_into
from storage.tables import intake


class Intake:
    """Every interaction and message that is acted on, once."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(self, source: SourceId, kind: str, at: datetime) -> bool:
        """Whether it is new; for a replay nothing else may happen."""
        new = _if_new(postgresql=self._statements.postgresql)
        values = {"source_id": source, "kind": kind, "at": at}
        return await self._statements.scalar(new, values) is not None


@cache
def _if_new(*, postgresql: bool) -> sa.Executable:
    insert = insert_into(intake, postgresql=postgresql)
    return insert.on_conflict_do_nothing().returning(intake.c.source_id)
