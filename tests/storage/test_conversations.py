import asyncio
from datetime import timedelta

import pytest

from bot.domain.chat import TextPart
from bot.domain.conversations import channel_place, direct_place
from bot.domain.errors import ConversationNotFoundError
from bot.domain.ids import ChannelId, ConversationId, PlaceKey
from sandbox.clock import HandClock
from storage.database import Database, Transaction
from tests.factories import GENERAL, NOON
from tests.storage.asking import FAILED, answered, asked, claimed, finished

HERE, THERE = channel_place(GENERAL), direct_place(ChannelId(301))


async def opened(database: Database) -> ConversationId:
    async with database.transaction() as tx:
        return await tx.conversations.open(HERE, NOON)


async def begun(database: Database) -> ConversationId:
    async with database.transaction() as tx:
        return await tx.conversations.begin(HERE, NOON)


async def test_a_place_has_one_current_conversation(database: Database) -> None:
    first = await opened(database)
    async with database.transaction() as tx:
        elsewhere = await tx.conversations.open(THERE, NOON)

    assert await opened(database) == first
    assert elsewhere != first


async def test_a_place_opened_by_many_at_once_is_opened_once(database: Database) -> None:
    found = await asyncio.gather(*(opened(database) for _ in range(20)))

    assert len(set(found)) == 1
    async with database.transaction() as tx:
        assert len(await tx.conversations.listed(HERE, 25, 0)) == 1


async def test_a_fresh_conversation_is_current_and_the_old_one_stays(database: Database) -> None:
    old = await opened(database)

    fresh = await begun(database)

    assert fresh != old
    assert await opened(database) == fresh
    async with database.transaction() as tx:
        assert await tx.conversations.resume(HERE, old)
    assert await opened(database) == old


async def test_a_conversation_can_be_begun_where_there_was_none(database: Database) -> None:
    fresh = await begun(database)

    assert await opened(database) == fresh


async def test_a_conversation_of_another_place_cannot_be_resumed(database: Database) -> None:
    current = await opened(database)
    async with database.transaction() as tx:
        foreign = await tx.conversations.open(THERE, NOON)

    async with database.transaction() as tx:
        assert not await tx.conversations.resume(HERE, foreign)
        assert not await tx.conversations.resume(HERE, ConversationId(404))
        assert not await tx.conversations.resume(channel_place(ChannelId(404)), current)
    assert await opened(database) == current


async def test_conversations_are_listed_by_their_last_use(
    database: Database, clock: HandClock
) -> None:
    first = await answered(database, text="What\n is  a bus? " * 20)
    await answered(database, text="And a tram?")
    failed = await asked(database)
    await claimed(database, failed)
    await finished(database, failed, FAILED)
    fresh = await begun(database)
    async with database.transaction() as tx:
        await tx.conversations.set_system_prompt(fresh, "Be short.")
        await tx.conversations.open(THERE, NOON)
        await tx.conversations.resume(HERE, first.conversation)
    await clock.advance(60)
    await asked(database)

    async with database.transaction() as tx:
        listed = await tx.conversations.listed(HERE, 25, 0)
        second_page = await tx.conversations.listed(HERE, 1, 1)

    used, unused = listed
    assert (used.id, used.current, used.has_system_prompt) == (first.conversation, True, False)
    assert (used.turns, used.created_at, used.last_at) == (2, NOON, NOON + timedelta(seconds=60))
    assert used.title.startswith("What is a bus? What is a bus?")
    assert used.title.endswith("…")
    assert len(used.title) == 100
    assert (unused.id, unused.current, unused.has_system_prompt) == (fresh, False, True)
    assert (unused.turns, unused.title, unused.last_at) == (0, "", NOON)
    assert second_page == (unused,)


async def test_a_system_prompt_belongs_to_its_conversation(database: Database) -> None:
    here = await opened(database)
    async with database.transaction() as tx:
        assert await tx.conversations.system_prompt(here) is None
        await tx.conversations.set_system_prompt(here, "Answer in rhymes.")
        assert await tx.conversations.system_prompt(here) == "Answer in rhymes."
        fresh = await tx.conversations.begin(HERE, NOON)
        assert await tx.conversations.system_prompt(fresh) is None
        await tx.conversations.set_system_prompt(here, None)
        assert await tx.conversations.system_prompt(here) is None


async def test_a_system_prompt_for_no_conversation_is_refused(database: Database) -> None:
    with pytest.raises(ConversationNotFoundError):
        async with database.transaction() as tx:
            await tx.conversations.set_system_prompt(ConversationId(404), "Be short.")


async def test_a_fork_begins_with_what_was_said_and_goes_its_own_way(database: Database) -> None:
    for question in ("one", "two"):
        await answered(database, f"{question}!", text=question)
    here = await opened(database)
    async with database.transaction() as tx:
        await tx.conversations.set_system_prompt(here, "Be brief.")
        there = await tx.conversations.fork(here, THERE, NOON)
    await answered(database, "later here!", text="later here")
    last = await answered(database, "there!", text="there", place=THERE)

    async with database.transaction() as tx:
        assert await tx.conversations.open(THERE, NOON) == there
        assert await tx.conversations.system_prompt(there) == "Be brief."
        assert await said(tx, there) == ["one", "two", "there"]
        assert await said(tx, there, before_seq=last.seq) == ["one", "two"]
        assert await said(tx, there, limit=2) == ["two", "there"]
        assert await said(tx, here) == ["one", "two", "later here"]
        assert await tx.messages.count(there) == 3
        exported = [each.question.parts[0] async for each in tx.messages.export(there)]
        assert exported == [TextPart("one"), TextPart("two"), TextPart("there")]


async def test_what_is_erased_is_gone_from_all_forks_and_forks_of_forks(database: Database) -> None:
    first = await answered(database, text="one")
    async with database.transaction() as tx:
        there = await tx.conversations.fork(await tx.conversations.open(HERE, NOON), THERE, NOON)
    await answered(database, text="two", place=THERE)
    async with database.transaction() as tx:
        elsewhere = await tx.conversations.fork(there, direct_place(ChannelId(302)), NOON)
        assert await said(tx, elsewhere) == ["one", "two"]

        await tx.turns.erase_question(first.source, database.owner)

        assert await said(tx, there) == await said(tx, elsewhere) == ["two"]


async def test_only_what_is_there_can_be_forked(database: Database) -> None:
    with pytest.raises(ConversationNotFoundError):
        async with database.transaction() as tx:
            await tx.conversations.fork(ConversationId(404), THERE, NOON)


async def said(
    tx: Transaction, conversation: ConversationId, before_seq: int | None = None, limit: int = 100
) -> list[str]:
    """The questions that the window holds, oldest first."""
    window = await tx.messages.window(conversation, before_seq, limit)
    return [part.text for each in reversed(window) for part in each.question.parts]  # pyright: ignore[reportAttributeAccessIssue]


async def test_a_channels_conversations_are_found_beside_a_bot_that_runs(
    url: str, database: Database, clock: HandClock
) -> None:
    own = PlaceKey(f"channel:{GENERAL}:71")
    others = [PlaceKey(f"channel:{GENERAL}0"), PlaceKey(f"private:{GENERAL}:71")]
    async with database.transaction() as tx:
        found = [
            await tx.conversations.open(place, NOON)
            for place in (channel_place(GENERAL), own, *others)
        ]

    async with Database.look(url, clock=clock) as looking, looking.reading() as tx:
        assert await tx.conversations.of_channel(GENERAL) == tuple(found[:2])


async def test_only_an_idle_conversation_is_renewed_and_keeps_its_system_prompt(
    database: Database,
) -> None:
    later = NOON + timedelta(days=8)
    old = await opened(database)
    async with database.transaction() as tx:
        assert not await tx.conversations.renew(HERE, later, later)  # there is nothing in it
        await tx.conversations.set_system_prompt(old, "Be brief.")
    await answered(database)

    async with database.transaction() as tx:
        assert not await tx.conversations.renew(HERE, later, NOON)
        assert not await tx.conversations.renew(THERE, later, later)
        assert await tx.conversations.renew(HERE, later, later)
        fresh = await tx.conversations.open(HERE, later)
        assert await tx.conversations.system_prompt(fresh) == "Be brief."
    assert fresh != old
