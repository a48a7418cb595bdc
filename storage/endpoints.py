from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from bot.domain.calls import Capability
from storage._statements import Statements
from storage.tables import endpoints


class Endpoints:
    """Which paths of an API server are there, as its answers told."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def of(self, base_url: str) -> Mapping[str, Capability]:
        """By path, below the base URL."""
        query = sa.select(endpoints.c.path, endpoints.c.present, endpoints.c.learnt_at).where(
            endpoints.c.base_url == base_url
        )
        return {
            row.path: Capability(path=row.path, present=row.present, learnt_at=row.learnt_at)
            for row in await self._statements.execute(query)
        }

    async def put(self, base_url: str, path: str, at: datetime, *, present: bool) -> None:
        """Keep the newest lesson."""
        insert = self._statements.insert(endpoints).values(
            base_url=base_url, path=path, present=present, learnt_at=at
        )
        await self._statements.execute(
            insert.on_conflict_do_update(
                index_elements=[endpoints.c.base_url, endpoints.c.path],
                set_={
                    "present": insert.excluded.present,
                    "learnt_at": insert.excluded.learnt_at,
                },
            )
        )
