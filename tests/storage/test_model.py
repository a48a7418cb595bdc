"""Any sequence of steps leaves both databases as a few lists in memory say."""

import asyncio
import os
from collections.abc import AsyncGenerator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    precondition,
    rule,
    run_state_machine_as_test,
)
from typing_extensions import override

from bot.domain.chat import TextPart
from bot.domain.conversations import Summary, TurnState, channel_place
from bot.domain.errors import BotError, LeaseLostError, TurnNotFoundError, TurnRunningError
from bot.domain.ids import (
    ChannelId,
    ConversationId,
    PlaceKey,
    SourceId,
    SummaryId,
    TurnId,
    UserId,
)
from sandbox.clock import HandClock
from storage.database import Database
from storage.tables import attempts, messages, summaries, turns
from storage.transaction import Transaction
from tests.factories import ADA, BEN, NOON, a_question, a_source
from tests.storage.asking import an_outcome

EXAMPLES = int(os.environ.get("SWITCHBOARD_EXAMPLES", "40"))
PLACES = [channel_place(ChannelId(300)), channel_place(ChannelId(301))]
QUEUED, RUNNING = TurnState.QUEUED, TurnState.RUNNING
ENDS = [TurnState.DONE, TurnState.STOPPED, TurnState.FAILED, TurnState.INTERRUPTED]
T = TypeVar("T")


@dataclass
class KnownTurn:
    id: TurnId
    source: SourceId
    conversation: ConversationId
    seq: int
    asker: UserId
    state: TurnState = QUEUED
    tries: list[tuple[TurnState, tuple[str, ...]]] = field(default_factory=list)
    chosen: tuple[int, int] = (0, 0)  # attempt, choice

    def end(self, state: TurnState, texts: tuple[str, ...] = ()) -> None:
        before = self.tries[self.chosen[0] - 1][0] if self.chosen[0] else None
        if not (state.live and texts) and before is not None and before.live:
            self.state = before
        else:
            self.state, self.chosen = state, (len(self.tries), 0)

    @property
    def answer(self) -> str | None:
        attempt, choice = self.chosen
        if not self.state.live or attempt == 0:
            return None
        texts = self.tries[attempt - 1][1]
        return texts[choice] if choice < len(texts) else None


@dataclass
class KnownSummary:
    """What a summary was made of: attempt and choice of each answer up to `upto_seq`."""

    conversation: ConversationId
    upto_seq: int
    exchanges: int
    answers: dict[TurnId, tuple[int, int]]


class Chats(RuleBasedStateMachine):
    """One database for all examples; each has its turns removed at the end."""

    url = ""
    runner: asyncio.Runner

    known = Bundle("known")

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[KnownTurn] = []
        self.queue: list[KnownTurn] = []
        self.current: dict[PlaceKey, ConversationId] = {}
        self.conversations: dict[ConversationId, PlaceKey] = {}
        self.summaries: dict[SummaryId, KnownSummary] = {}
        self.stack = AsyncExitStack()
        self.database = self.run(self.opened())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def opened(self) -> Database:
        return await self.stack.enter_async_context(Database.open(self.url, clock=HandClock(NOON)))

    @asynccontextmanager
    async def tx(self) -> AsyncGenerator[Transaction, None]:
        async with self.database.transaction() as tx:
            yield tx

    @override
    def teardown(self) -> None:
        async def remove() -> None:
            async with self.tx() as tx:
                kept = ("messages", "attempts", "turns", "summaries", "conversations", "places")
                for table in (*kept, "intake"):
                    await tx.statements.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608
            await self.stack.aclose()

        try:
            self.is_as_known()
        finally:
            self.run(remove())

    def enter(self, place: PlaceKey, conversation: ConversationId) -> None:
        self.current[place] = conversation
        self.conversations[conversation] = place

    @rule(target=known, place=st.sampled_from(PLACES), asker=st.sampled_from([ADA, BEN]))
    def ask(self, place: PlaceKey, asker: UserId) -> KnownTurn:
        question = a_question(place=place)

        async def accept() -> KnownTurn:
            async with self.tx() as tx:
                conversation = await tx.conversations.open(place, NOON)
                assert self.current.setdefault(place, conversation) == conversation
                self.enter(place, conversation)
                author = type(question.author)(user=asker, name="somebody")
                asked = a_question(source=question.source, place=place, author=author)
                turn = await tx.turns.accept(asked, conversation, self.database.owner)
                assert turn is not None
                assert turn.place == place
                return KnownTurn(turn.id, turn.source, conversation, turn.seq, asker)

        before = self.run(self.summed())
        turn = self.run(accept())
        assert self.run(self.summed()) == before  # a question takes no summary away
        assert all(
            turn.seq > one.seq for one in self.turns if one.conversation == turn.conversation
        )
        self.turns.append(turn)
        self.queue.append(turn)
        return turn

    @rule(turn=known)
    def replay(self, turn: KnownTurn) -> None:
        async def accept() -> object:
            async with self.tx() as tx:
                question = a_question(source=turn.source)
                return await tx.turns.accept(question, turn.conversation, self.database.owner)

        assert self.run(accept()) is None

    @rule(turn=known)
    def claim(self, turn: KnownTurn) -> None:
        async def claim() -> TurnId | None:
            async with self.tx() as tx:
                found = await tx.turns.claim(turn.conversation, self.database.owner)
                return found and found.id

        mine = [one for one in self.turns if one.conversation == turn.conversation]
        waiting = [one for one in self.queue if one in mine]
        busy = any(one.state is RUNNING for one in mine)
        expected = None if busy or not waiting else waiting[0]

        assert self.run(claim()) == (expected and expected.id)
        if expected is not None:
            self.queue.remove(expected)
            expected.state = RUNNING
            expected.tries.append((RUNNING, ()))

    @rule(
        turn=known,
        state=st.sampled_from(ENDS),
        texts=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    )
    def finish(self, turn: KnownTurn, state: TurnState, texts: tuple[str, ...]) -> None:
        async def finish() -> None:
            async with self.tx() as tx:
                outcome = an_outcome(*texts, state=state)
                await tx.turns.finish(turn.id, self.database.owner, outcome)

        if self.refused(finish(), LeaseLostError if turn.state is not RUNNING else None):
            return
        turn.tries[-1] = (state, texts)
        turn.end(state, texts)

    @rule(turn=known, first=st.sampled_from(ENDS), then=st.sampled_from(ENDS))
    def answer_and_retry(self, turn: KnownTurn, first: TurnState, then: TurnState) -> None:
        """Bring a conversation forward by many steps at once: most steps alone are refused."""
        self.answer_all(turn, first)
        if turn.state in ENDS:
            self.again(turn)
            self.answer_all(turn, then)

    def answer_all(self, turn: KnownTurn, state: TurnState) -> None:
        mine = [one for one in self.turns if one.conversation == turn.conversation]
        while any(one in self.queue or one.state is RUNNING for one in mine):
            self.claim(turn)
            [running] = [one for one in mine if one.state is RUNNING]
            self.finish(running, state, ("a", "b"))

    @rule(turn=known)
    def again(self, turn: KnownTurn) -> None:
        async def again() -> None:
            async with self.tx() as tx:
                owner = self.database.owner
                assert (
                    await tx.turns.again(
                        turn.id, owner, source=a_source(), kind="retry", token=None
                    )
                    is not None
                )

        refusal: type[BotError] | None = None
        if not turn.state.ended:
            refusal = TurnRunningError
        elif turn.state not in ENDS:
            refusal = TurnNotFoundError
        if not self.refused(again(), refusal):
            turn.state = QUEUED
            self.queue.append(turn)

    @rule(turn=known)
    def withdraw(self, turn: KnownTurn) -> None:
        async def withdraw() -> bool:
            async with self.tx() as tx:
                return await tx.turns.withdraw(turn.id, self.database.owner) is not None

        assert self.run(withdraw()) == (turn in self.queue)
        if turn in self.queue:
            self.queue.remove(turn)
            chosen = turn.chosen[0]
            turn.state = turn.tries[chosen - 1][0] if chosen else TurnState.STOPPED

    @rule(turn=known, attempt=st.integers(1, 3), choice=st.integers(0, 2))
    def choose(self, turn: KnownTurn, attempt: int, choice: int) -> None:
        async def choose() -> None:
            async with self.tx() as tx:
                await tx.turns.choose(turn.id, attempt, choice)

        tries = turn.tries[attempt - 1 : attempt]
        there = turn.state.live and bool(tries) and tries[0][0].live and choice < len(tries[0][1])
        refusal: type[BotError] | None = None
        if not turn.state.ended:
            refusal = TurnRunningError
        elif not there:
            refusal = TurnNotFoundError
        if not self.refused(choose(), refusal):
            turn.state, turn.chosen = tries[0][0], (attempt, choice)

    @rule(turn=known, by=st.sampled_from([ADA, BEN, None]))
    def undo(self, turn: KnownTurn, by: UserId | None) -> None:
        async def undo() -> TurnId | None:
            async with self.tx() as tx:
                found = await tx.turns.undo(turn.conversation, by, self.database.owner)
                return found and found.id

        live = [
            one for one in self.turns if one.conversation == turn.conversation and one.state.live
        ]
        newest = max(live, key=lambda one: one.seq, default=None)
        if newest is not None and by not in (None, newest.asker):
            newest = None
        assert self.run(undo()) == (newest and newest.id)
        if newest is not None:
            newest.state = TurnState.UNDONE

    @rule(turn=consumes(known))
    def erase(self, turn: KnownTurn) -> None:
        async def erase() -> None:
            async with self.tx() as tx:
                assert await tx.turns.erase_question(turn.source, self.database.owner) is not None

        self.run(erase())
        turn.state = TurnState.ERASED
        if turn in self.queue:
            self.queue.remove(turn)

    @rule(place=st.sampled_from(PLACES))
    def begin(self, place: PlaceKey) -> None:
        async def begin() -> ConversationId:
            async with self.tx() as tx:
                return await tx.conversations.begin(place, NOON)

        fresh = self.run(begin())
        assert fresh not in self.conversations
        self.enter(place, fresh)

    @rule(turn=known, place=st.sampled_from(PLACES))
    def resume(self, turn: KnownTurn, place: PlaceKey) -> None:
        async def resume() -> bool:
            async with self.tx() as tx:
                return await tx.conversations.resume(place, turn.conversation)

        of_this_place = self.conversations[turn.conversation] == place
        assert self.run(resume()) == of_this_place
        if of_this_place:
            self.current[place] = turn.conversation

    @rule(turn=known, newest_kept=st.integers(0, 2))
    def sum_up(self, turn: KnownTurn, newest_kept: int) -> None:
        """All but the newest exchanges, with the summary before, once all are answered."""
        conversation = turn.conversation
        self.answer_all(turn, TurnState.DONE)

        async def put() -> Summary | None:
            async with self.tx() as tx:
                before = await tx.summaries.newest(conversation)
                window = await tx.messages.window(conversation, None, 100)
                since = [each for each in window if not before or each.seq > before.upto_seq]
                of = since[newest_kept:]
                if not of:
                    return None
                made = await tx.summaries.put(
                    conversation, "in short", of=of, upto_seq=of[0].seq, whole=True, before=before
                )
                assert made is not None
                assert await tx.summaries.newest(conversation) == made
                return made

        made = self.run(put())
        if made is not None:
            answers = self.remembered(conversation, made.upto_seq)
            if not self.changing(conversation, made.upto_seq):
                assert made.exchanges == len(answers)
            self.summaries[made.id] = KnownSummary(
                conversation, made.upto_seq, made.exchanges, answers
            )

    def remembered(
        self, conversation: ConversationId, upto_seq: int
    ) -> dict[TurnId, tuple[int, int]]:
        """The attempt and choice of each that is."""
        return {
            turn.id: turn.chosen
            for turn in self.turns
            if turn.conversation == conversation
            and turn.seq <= upto_seq
            and turn.answer is not None
        }

    def changing(self, conversation: ConversationId, upto_seq: int) -> set[TurnId]:
        """Those that are being answered, perhaps once more: it shows at their end."""
        return {
            turn.id
            for turn in self.turns
            if turn.conversation == conversation and turn.seq <= upto_seq and not turn.state.ended
        }

    async def summed(self) -> set[SummaryId]:
        async with self.tx() as tx:
            rows = await tx.statements.execute(sa.select(summaries.c.id))
            return {SummaryId(row.id) for row in rows}

    @precondition(lambda self: any(not turn.state.ended for turn in self.turns))
    @rule()
    def restart(self) -> None:
        async def restart() -> set[TurnId]:
            await self.stack.aclose()
            self.database = await self.opened()
            async with self.tx() as tx:
                return {turn.id for turn in await tx.turns.interrupt_orphans(self.database.owner)}

        left = [turn for turn in self.turns if not turn.state.ended]
        assert self.run(restart()) == {turn.id for turn in left}
        for turn in left:
            if turn.state is RUNNING:
                turn.tries[-1] = (TurnState.INTERRUPTED, ())
            turn.end(TurnState.INTERRUPTED)
        self.queue.clear()

    def refused(self, work: Coroutine[Any, Any, None], refusal: type[BotError] | None) -> bool:
        """Run it; whether it was refused, which must be just as expected."""
        if refusal is None:
            self.run(work)
            return False
        with pytest.raises(refusal):
            self.run(work)
        return True

    @rule()
    def is_as_known(self) -> None:
        self.run(self.compare())

    async def compare(self) -> None:
        async with self.tx() as tx:
            query = sa.select(turns.c.id, turns.c.seq, turns.c.state, turns.c.attempts)
            rows = await tx.statements.execute(query)
            assert {tuple(row) for row in rows} == {
                (turn.id, turn.seq, turn.state.value, len(turn.tries)) for turn in self.turns
            }
            for conversation in self.conversations:
                mine = [turn for turn in self.turns if turn.conversation == conversation]
                remembered = [turn for turn in mine if turn.answer is not None]
                window = await tx.messages.window(conversation, None, 100)
                assert [(one.turn, one.answer.parts) for one in window] == [
                    (turn.id, (TextPart(turn.answer or ""),)) for turn in reversed(remembered)
                ]
                waiting = [turn for turn in self.queue if turn in mine]
                if waiting:
                    running = sum(turn.state is RUNNING for turn in mine)
                    assert await tx.turns.ahead(waiting[-1].id) == len(waiting) - 1 + running
            for place, conversation in self.current.items():
                assert await tx.conversations.open(place, NOON) == conversation
            await self.compare_attempts(tx)
            await self.compare_summaries(tx)

    async def compare_summaries(self, tx: Transaction) -> None:
        """Each stands for what is remembered now: else it is gone."""
        rows = await tx.statements.execute(sa.select(summaries.c.id))
        for found in [SummaryId(row.id) for row in rows]:
            known = self.summaries[found]
            now = self.remembered(known.conversation, known.upto_seq)
            changing = self.changing(known.conversation, known.upto_seq)
            then = {turn: which for turn, which in known.answers.items() if turn not in changing}
            assert {turn: which for turn, which in now.items() if turn not in changing} == then

    async def compare_attempts(self, tx: Transaction) -> None:
        """Nothing is ever overwritten."""
        tried = sa.select(attempts.c.turn, attempts.c.n, attempts.c.state)
        erased = {turn.id for turn in self.turns if turn.state is TurnState.ERASED}
        found = {tuple(row) for row in await tx.statements.execute(tried) if row.turn not in erased}
        assert found == {
            (turn.id, number, state.value)
            for turn in self.turns
            for number, (state, _) in enumerate(turn.tries, start=1)
            if turn.id not in erased
        }
        count = sa.select(sa.func.count()).select_from(messages)
        assert await tx.statements.scalar(count) == sum(
            1 + sum(len(texts) for _, texts in turn.tries) for turn in self.turns
        )


def test_any_sequence_of_steps_leaves_what_is_expected(url: str) -> None:
    with asyncio.Runner() as runner:
        Chats.url, Chats.runner = url, runner
        run_state_machine_as_test(
            Chats,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=30,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
