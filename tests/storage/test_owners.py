"""Turns belong to a process: nobody else ends them while it lives, somebody does once it died."""

import asyncio
from contextlib import AsyncExitStack

import pytest
import sqlalchemy as sa

from bot.domain.conversations import TurnState, channel_place
from bot.domain.errors import LeaseLostError
from bot.domain.ids import ChannelId, ConversationId
from sandbox.clock import HandClock
from storage.database import Database
from tests.factories import NOON, a_question
from tests.storage.asking import (
    an_outcome,
    answered,
    asked,
    asked_again,
    claimed,
    ended_again,
    finished,
    now,
)

ELSEWHERE = channel_place(ChannelId(301))


async def orphans_of_the_dead(database: Database) -> list[int]:
    async with database.transaction() as tx:
        return [turn.id for turn in await tx.turns.interrupt_orphans(database.owner)]


async def unshown(database: Database, limit: int = 100) -> list[int]:
    async with database.transaction() as tx:
        return [turn.id for turn in await tx.turns.unshown(database.owner, limit)]


async def test_what_a_dead_process_left_is_interrupted_once(url: str, clock: HandClock) -> None:
    async with Database.open(url, clock=clock) as dead:
        running, queued = await asked(dead), await asked(dead)
        await claimed(dead, running)
        done = await answered(dead, place=ELSEWHERE)
        assert await orphans_of_the_dead(dead) == []

    async with Database.open(url, clock=clock) as database:
        assert await orphans_of_the_dead(database) == [running.id, queued.id]
        assert await orphans_of_the_dead(database) == []

        assert (await now(database, running)).state is TurnState.INTERRUPTED
        assert (await now(database, queued)).state is TurnState.INTERRUPTED
        assert (await now(database, done)).state is TurnState.DONE
        async with database.transaction() as tx:
            [attempt] = await tx.turns.attempts(running.id)
            assert attempt.state is TurnState.INTERRUPTED
            assert await tx.turns.attempts(queued.id) == ()
        ended = await ended_again(database, running, an_outcome("Here it is."))
        assert (ended.state, ended.attempt) == (TurnState.DONE, 2)


async def test_an_interrupted_retry_gives_the_turn_back(url: str, clock: HandClock) -> None:
    async with Database.open(url, clock=clock) as dead:
        running = await answered(dead, "First.")
        await asked_again(dead, running)
        await claimed(dead, running)

    async with Database.open(url, clock=clock) as database:
        assert await orphans_of_the_dead(database) == [running.id]

        back = await now(database, running)
        assert (back.state, back.attempt, back.attempts) == (TurnState.DONE, 1, 2)
        assert await unshown(database) == [running.id]


async def test_ends_that_nobody_saw_are_taken_over_and_shown_once(
    url: str, clock: HandClock
) -> None:
    async with Database.open(url, clock=clock) as dead:
        unseen, seen = await answered(dead), await answered(dead)
        async with dead.transaction() as tx:
            await tx.turns.shown(seen.id)
        assert await unshown(dead) == [unseen.id]  # its own, too

    async with Database.open(url, clock=clock) as database:
        later = await answered(database)
        assert await unshown(database, limit=1) == [unseen.id]
        assert await unshown(database) == [unseen.id, later.id]
        async with database.transaction() as tx:
            await tx.turns.shown(unseen.id)
        assert await unshown(database) == [later.id]


async def test_what_is_asked_again_has_to_be_shown_again(database: Database) -> None:
    turn = await answered(database)
    async with database.transaction() as tx:
        await tx.turns.shown(turn.id)
    await asked_again(database, turn)

    async with database.transaction() as tx:
        await tx.turns.shown(turn.id)  # too late: of the attempt before
    await claimed(database, turn)
    await finished(database, turn, an_outcome("Again."))

    assert await unshown(database) == [turn.id]


async def test_a_living_process_keeps_its_turns(postgresql_url: str, clock: HandClock) -> None:
    async with (
        Database.open(postgresql_url, clock=clock) as one,
        Database.open(postgresql_url, clock=clock) as other,
    ):
        running, ended = await asked(one), await answered(one, place=ELSEWHERE)
        await claimed(one, running)

        assert await orphans_of_the_dead(other) == []
        assert await unshown(other) == []
        assert await unshown(one) == [ended.id]
        with pytest.raises(LeaseLostError):
            await finished(other, running, an_outcome("Not mine."))


async def test_a_process_whose_lease_is_over_loses_its_turns_though_it_holds_its_lock(
    postgresql_url: str, clock: HandClock
) -> None:
    async with (
        Database.open(postgresql_url, clock=clock) as silent,
        Database.open(postgresql_url, clock=clock) as other,
    ):
        lost, renewed = await asked(silent), await asked(silent, place=ELSEWHERE)
        await claimed(silent, lost)
        async with other.transaction() as tx:
            await tx.statements.execute(sa.text("UPDATE turns SET lease_until = 0"))
        await silent.renew()
        async with other.transaction() as tx:
            await tx.statements.execute(
                sa.text("UPDATE turns SET lease_until = 0 WHERE id = :id").bindparams(id=lost.id)
            )

        assert await orphans_of_the_dead(other) == [lost.id]
        assert (await now(other, renewed)).state is TurnState.QUEUED
        with pytest.raises(LeaseLostError):
            await finished(silent, lost, an_outcome("Too late."))
        async with other.transaction() as tx:
            assert await tx.messages.answers(lost.id, 1) == ()


async def test_a_lost_lock_is_taken_again(postgresql_url: str, clock: HandClock) -> None:
    held = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
    cut = sa.text(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
        " WHERE locktype = 'advisory' AND granted"
    )
    async with (
        Database.open(postgresql_url, clock=clock) as one,
        AsyncExitStack() as stack,
    ):
        turn = await asked(one)
        async with one.transaction() as tx:
            await tx.statements.execute(cut)
            assert await tx.statements.scalar(held) == 0
        await one.renew()
        other = await stack.enter_async_context(Database.open(postgresql_url, clock=clock))

        async with other.transaction() as tx:
            assert await tx.statements.scalar(held) == 2
        assert await orphans_of_the_dead(other) == []
        assert (await now(other, turn)).state is TurnState.QUEUED


async def test_the_next_turn_is_claimed_by_the_process_that_accepted_it(
    postgresql_url: str, clock: HandClock
) -> None:
    async with (
        Database.open(postgresql_url, clock=clock) as one,
        Database.open(postgresql_url, clock=clock) as other,
    ):
        first, second = await asked(one), await asked(other)

        assert await claimed(other, first) is None  # its own is only second
        assert await claimed(one, first) is not None
        assert await claimed(other, second) is None
        await finished(one, first, an_outcome("Yes."))
        turn = await claimed(other, second)
        assert turn is not None
        assert turn.id == second.id


async def test_a_stop_reaches_the_process_that_answers(
    postgresql_url: str, clock: HandClock
) -> None:
    async with (
        Database.open(postgresql_url, clock=clock) as one,
        Database.open(postgresql_url, clock=clock) as other,
    ):
        turn = await asked(one)
        await claimed(one, turn)
        async with other.transaction() as tx:
            await tx.turns.request_stop(turn.id)

        async with one.transaction() as tx:
            assert await tx.turns.stop_requested(one.owner) == (turn.id,)


async def test_processes_that_race_for_a_conversation_never_run_two_turns_of_it(
    postgresql_url: str, clock: HandClock
) -> None:
    questions = 12
    async with AsyncExitStack() as stack:
        processes = [
            await stack.enter_async_context(Database.open(postgresql_url, clock=clock))
            for _ in range(3)
        ]
        turns = await asyncio.gather(*(asked(processes[number % 3]) for number in range(questions)))
        done: list[int] = []

        async def work(process: Database) -> None:
            while len(done) < questions:
                turn = await claimed(process, turns[0])
                if turn is not None:
                    async with process.transaction() as tx:
                        running = sa.text("SELECT count(*) FROM turns WHERE state = 'running'")
                        assert await tx.statements.scalar(running) == 1
                    ended = await finished(process, turn, an_outcome("Yes."))
                    done.append(ended.seq)

        await asyncio.gather(*(work(process) for process in processes for _ in range(3)))

    assert done == list(range(1, questions + 1))


async def test_where_the_index_refuses_a_second_running_turn_the_claim_is_none(
    postgresql_url: str, clock: HandClock
) -> None:
    """The loser saw no running turn when it began, and the winner had not committed."""
    async with (
        Database.open(postgresql_url, clock=clock) as one,
        Database.open(postgresql_url, clock=clock) as other,
    ):
        first, second = await asked(one), await asked(other)
        async with one.transaction() as tx:
            # Out of its turn: both claims are for different rows, and only the index is left.
            await tx.statements.execute(
                sa.text("UPDATE turns SET ticket = 100 WHERE id = :id").bindparams(id=first.id)
            )
        async with one.transaction() as tx:
            await tx.statements.execute(
                sa.text("UPDATE turns SET state = 'running' WHERE id = :id").bindparams(id=first.id)
            )
            losing = asyncio.ensure_future(_claim_and_go_on(other, second.conversation))
            waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            while not await tx.statements.scalar(waiting):
                pass  # each look gives the other a turn

        assert await losing is True


async def _claim_and_go_on(database: Database, conversation: ConversationId) -> bool:
    async with database.transaction() as tx:
        refused = await tx.turns.claim(conversation, database.owner) is None
        await tx.intake.add(a_question().source, "chat", NOON)  # the transaction is still good
        return refused
