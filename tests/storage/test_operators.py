"""What operators confirm, decide and watch, on both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.domain.calls import Audience, Caller, Exchange, Operation
from bot.domain.ids import ChannelId, GuildId, SourceId, TurnId, UserId
from bot.domain.operators import Acting, Change
from bot.domain.storage import OwnerId
from sandbox.clock import HandClock
from storage.database import Database
from storage.notes import new_note
from tests.factories import NOON

ADA, BEN = UserId(1), UserId(2)
LATER = NOON + timedelta(minutes=15)
WHO = Acting(user=ADA, guild=GuildId(5), channel=ChannelId(7), source=SourceId(9))


async def test_a_confirmation_is_taken_once_in_time_and_by_its_person(database: Database) -> None:
    async with database.transaction() as tx:
        key = await tx.confirmations.add(
            ADA, Change.FILE_DELETE, {"file": "f"}, at=NOON, expires_at=LATER
        )

    async def take(user: UserId, change: Change = Change.FILE_DELETE, at: int = 1) -> bool:
        async with database.transaction() as tx:
            moment = NOON + timedelta(minutes=at)
            return await tx.confirmations.take(key, user, change, moment) is not None

    others = [await take(BEN), await take(ADA, Change.MODEL_DELETE), await take(ADA, at=15)]
    at_once = await asyncio.gather(*(take(ADA) for _ in range(5)))

    assert others == [False] * 3
    assert sorted(at_once) == [False] * 4 + [True]


async def test_the_audit_is_listed_newest_first_by_person_and_time(database: Database) -> None:
    async with database.transaction() as tx:
        first = await tx.audit.add(WHO, "a", "x", NOON)
        await tx.audit.add(WHO, "b", "y", LATER, outcome="done")
        await tx.audit.close(first, "x2", "RateLimitedError")
        all_ = await tx.audit.listed(10)
        recent = await tx.audit.listed(10, since=LATER)
        others = await tx.audit.listed(10, user=BEN)

    assert [(each.change, each.target, each.outcome) for each in all_] == [
        ("b", "y", "done"),
        ("a", "x2", "RateLimitedError"),
    ]
    assert [each.change for each in recent] == ["b"]
    assert others == ()


async def test_rulings_are_replaced_and_taken_back(database: Database) -> None:
    async with database.transaction() as tx:
        for reason in ("first", "second"):
            await tx.rulings.block(3, reason, ADA, NOON)
            await tx.rulings.cap("user:3", len(reason), ADA, NOON)
        blocked, capped = await tx.rulings.blocked(), await tx.rulings.capped()
        gone = [await tx.rulings.unblock(3), await tx.rulings.unblock(3)]
        gone += [await tx.rulings.uncap("user:3"), await tx.rulings.uncap("user:3")]

    assert blocked[3].reason == "second"
    assert capped["user:3"].cap == 6
    assert gone == [True, False, True, False]


async def test_a_training_is_watched_by_one_and_taken_over_from_the_dead(
    database: Database,
) -> None:
    dead = OwnerId(database.owner + 1)
    async with database.transaction() as tx:
        watch = await tx.watches.add("ftjob-1", "m", WHO, locale="en-US", owner=dead, at=NOON)
        again = await tx.watches.add("ftjob-1", "m", WHO, locale="en-US", owner=dead, at=NOON)
        assert watch is not None
        [mine] = await tx.watches.claim(database.owner)
        await tx.watches.shown(watch, message=11, told="digest")
        await tx.watches.tuned(watch, "ft:m")
        await tx.watches.end(watch)
        left = await tx.watches.claim(database.owner)
        found = await tx.watches.get(watch)
        counts = await tx.overview.counts()

    assert again is None
    assert (mine.job, mine.starter, mine.channel, mine.over) == ("ftjob-1", ADA, 7, False)
    assert left == ()
    assert found
    assert (found.message, found.told, found.tuned, found.over) == (11, "digest", "ft:m", True)
    assert counts.trainings == 0


async def test_what_the_command_line_has_left_is_taken_once_by_two_at_once(
    sqlite_url: str, clock: HandClock
) -> None:
    async with Database.open(sqlite_url, clock=clock) as database:
        assert database.path
        note = new_note(database.path, "files upload", "train.jsonl", NOON)
        replace(note, outcome="done").write()

        await asyncio.gather(database.take_notes(), database.take_notes())

        async with database.reading() as tx:
            [audited] = await tx.audit.listed(10)
    assert audited.target == "train.jsonl"


async def test_a_beginning_is_looked_after_by_one_and_taken_over_from_the_dead(
    database: Database,
) -> None:
    async with database.transaction() as tx:
        begun = await tx.beginnings.add(
            WHO,
            model="m",
            training_file="file-1",
            before=["ftjob-0"],
            locale="en-US",
            owner=OwnerId(database.owner + 1),
            at=NOON,
        )
        await tx.watches.add("ftjob-1", "m", WHO, locale="", owner=database.owner, at=NOON)
        mine = await tx.beginnings.claim(database.owner)
        watched = await tx.watches.known(["ftjob-0", "ftjob-1"])
        await tx.beginnings.drop(begun.id)
        left = await tx.beginnings.claim(database.owner)

    assert mine == (begun,)
    assert (begun.before, begun.source, begun.starter, begun.at) == (("ftjob-0",), 9, ADA, NOON)
    assert watched == {"ftjob-1"}
    assert left == ()


async def test_calls_without_a_turn_are_found_by_their_answer_and_end_with_their_servers_time(
    database: Database,
) -> None:
    said = Exchange(operation=Operation.MODELS, method="GET", path="/models", started_at=NOON)
    here = Caller(user=ADA, guild=GuildId(5), asked=SourceId(9), audience=Audience.CHANNEL)
    async with database.transaction() as tx:
        first = await tx.api_log.add(here, said)
        last = await tx.api_log.add(replace(here, user=BEN), said)
        await tx.api_log.add(replace(here, asked=SourceId(8), guild=None), said)
        await tx.api_log.add(replace(here, turn=TurnId(3)), said)
        found = await tx.api_log.of_answer(SourceId(9))
        newest = await tx.api_log.newest(SourceId(9))
        early = await tx.api_log.purge_turnless(GuildId(5), NOON)
        gone = await tx.api_log.purge_turnless(GuildId(5), LATER)
        left = await tx.api_log.newest(SourceId(8))

    assert [each.id for each in found] == [first, last]
    assert (found[0].payer, found[0].asked, found[0].audience) == (ADA, 9, Audience.CHANNEL)
    assert newest == last
    assert (early, gone) == (0, 2)
    assert left is not None
