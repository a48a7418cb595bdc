import asyncio

from bot.domain.ids import SourceId
from storage.database import Database
from tests.factories import NOON


async def test_a_source_is_new_once(database: Database) -> None:
    async with database.transaction() as tx:
        assert await tx.intake.add(SourceId(1), "chat", NOON)

    async with database.transaction() as tx:
        assert not await tx.intake.add(SourceId(1), "chat", NOON)
        assert await tx.intake.add(SourceId(2), "chat", NOON)


async def test_of_200_at_once_one_gets_the_source(database: Database) -> None:
    async def add() -> bool:
        async with database.transaction() as tx:
            return await tx.intake.add(SourceId(2**63 - 1), "mention", NOON)

    added = await asyncio.gather(*(add() for _ in range(200)))

    assert added.count(True) == 1
