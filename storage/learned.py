from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from storage._statements import Statements
from storage.tables import learned


class Learned:
    """Parameters that a model of a server turned out not to take, or to call by another name."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def of(self, base_url: str, model: str) -> Mapping[str, str | None]:
        """The other name by parameter; None where it has to be left out."""
        query = sa.select(learned.c.parameter, learned.c.renamed_to).where(
            learned.c.base_url == base_url, learned.c.model == model
        )
        return {row.parameter: row.renamed_to for row in await self._statements.execute(query)}

    async def put(
        self, base_url: str, model: str, parameter: str, renamed_to: str | None, at: datetime
    ) -> None:
        """Keep the newest lesson."""
        insert = self._statements.insert(learned).values(
            base_url=base_url,
            model=model,
            parameter=parameter,
            renamed_to=renamed_to,
            learnt_at=at,
        )
        await self._statements.execute(
            insert.on_conflict_do_update(
                index_elements=[learned.c.base_url, learned.c.model, learned.c.parameter],
                set_={
                    "renamed_to": insert.excluded.renamed_to,
                    "learnt_at": insert.excluded.learnt_at,
                },
            )
        )
