from datetime import timedelta
from typing import Any

from bot.domain.chat import ImagePart
from bot.domain.conversations import TurnState
from bot.domain.ids import GuildId, TurnId
from bot.domain.preferences import RETENTION_DAYS
from bot.services.preferences import Preferences
from bot.services.retention import AT_ONCE, PURGE_EVERY_S, Retention
from bot.tasks import spawn
from sandbox.clock import HandClock
from storage.database import Database
from tests.factories import ADA
from tests.storage.asking import answered

DAY_S = timedelta(days=1).total_seconds()


async def test_a_server_forgets_after_the_days_it_has_set_and_no_other_does(
    database: Database, clock: HandClock
) -> None:
    preferences = Preferences(database, clock)
    await preferences.put("server:200", RETENTION_DAYS, "2", ADA)
    here, there = await answered(database), await answered(database, guild=GuildId(201))
    retention = Retention(database, preferences, clock)
    states: list[TurnState] = []

    for _ in range(3):
        await clock.advance(DAY_S)
        await retention.purge()
        states.append(await state(database, here.id))

    assert states == [TurnState.DONE, TurnState.DONE, TurnState.ERASED]
    assert await state(database, there.id) is TurnState.DONE


async def test_it_goes_on_until_nothing_is_left_and_again_every_hour(
    database: Database, clock: HandClock
) -> None:
    preferences = Preferences(database, clock)
    await preferences.put("server:200", RETENTION_DAYS, "1", ADA)
    turns = [await answered(database) for _ in range(AT_ONCE + 1)]
    purging = spawn(Retention(database, preferences, clock).keep_purging(), name="purge")

    await clock.advance(DAY_S)
    for _ in range(100):
        await clock.advance(PURGE_EVERY_S)
        if await state(database, turns[-1].id) is TurnState.ERASED:
            break

    purging.cancel()
    assert {await state(database, turn.id) for turn in turns} == {TurnState.ERASED}


async def test_files_of_what_is_forgotten_go_with_it_unless_somebody_else_has_sent_them(
    database: Database, clock: HandClock
) -> None:
    preferences = Preferences(database, clock)
    await preferences.put("server:200", RETENTION_DAYS, "1", ADA)
    mine, ours = await with_a_picture(database, b"mine"), await with_a_picture(database, b"ours")
    await with_a_picture(database, b"ours", guild=GuildId(201))

    await clock.advance(2 * DAY_S)
    await Retention(database, preferences, clock).purge()

    async with database.transaction() as tx:
        assert await tx.blobs.get(mine) is None
        assert await tx.blobs.get(ours) == b"ours"


async def with_a_picture(database: Database, data: bytes, **changes: Any) -> str:
    turn = await answered(database, **changes)
    async with database.transaction() as tx:
        digest = await tx.blobs.put(data, tx.statements.clock.now())
        part = ImagePart(name="a.png", mime="image/png", sha256=digest, size=len(data))
        await tx.messages.set_question(turn.id, [part])
    return digest


async def state(database: Database, turn: TurnId) -> TurnState:
    async with database.transaction() as tx:
        return (await tx.turns.get(turn)).state
