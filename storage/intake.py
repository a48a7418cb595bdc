from datetime import datetime

from bot.domain.ids import SourceId
from storage._statements import Statements
from storage.tables import intake


class Intake:
    """Every interaction and message that is acted on, once."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(self, source: SourceId, kind: str, at: datetime) -> bool:
        """Whether it is new; for a replay nothing else may happen."""
        insert = self._statements.insert(intake).values(source_id=source, kind=kind, at=at)
        added = insert.on_conflict_do_nothing().returning(intake.c.source_id)
        return await self._statements.scalar(added) is not None
