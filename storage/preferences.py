from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import randbits

import sqlalchemy as sa

from bot.domain.ids import UserId
from storage._statements import Statements
from storage.tables import preferences

STAMP_BITS = 40  # of a random number; a million of them still add up within 64 bits


@dataclass(frozen=True, slots=True)
class Marker:
    """Differs whenever anything has changed: how many there are, and the sum of their stamps."""

    count: int
    stamps: int


class Preferences:
    """What people and servers have set, as text: one value by scope and key."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def marker(self) -> Marker:
        """Cheap to ask, and needs no clock that several processes would have to agree on."""
        query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(preferences.c.stamp), 0))
        row = (await self._statements.execute(query)).one()
        return Marker(int(row[0]), int(row[1]))

    async def all(self) -> Mapping[str, Mapping[str, str]]:
        """Every value by scope and key."""
        query = sa.select(preferences.c.scope, preferences.c.key, preferences.c.value)
        found: dict[str, dict[str, str]] = {}
        for row in await self._statements.execute(query):
            found.setdefault(row.scope, {})[row.key] = row.value
        return found

    async def put(self, scope: str, key: str, value: str, *, by: UserId, at: datetime) -> None:
        """Set it, whatever it was before."""
        insert = self._statements.insert(preferences).values(
            scope=scope, key=key, value=value, set_by=by, set_at=at, stamp=randbits(STAMP_BITS)
        )
        changed = ("value", "set_by", "set_at", "stamp")
        await self._statements.execute(
            insert.on_conflict_do_update(
                index_elements=[preferences.c.scope, preferences.c.key],
                set_={name: insert.excluded[name] for name in changed},
            )
        )

    async def remove(self, scope: str, key: str) -> bool:
        """Take it away; False where it was not set."""
        gone = preferences.delete().where(preferences.c.scope == scope, preferences.c.key == key)
        return (await self._statements.execute(gone)).rowcount == 1
