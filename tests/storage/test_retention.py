"""Turns whose time is over."""

from datetime import timedelta

from bot.domain.conversations import TurnState
from bot.domain.ids import GuildId
from sandbox.clock import HandClock
from storage.database import Database
from tests.storage.asking import answered, asked

HERE = GuildId(200)


async def test_a_servers_old_turns_are_emptied_and_the_others_left(
    database: Database, clock: HandClock
) -> None:
    old = [await answered(database) for _ in range(3)]
    elsewhere = await answered(database, guild=GuildId(201))
    direct = await answered(database, guild=None)
    await clock.advance(3600)
    line = clock.now()
    young = await answered(database)

    async with database.transaction() as tx:
        first = await tx.retention.forget(HERE, line, 2)
        second = await tx.retention.forget(HERE, line, 2)
        third = await tx.retention.forget(HERE, line, 2)

    assert (first, second, third) == (2, 1, 0)
    async with database.transaction() as tx:
        for turn in old:
            assert (await tx.turns.get(turn.id)).state is TurnState.ERASED
            assert (await tx.messages.question(turn.id)).parts == ()
            assert [each.parts for each in await tx.messages.answers(turn.id, 1)] == [()]
        for turn in (elsewhere, direct, young):
            assert (await tx.turns.get(turn.id)).state is TurnState.DONE
            assert (await tx.messages.question(turn.id)).parts != ()


async def test_what_is_still_waiting_is_not_forgotten(database: Database, clock: HandClock) -> None:
    waiting = await asked(database)

    async with database.transaction() as tx:
        forgotten = await tx.retention.forget(HERE, clock.now() + timedelta(days=1), 10)

    assert forgotten == 0
    async with database.transaction() as tx:
        assert (await tx.turns.get(waiting.id)).state is TurnState.QUEUED
