"""A conversation that has outgrown the window goes on with a summary of what was before."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from typing_extensions import override

from bot.ai.tokens import request_tokens
from bot.domain.calls import Record, unrecorded
from bot.domain.chat import ChatEvent, ChatRequest, Delta
from bot.domain.conversations import (
    Answering,
    HistoryShortened,
    HistorySummed,
    TurnState,
    TurnView,
    channel_place,
)
from bot.domain.errors import ContextLengthError, RateLimitedError, ServerFaultError
from bot.domain.ids import ChannelId
from bot.domain.storage import OwnerId
from bot.services.api_calls import ERASED, NOT_FOR_YOU, ApiCalls, Viewer
from bot.services.conversations import Conversations
from bot.services.conversations._summing import LONGEST, REST
from bot.services.conversations._window import GO_ON, RECALL, SUM_UP, WINDOW_TOKENS
from sandbox.clock import HandClock
from storage.database import Database
from storage.tables import metadata
from tests.doors import a_door
from tests.factories import ADA, BEN, GENERAL, a_presser, a_question, a_source
from tests.fakes import FakeChatModel, an_answer, finished
from tests.services.test_conversations import ended

PLACE = channel_place(GENERAL)
SECRET = "Zanzibar"


class SummingModel(FakeChatModel):
    """Numbers its summaries, and answers everything else with "Yes."."""

    def __init__(self) -> None:
        super().__init__()
        self.sums: list[ChatRequest] = []
        self.asked: list[ChatRequest] = []
        self.fails: Exception | None = None
        self.says = "Summary"
        self.sum_events: list[ChatEvent | Exception] | None = None
        self.while_summing: Callable[[], Awaitable[None]] | None = None
        self.while_answering: Callable[[], Awaitable[None]] | None = None
        self.limit: int | None = None
        self.answers: list[Sequence[ChatEvent | Exception]] = []

    @override
    async def answer(
        self, request: ChatRequest, record: Record = unrecorded
    ) -> AsyncGenerator[ChatEvent, None]:
        if request.messages[-1].content == SUM_UP:
            self.sums.append(request)
            said = f"{self.says} {len(self.sums)}"
            whole = [Delta(choice=0, text=said), self.fails or finished()]
            self.play(self.sum_events if self.sum_events is not None else whole)
            if self.while_summing:
                await self.while_summing()
        else:
            self.asked.append(request)
            too_long = self.limit and request_tokens(request.messages) > self.limit
            answer = self.answers.pop(0) if self.answers else an_answer("Yes.")
            self.play([ContextLengthError(limit=self.limit)] if too_long else answer)
            if self.while_answering:
                await self.while_answering()
        async with aclosing(super().answer(request, record)) as events:
            async for event in events:
                yield event


@pytest.fixture
def model() -> SummingModel:
    return SummingModel()


async def asked(
    conversations: Conversations, clock: HandClock, text: str, **changes: Any
) -> TurnView:
    view = await ended(await conversations.ask(a_question(text=text, **changes)))
    await clock.advance(60)
    return view


async def grown(
    conversations: Conversations, clock: HandClock, model: SummingModel, *, begin: int = 0
) -> TurnView:
    """Questions of a tenth of the window each, until one is answered with a new summary."""
    before = len(model.sums)
    for number in range(begin, begin + 30):
        view = await asked(conversations, clock, f"{number}: " + "word " * 1600)
        if len(model.sums) > before:
            return view
    raise AssertionError("no summary in 30 questions")


def contents(request: ChatRequest) -> list[str]:
    return [str(each.content) for each in request.messages]


def numbers(request: ChatRequest) -> list[int]:
    """Of the questions in a request."""
    return [int(each.split(":")[0]) for each in contents(request)[::2] if each[0].isdigit()]


async def everything(database: Database) -> str:
    """Every cell of every table, as one text."""
    async with database.transaction() as tx:
        rows = [
            tuple(row)
            for table in metadata.sorted_tables
            for row in await tx.statements.execute(sa.select(table))
        ]
    return repr(rows)


@pytest.mark.parametrize("seed", [1, 2])
async def test_however_long_it_gets_each_exchange_is_sent_or_summed_up_and_pairs_stay_whole(
    conversations: Conversations, clock: HandClock, model: SummingModel, seed: int
) -> None:
    sized = random.Random(seed)  # noqa: S311  not for secrets
    sizes = [sized.randint(1, 1800) for _ in range(40)]
    covered = 0
    for number, size in enumerate(sizes):
        view = await asked(conversations, clock, f"{number}: " + "word " * size)

        for notice in view.notices:
            assert isinstance(notice, HistorySummed)
            assert notice.whole
            covered = notice.exchanges
        request = model.asked[-1]
        roles = [each.role for each in request.messages]
        assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]
        assert numbers(request) == list(range(covered, number + 1))
        assert (contents(request)[:2] == [RECALL, f"Summary {len(model.sums)}"]) == (covered > 0)
        assert request_tokens(request.messages) <= WINDOW_TOKENS + 100

    assert 2 <= len(model.sums) <= sum(sizes) / (WINDOW_TOKENS / 4)
    for earlier, later in zip(model.sums, model.sums[1:], strict=False):
        assert contents(later)[:2] == [RECALL, f"Summary {model.sums.index(earlier) + 1}"]
        assert numbers(later)[0] == numbers(earlier)[-1] + 1
        assert request_tokens(later.messages) <= WINDOW_TOKENS * 1.1
    page = await conversations.history(PLACE, before=None, limit=100)
    assert (len(page.exchanges), page.total, page.summed) == (40, 40, covered)
    exported = await conversations.export(PLACE, "jsonl")
    assert len(orjson.loads(exported.data)["messages"]) == 80


async def test_where_no_summary_can_be_had_the_answer_comes_with_a_shorter_window(
    conversations: Conversations, clock: HandClock, model: SummingModel
) -> None:
    model.fails = ServerFaultError()

    view = await grown(conversations, clock, model)
    resting = [await asked(conversations, clock, "and?") for _ in range(REST - 1)]
    tries = len(model.sums)
    model.fails = None
    again = await asked(conversations, clock, "and now?")

    assert (view.state, view.texts) == (TurnState.DONE, ("Yes.",))
    assert isinstance(view.notices[0], HistoryShortened)
    assert isinstance(resting[-1].notices[0], HistoryShortened)
    assert tries == 1  # not for every question, since it costs
    assert [type(each) for each in again.notices] == [HistorySummed]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([finished()], id="empty"),
        pytest.param([Delta(choice=0, text="x" * (LONGEST + 1)), finished()], id="endless"),
        pytest.param([Delta(choice=0, text="I can't"), finished("content_filter")], id="refused"),
        pytest.param([Delta(choice=0, text="Half a"), RateLimitedError()], id="cut"),
    ],
)
async def test_what_is_no_summary_is_not_kept(
    conversations: Conversations,
    clock: HandClock,
    model: SummingModel,
    said: list[ChatEvent | Exception],
) -> None:
    model.sum_events = said

    view = await grown(conversations, clock, model)

    assert view.texts == ("Yes.",)
    assert [type(each) for each in view.notices] == [HistoryShortened]
    page = await conversations.history(PLACE, before=None, limit=1)
    assert page.summed == 0


async def test_a_summary_stands_in_one_place_and_is_gone_with_what_it_stands_for(
    conversations: Conversations, clock: HandClock, model: SummingModel, database: Database
) -> None:
    model.says = SECRET
    source = a_source()
    await asked(conversations, clock, "0: where?", source=source)
    await grown(conversations, clock, model, begin=1)
    view = await grown(conversations, clock, model, begin=31)
    log = ApiCalls(database, base_url="http://sandbox/v1")
    ada = Viewer(user=ADA, operator=False, channel=GENERAL)
    before = await everything(database)
    sums = await log.show(view.turn.id, 1, ada)
    mine = await log.show(view.turn.id, None, ada)
    theirs = await log.show(view.turn.id, None, replace(ada, user=BEN))

    await conversations.question_deleted(source)

    assert before.count(f"{SECRET} 1") == before.count(f"{SECRET} 2") == 1
    assert sums.exchange.request["messages"][1]["content"] == f"{SECRET} 1"
    assert sums.exchange.response["choices"][0]["message"]["content"] == f"{SECRET} 2"
    assert mine.exchange.request["messages"][1]["content"] == f"{SECRET} 2"
    assert theirs.exchange.request["messages"][1]["content"] == NOT_FOR_YOU
    assert SECRET not in await everything(database)
    gone = await log.show(view.turn.id, 1, ada)
    assert gone.exchange.response["choices"][0]["message"]["content"] == ERASED
    page = await conversations.history(PLACE, before=None, limit=1)
    assert page.summed == 0
    assert (await asked(conversations, clock, "go on")).state is TurnState.DONE


async def test_what_is_erased_while_it_is_summed_up_is_in_no_summary(
    conversations: Conversations, clock: HandClock, model: SummingModel, database: Database
) -> None:
    model.says = SECRET
    source = a_source()

    async def erase() -> None:
        await conversations.question_deleted(source)

    model.while_summing = erase
    await asked(conversations, clock, "0: where?", source=source)

    view = await grown(conversations, clock, model, begin=1)

    assert [type(each) for each in view.notices] == [HistoryShortened]
    assert RECALL not in contents(model.asked[-1])
    assert SECRET not in await everything(database)


async def test_stop_ends_a_summary_too(
    conversations: Conversations, clock: HandClock, model: SummingModel, database: Database
) -> None:
    for number in range(9):
        await asked(conversations, clock, f"{number}: " + "word " * 1600)
    summing, never = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        summing.set()
        await never.wait()

    model.while_summing = wait
    live = await conversations.ask(a_question(text="word " * 1600))
    assert live
    await summing.wait()
    await conversations.stop(live.snapshot().turn.id, a_presser())
    view = await ended(live)

    assert (view.state, view.texts) == (TurnState.STOPPED, ("",))
    async with database.transaction() as tx:
        assert await tx.ledger.orphans(OwnerId(0)) == ()


async def test_a_summary_whose_process_died_before_the_answer_serves_the_next_one(
    conversations: Conversations, clock: HandClock, model: SummingModel, database: Database
) -> None:
    answering, never = asyncio.Event(), asyncio.Event()

    async def die() -> None:
        if model.sums:
            answering.set()
            await never.wait()

    model.while_answering = die
    for number in range(9):
        await asked(conversations, clock, f"{number}: " + "word " * 1600)
    live = await conversations.ask(a_question(text="9: " + "word " * 1600))
    assert live
    await answering.wait()
    await conversations.close(limit_s=0)
    model.while_answering = None
    calls = a_door(database, clock)
    restarted = Conversations(
        database=database, model=model, default_model="sandbox-chat", clock=clock, calls=calls
    )

    view = await ended(await restarted.retry(live.snapshot().turn.id, a_presser()))

    assert view.state is TurnState.DONE
    assert len(model.sums) == 1
    assert contents(model.asked[-1])[:2] == [RECALL, "Summary 1"]
    await restarted.close(limit_s=0)


async def test_an_older_question_is_asked_again_with_what_came_before_it_alone(
    conversations: Conversations, clock: HandClock, model: SummingModel
) -> None:
    views = [
        await asked(conversations, clock, f"{number}: " + "word " * 1600) for number in range(10)
    ]
    assert len(model.sums) == 1

    await ended(await conversations.retry(views[2].turn.id, a_presser()))
    again = numbers(model.asked[-1]), RECALL in contents(model.asked[-1])
    after = await asked(conversations, clock, "10: and?")

    assert again == ([0, 1, 2], False)
    assert [type(each) for each in after.notices] == [HistorySummed]  # of the new answer
    assert contents(model.asked[-1])[:2] == [RECALL, "Summary 2"]


async def test_fresh_questions_threads_and_small_models_have_what_they_need(
    conversations: Conversations, clock: HandClock, model: SummingModel
) -> None:
    await grown(conversations, clock, model)
    await asked(conversations, clock, "fresh", answering=Answering(fresh=True))
    fresh = contents(model.asked[-1])
    thread = channel_place(ChannelId(301))
    await conversations.fork(PLACE, thread)
    await asked(conversations, clock, "99: in the thread", place=thread)
    in_thread = contents(model.asked[-1])
    model.limit = 2_000
    small = await asked(conversations, clock, "98: here")

    assert fresh == ["fresh"]
    assert in_thread[:2] == [RECALL, "Summary 1"]
    assert in_thread[-1] == "99: in the thread"
    assert small.texts == ("Yes.",)
    assert contents(model.asked[-1]) == [RECALL, "Summary 1", "fresh", "Yes.", "98: here"]
    assert len(model.sums) == 1


async def test_an_answer_behind_a_summary_goes_on_where_it_stopped(
    conversations: Conversations, clock: HandClock, model: SummingModel
) -> None:
    """The summary still stands in front; the answer so far and the wish to go on come last."""
    await grown(conversations, clock, model)
    cut = replace(finished(), finish_reasons={0: "length"})
    model.answers = [[Delta(choice=0, text="Half "), cut], an_answer("and half.")]
    view = await asked(conversations, clock, "And?")

    whole = await ended(await conversations.go_on(view.turn.id, 1, 0, a_presser()))

    request = contents(model.asked[-1])
    before = contents(model.asked[-2])
    assert whole.texts == ("Half and half.",)
    assert request[:2] == [RECALL, "Summary 1"]
    assert request == [*before, "Half ", GO_ON]
    assert len(model.sums) == 1
