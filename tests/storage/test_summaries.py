"""Summaries: kept beside what they stand for, and gone as soon as that changes."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.domain.conversations import Summary, Turn, channel_place
from bot.domain.ids import ChannelId, ConversationId
from storage.database import Database
from tests.factories import GENERAL, NOON
from tests.storage.asking import an_outcome, answered, ended_again

THREAD = channel_place(ChannelId(301))
Change = Callable[[Database, Turn], Awaitable[object]]


async def summed(
    database: Database,
    conversation: ConversationId,
    text: str,
    *,
    upto: Turn,
    before: Summary | None = None,
) -> Summary | None:
    """A summary of all that came up to that turn, or after the one before."""
    async with database.transaction() as tx:
        found = await tx.messages.window(conversation, upto.seq + 1, 100)
        of = [each for each in found if before is None or each.seq > before.upto_seq]
        return await tx.summaries.put(
            conversation, text, of=of, upto_seq=upto.seq, whole=True, before=before
        )


async def newest(
    database: Database, conversation: ConversationId, before: int | None = None
) -> str:
    async with database.transaction() as tx:
        found = await tx.summaries.newest(conversation, before)
    return found.text if found else ""


async def undo(database: Database, turn: Turn) -> None:
    async with database.transaction() as tx:
        await tx.turns.undo(turn.conversation, None, database.owner)


async def erase(database: Database, turn: Turn) -> None:
    async with database.transaction() as tx:
        await tx.turns.erase_question(turn.source, database.owner)


async def forget(database: Database, turn: Turn) -> None:
    assert turn.guild
    async with database.transaction() as tx:
        await tx.retention.forget(turn.guild, NOON.replace(year=2027), 10)


async def answer_anew(database: Database, turn: Turn) -> None:
    await ended_again(database, turn, an_outcome("Otherwise."))


async def choose(database: Database, turn: Turn) -> None:
    async with database.transaction() as tx:
        await tx.turns.choose(turn.id, 1, 0)


async def test_the_summary_that_reaches_farthest_stands_before_a_turn(database: Database) -> None:
    turns = [await answered(database, str(number)) for number in range(4)]
    here = turns[0].conversation
    first = await summed(database, here, "0 and 1", upto=turns[1])
    second = await summed(database, here, "0 to 2", upto=turns[2], before=first)

    assert first
    assert second
    assert (first.exchanges, second.exchanges) == (2, 3)
    assert await newest(database, here) == "0 to 2"
    assert await newest(database, here, turns[3].seq) == "0 to 2"
    assert await newest(database, here, turns[2].seq) == "0 and 1"
    assert await newest(database, here, turns[1].seq) == ""
    async with database.transaction() as tx:
        assert await tx.summaries.text(second.id) == "0 to 2"


@pytest.mark.parametrize("change", [undo, erase, forget, answer_anew, choose])
async def test_a_summary_goes_with_what_it_stands_for_and_takes_those_built_on_it_along(
    database: Database, change: Change
) -> None:
    old, last = await answered(database, "old"), await answered(database, "last")
    here = old.conversation
    first = await summed(database, here, "old", upto=old)
    await summed(database, here, "old and last", upto=last, before=first)

    await change(database, last)

    assert await newest(database, here) == ("" if change is forget else "old")


async def test_what_is_erased_before_a_fork_is_gone_from_the_summaries_of_the_thread(
    database: Database,
) -> None:
    first, second = await answered(database, "1"), await answered(database, "2")
    await summed(database, first.conversation, "1", upto=first)
    async with database.transaction() as tx:
        thread = await tx.conversations.fork(first.conversation, THREAD, NOON)
    third = await answered(database, "3", place=THREAD)
    later = await answered(database, "4", place=channel_place(GENERAL))
    inherited = await newest(database, thread)
    await summed(database, thread, "1 to 3", upto=third)
    await summed(database, first.conversation, "1, 2 and 4", upto=later)

    await erase(database, later)
    after_later = await newest(database, thread)
    await erase(database, second)

    assert inherited == "1"
    assert after_later == "1 to 3"  # the thread does not read what came after it had begun
    assert await newest(database, thread) == await newest(database, first.conversation) == "1"


async def test_nothing_is_kept_of_what_was_erased_while_it_was_summed_up(
    database: Database,
) -> None:
    first, second = await answered(database, "1"), await answered(database, "2")
    here = first.conversation
    before = await summed(database, here, "1", upto=first)
    async with database.transaction() as tx:
        [exchange, _] = await tx.messages.window(here, None, 2)
    await erase(database, first)

    async with database.transaction() as tx:
        late = await tx.summaries.put(
            here, "1 and 2", of=[exchange], upto_seq=second.seq, whole=True, before=before
        )
    await erase(database, second)
    async with database.transaction() as tx:
        later = await tx.summaries.put(
            here, "2", of=[exchange], upto_seq=second.seq, whole=True, before=None
        )

    assert late is later is None
    assert await newest(database, here) == ""


@pytest.mark.parametrize("erased", [0, 1])
async def test_an_erasure_beside_a_summary_that_is_being_kept_leaves_none(
    database: Database, erased: int
) -> None:
    turns = [await answered(database, str(number)) for number in range(2)]
    here = turns[0].conversation
    before = await summed(database, here, "0", upto=turns[0])
    written = asyncio.Event()

    async def erase_meanwhile() -> None:
        await written.wait()
        await erase(database, turns[erased])

    erasing = asyncio.ensure_future(erase_meanwhile())
    async with database.transaction() as tx:
        of = await tx.messages.window(here, None, 1)
        kept = await tx.summaries.put(
            here, "0 and 1", of=of, upto_seq=turns[1].seq, whole=True, before=before
        )
        written.set()
        for _ in range(20):  # round trips in which the erasure gets as far as it can
            await tx.summaries.newest(here)
    await erasing

    assert kept
    assert await newest(database, here) == ("0" if erased else "")
