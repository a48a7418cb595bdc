"""The paying door: nothing is called unpaid, and what was paid for is written down."""

import asyncio
import contextvars
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from typing_extensions import override

from bot.domain.calls import STOPPED, Caller, Cost, Estimate, Exchange, Operation
from bot.domain.chat import Usage
from bot.domain.conversations import Post, TurnState
from bot.domain.errors import (
    BudgetExceededError,
    BudgetScope,
    PriceUnknownError,
    TurnNotFoundError,
)
from bot.domain.ids import ChannelId, GuildId, MessageId, SummaryId, TurnId
from bot.services.api_calls import ApiCalls, Viewer
from bot.services.calls import Call, Calls, Kept, Prices, PricesError, ProcessRules
from bot.services.calls._kept import together
from bot.services.calls._prices import Amounts
from bot.services.conversations import Conversations
from sandbox.clock import HandClock
from storage.database import Database
from tests.doors import a_door
from tests.factories import ADA, BEN, GENERAL, NOON, a_question
from tests.fakes import FakeChatModel, an_answer
from tests.services.test_conversations import ended

PRICED = Prices({"sandbox-chat": {"input": 1.0, "output": 2.0}})  # USD per million tokens


def an_exchange(**changes: Any) -> Exchange:
    values: dict[str, Any] = {
        "operation": Operation.CHAT,
        "method": "POST",
        "path": "/chat/completions",
        "status": 200,
        "model": "sandbox-chat",
        "started_at": NOON,
        "usage": Usage(prompt=1_000, completion=500),
    }
    return Exchange(**{**values, **changes})


def capped(database: Database, clock: HandClock, **caps: int) -> Calls:
    return Calls(database=database, prices=PRICED, rules=ProcessRules(**caps), clock=clock)


async def test_a_thousand_calls_at_once_never_spend_more_than_the_budget(
    database: Database, clock: HandClock
) -> None:
    calls = capped(database, clock, total_month=10_000)
    refused = 0

    async def call(number: int) -> None:
        nonlocal refused
        caller = Caller(user=ADA if number % 2 else BEN)
        try:
            async with calls.paid(
                caller, Operation.CHAT, "sandbox-chat", Estimate(prompt=1_000, completion=500)
            ) as paid:
                paid.record(an_exchange())  # 2,000 microusd
        except BudgetExceededError:
            refused += 1

    await asyncio.gather(*(call(number) for number in range(1_000)))

    assert refused == 995
    async with database.transaction() as tx:
        assert await tx.ledger.spent(datetime(2026, 11, 1, tzinfo=UTC)) == 10_000
    [(_, state)] = await calls.states(Caller(user=ADA))
    assert (state.spent, state.reserved, state.left) == (10_000, 0, 0)


async def test_a_refusal_names_the_budget_what_is_left_and_when_there_is_more(
    database: Database, clock: HandClock
) -> None:
    calls = capped(database, clock, user_day=100)

    with pytest.raises(BudgetExceededError) as refused:
        await calls.reserve(
            Caller(user=ADA), Operation.CHAT, "sandbox-chat", Estimate(prompt=1_000)
        )

    error = refused.value
    assert (error.scope, error.cap, error.left) == (BudgetScope.USER_DAY, 100, 100)
    assert error.resets_at == datetime(2026, 11, 23, tzinfo=UTC)
    await calls.reserve(Caller(user=ADA), Operation.CHAT, "sandbox-chat", Estimate(prompt=10))


async def test_the_first_cap_of_a_period_knows_what_was_spent_before_it_was_set(
    database: Database, clock: HandClock
) -> None:
    before = capped(database, clock)
    async with before.paid(
        Caller(user=ADA), Operation.CHAT, "sandbox-chat", Estimate(prompt=1)
    ) as paid:
        paid.record(an_exchange())

    [(_, state)] = await capped(database, clock, user_day=5_000).states(Caller(user=ADA))

    assert state.spent == 2_000


async def test_a_call_that_was_refused_costs_nothing_and_still_has_its_row(
    database: Database, clock: HandClock
) -> None:
    calls = capped(database, clock, user_day=5_000)
    async with calls.paid(
        Caller(user=ADA, guild=GuildId(5)), Operation.CHAT, "sandbox-chat", Estimate(prompt=1_000)
    ) as paid:
        paid.record(an_exchange(status=429, usage=None, error="RateLimitedError"))
        paid.record(an_exchange(status=500, usage=None, error="ServerFaultError"))

    async with database.transaction() as tx:
        [row] = await tx.ledger.report(None, guild=GuildId(5))
    assert (row.calls, row.failed, row.microusd, row.unpriced) == (2, 2, 0, 0)
    [(_, state)] = await calls.states(Caller(user=ADA))
    assert (state.spent, state.reserved) == (0, 0)


async def test_an_answer_and_its_price_are_written_together(
    conversations: Conversations, model: FakeChatModel, database: Database
) -> None:
    model.play(an_answer("Hello there"))

    view = await ended(await conversations.ask(a_question(text="Hi?")))

    async with database.transaction() as tx:
        [row] = await tx.ledger.report(None, payer=ADA)
        [logged] = await tx.api_log.of_turn(view.turn.id)
    assert (row.operation, row.prompt, row.completion) == (Operation.CHAT, 12, 3)
    assert logged.exchange.request["messages"] == [
        {"role": "user", "content": {"$kept": [view.turn.id, 0, 0]}}
    ]
    assert "Hello there" not in str(logged.exchange.response)


async def test_an_answer_stops_where_the_budget_does(
    database: Database, clock: HandClock, model: FakeChatModel
) -> None:
    prices = Prices({"sandbox-chat": {"output": 1_000.0}})  # 4,096 tokens: 4.1 USD
    calls = Calls(
        database=database, prices=prices, rules=ProcessRules(user_day=5_000_000), clock=clock
    )
    conversations = Conversations(
        database=database, model=model, default_model="sandbox-chat", clock=clock, calls=calls
    )
    model.play(an_answer("word " * 20_000, pieces=50))

    view = await ended(await conversations.ask(a_question()))

    assert isinstance(view.error, BudgetExceededError)
    assert 4_096 * 4 < len(view.texts[0]) < 8_192 * 5
    [(_, state)] = await calls.states(Caller(user=ADA))
    assert state.reserved == 0
    await conversations.close(limit_s=0)


async def test_money_is_given_back_whenever_stop_falls_into_the_reservation(
    database: Database, clock: HandClock
) -> None:
    calls = capped(database, clock, user_day=1_000_000_000)
    for ticks in range(120):
        wanted = Estimate(completion=1_000)
        reserving = asyncio.ensure_future(
            calls.reserve(Caller(user=ADA), Operation.CHAT, "sandbox-chat", wanted)
        )
        for _ in range(ticks):
            await asyncio.sleep(0)  # noqa: TID251  a turn of the loop, no time
        reserving.cancel()
        [result] = await asyncio.gather(reserving, return_exceptions=True)
        if isinstance(result, Call):
            await calls.settled(result)

    [(_, state)] = await calls.states(Caller(user=ADA))
    assert (state.spent, state.reserved) == (0, 0)


async def test_what_the_database_could_not_settle_is_given_back_without_a_restart(
    database: Database, clock: HandClock
) -> None:
    calls = capped(database, clock, user_day=5_000)
    async with database.transaction() as tx:
        broken = "BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
        await tx.statements.execute(
            sa.text(f"CREATE TRIGGER broken BEFORE UPDATE ON ledger {broken}")
        )
    async with calls.paid(
        Caller(user=ADA), Operation.CHAT, "sandbox-chat", Estimate(prompt=4_000)
    ) as paid:
        paid.record(an_exchange())
    await calls.settle_orphans()  # it fails once more
    async with database.transaction() as tx:
        await tx.statements.execute(sa.text("DROP TRIGGER broken"))

    await calls.settle_orphans()

    [(_, state)] = await calls.states(Caller(user=ADA))
    assert (state.spent, state.reserved) == (2_000, 0)


async def test_what_is_under_way_while_somebody_erases_all_is_not_logged_after_it(
    database: Database, clock: HandClock
) -> None:
    calls = capped(database, clock)
    async with calls.paid(
        Caller(user=ADA), Operation.MODERATION, "sandbox-chat", Estimate()
    ) as paid:
        paid.record(an_exchange(request={"input": "something private"}))
        async with database.transaction() as tx:
            await tx.people.erase(
                ADA, database.owner, pictures=(), put_before=NOON, to_take_back=False
            )

    async with database.reading() as tx:
        stored = await tx.people.stored(ADA)
        [row] = await tx.ledger.report(None)
    assert (stored.logged, stored.calls) == (0, 0)
    assert row.calls == 1


async def test_what_was_cancelled_while_it_waited_to_be_settled_is_given_back(
    database: Database, clock: HandClock
) -> None:
    calls = capped(database, clock, user_day=5_000)
    call = await calls.reserve(
        Caller(user=ADA), Operation.CHAT, "sandbox-chat", Estimate(prompt=4_000)
    )
    async with database.transaction():  # one at a time
        settling = asyncio.get_running_loop().create_task(
            calls.settled(call), context=contextvars.Context()
        )
        await asyncio.sleep(0)  # noqa: TID251  a turn of the loop, no time
        settling.cancel()
        await asyncio.wait([settling])

    await calls.settle_orphans()

    [(_, state)] = await calls.states(Caller(user=ADA))
    assert (state.spent, state.reserved) == (0, 0)


async def test_prices_are_looked_up_in_one_thread_since_warnings_belong_to_all(
    database: Database, clock: HandClock, model: FakeChatModel
) -> None:
    found: set[int] = set()

    class Noting(Prices):
        @override
        def of(self, model: str, amounts: Amounts, *, at: datetime) -> int | None:
            found.add(threading.get_ident())
            return super().of(model, amounts, at=at)

    calls = Calls(database=database, prices=Noting({}), rules=ProcessRules(), clock=clock)
    conversations = Conversations(
        database=database, model=model, default_model="sandbox-chat", clock=clock, calls=calls
    )
    model.play(an_answer("A bus is a bus."))

    await ended(await conversations.ask(a_question()))
    async with calls.paid(Caller(user=ADA), Operation.CHAT, "sandbox-chat", Estimate()) as paid:
        paid.record(an_exchange())

    assert found == {threading.get_ident()}
    await conversations.close(limit_s=0)


async def test_what_is_reserved_is_enough_for_the_model_that_may_stand_in(
    database: Database, clock: HandClock
) -> None:
    calls = capped(database, clock, user_day=5_000)
    caller, wanted = Caller(user=ADA), Estimate(completion=1_000)

    call = await calls.reserve(
        caller, Operation.COMPLETION, "nobody-knows-me", wanted, instead=["sandbox-chat"]
    )
    await call.extend(wanted)

    [(_, state)] = await calls.states(caller)
    assert state.reserved == 4_000
    with pytest.raises(BudgetExceededError):
        await call.extend(wanted)
    await calls.settled(call)
    [(_, state)] = await calls.states(caller)
    assert (state.spent, state.reserved) == (0, 0)


async def test_a_model_that_was_chosen_has_a_known_price_itself_whatever_stands_in(
    database: Database, clock: HandClock
) -> None:
    calls = capped(database, clock, user_day=5_000)
    caller, wanted = Caller(user=ADA), Estimate(completion=1_000)

    with pytest.raises(PriceUnknownError):
        await calls.reserve(
            caller, Operation.COMPLETION, "ft:mine", wanted, instead=["sandbox-chat"], chosen=True
        )
    with pytest.raises(PriceUnknownError):
        await calls.reserve(
            caller,
            Operation.TRANSLATION,
            "ft:mine",
            wanted,
            together=[("sandbox-chat", wanted)],
            chosen=True,
        )
    calls.unknown_price = 5
    await calls.reserve(
        caller, Operation.COMPLETION, "ft:mine", wanted, instead=["sandbox-chat"], chosen=True
    )

    [(_, state)] = await calls.states(caller)
    assert state.reserved == 2_000


async def test_what_was_stopped_before_it_was_counted_costs_what_was_reserved(
    database: Database, clock: HandClock
) -> None:
    calls = capped(database, clock, user_day=10_000)
    async with calls.paid(
        Caller(user=ADA), Operation.IMAGE_GENERATION, "sandbox-chat", Estimate(completion=1_000)
    ) as paid:
        paid.record(an_exchange(status=None, usage=None, error=STOPPED))
    async with calls.paid(
        Caller(user=ADA), Operation.TRANSCRIPTION, "sandbox-chat", Estimate(completion=1_500)
    ) as paid:  # in two pieces, of which the second was stopped
        paid.record(an_exchange())
        paid.record(an_exchange(usage=None, error=STOPPED))

    [(_, state)] = await calls.states(Caller(user=ADA))
    assert (state.spent, state.reserved) == (2_000 + 3_000, 0)


UNKNOWN = {"status": None, "usage": None, "error": "UpstreamTimeoutError"}


@pytest.mark.parametrize(
    ("exchanges", "spent"),
    [
        pytest.param([UNKNOWN], 4_000, id="never answered"),
        pytest.param([{**UNKNOWN, "unmade": True}], 0, id="never reached"),
        pytest.param([{**UNKNOWN, "status": 200, "streamed": True}], 4_000, id="broke off"),
        pytest.param([UNKNOWN, {}], 4_000, id="lost, then made"),
        pytest.param([{}, UNKNOWN, UNKNOWN], 4_000, id="never more than was reserved"),
        pytest.param([{**UNKNOWN, "status": 503, "error": "ServerFaultError"}], 0, id="refused"),
    ],
)
async def test_what_may_have_been_charged_counts_as_what_was_reserved(
    database: Database, clock: HandClock, exchanges: list[dict[str, Any]], spent: int
) -> None:
    calls = capped(database, clock, user_day=10_000)
    async with calls.paid(
        Caller(user=ADA), Operation.IMAGE_GENERATION, "sandbox-chat", Estimate(completion=2_000)
    ) as paid:
        for each in exchanges:
            paid.record(an_exchange(**each))

    [(_, state)] = await calls.states(Caller(user=ADA))
    assert (state.spent, state.reserved) == (spent, 0)
    async with database.transaction() as tx:
        [row] = await tx.ledger.report(None)
    assert (row.microusd, row.unpriced) == (spent, 0)


async def test_our_own_count_of_several_requests_is_charged_once(
    database: Database, clock: HandClock
) -> None:
    calls = capped(database, clock, user_day=10_000)
    async with calls.paid(
        Caller(user=ADA), Operation.COMPLETION, "sandbox-chat", Estimate(completion=2_000)
    ) as paid:
        paid.likely = Usage(prompt=1_000, completion=500)
        for _ in range(3):  # one for each prompt, at a server that does not count
            paid.record(an_exchange(usage=None))

    [(_, state)] = await calls.states(Caller(user=ADA))
    assert state.spent == 2_000


async def test_a_call_without_a_known_price_is_refused_where_a_budget_binds(
    database: Database, clock: HandClock
) -> None:
    calls = capped(database, clock, user_day=10_000)
    wanted = Estimate(completion=10)

    with pytest.raises(PriceUnknownError) as refused:
        await calls.reserve(Caller(user=ADA), Operation.CHAT, "nobody-knows-me", wanted)

    assert refused.value.model == "nobody-knows-me"
    async with database.transaction() as tx:
        assert await tx.ledger.report(None) == ()
    free = a_door(database, clock)  # without a budget nobody minds
    await free.reserve(Caller(user=ADA), Operation.CHAT, "nobody-knows-me", wanted)


async def test_unknown_price_is_what_such_calls_count_in_budgets_and_nowhere_else(
    database: Database, clock: HandClock
) -> None:
    rules = ProcessRules(user_day=10_000)
    calls = Calls(database=database, prices=PRICED, rules=rules, clock=clock, unknown_price=4_000)
    model, caller, wanted = "nobody-knows-me", Caller(user=ADA), Estimate(completion=10)
    for refused in (False, True, False):
        async with calls.paid(caller, Operation.CHAT, model, wanted) as paid:
            paid.record(an_exchange(model=model, status=429 if refused else 200))

    with pytest.raises(BudgetExceededError):
        await calls.reserve(caller, Operation.CHAT, model, wanted)
    [(_, state)] = await calls.states(caller)
    assert (state.spent, state.reserved) == (8_000, 0)
    async with database.transaction() as tx:
        [row] = await tx.ledger.report(None)
    assert (row.microusd, row.unpriced) == (0, 2)


async def test_what_is_reserved_is_enough_for_calls_that_stand_in_together(
    database: Database, clock: HandClock
) -> None:
    calls = capped(database, clock, user_day=20_000)
    wanted = Estimate(completion=1_000)

    await calls.reserve(
        Caller(user=ADA),
        Operation.TRANSLATION,
        "sandbox-chat",
        wanted,
        together=(("sandbox-chat", wanted), ("sandbox-chat", Estimate(completion=4_000))),
    )

    [(_, state)] = await calls.states(Caller(user=ADA))
    assert state.reserved == 10_000


async def test_an_answer_that_is_erased_while_it_is_made_is_paid_for_and_not_logged(
    database: Database, clock: HandClock, model: FakeChatModel
) -> None:
    calls = capped(database, clock, user_day=100_000)
    conversations = Conversations(
        database=database, model=model, default_model="sandbox-chat", clock=clock, calls=calls
    )
    model.hold()
    live = await conversations.ask(a_question())
    await model.all_running(1)
    async with database.transaction() as tx:
        await tx.people.erase(
            ADA, database.owner, pictures=(), put_before=clock.now(), to_take_back=False
        )

    model.release()
    view = await ended(live)

    assert view.state is TurnState.INTERRUPTED
    [(_, state)] = await calls.states(Caller(user=ADA))
    assert (state.spent > 0, state.reserved) == (True, 0)
    async with database.transaction() as tx:
        assert await tx.api_log.of_turn(view.turn.id) == ()
        assert await tx.ledger.report(None, payer=ADA) == ()
    await conversations.close(limit_s=0)


async def test_calls_are_shown_elsewhere_to_the_asker_and_to_operators_alone(
    conversations: Conversations, database: Database
) -> None:
    view = await ended(await conversations.ask(a_question()))
    log = ApiCalls(database, base_url="http://sandbox/v1")
    elsewhere, turn = ChannelId(301), view.turn.id
    ben = Viewer(user=BEN, operator=False, channel=elsewhere)
    known = (await log.show(turn, 1, replace(ben, channel=GENERAL))).id

    with pytest.raises(TurnNotFoundError):
        await log.show(turn, 1, ben)
    with pytest.raises(TurnNotFoundError):
        await log.one(known, ben)

    assert (await log.one(known, replace(ben, user=ADA))).id == known
    assert (await log.one(known, replace(ben, operator=True))).id == known
    async with database.transaction() as tx:  # where its answer stands it is seen as well
        await tx.posts.put(turn, Post(part=0, channel=elsewhere, message=MessageId(9)))
    assert (await log.one(known, ben)).id == known


async def test_calls_of_a_dead_process_count_as_spent(tmp_path: Any, clock: HandClock) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'x.db'}"
    async with Database.open(url, clock=clock) as database:
        calls = capped(database, clock, user_day=5_000)
        await calls.reserve(
            Caller(user=ADA), Operation.CHAT, "sandbox-chat", Estimate(completion=1_000)
        )

    async with Database.open(url, clock=clock) as database:
        calls = capped(database, clock, user_day=5_000)
        await calls.settle_orphans()

        [(_, state)] = await calls.states(Caller(user=ADA))
    assert (state.spent, state.reserved) == (2_000, 0)


async def test_a_dead_call_is_given_back_only_to_the_budgets_that_it_was_taken_out_of(
    tmp_path: Any, clock: HandClock
) -> None:
    url, ada = f"sqlite+aiosqlite:///{tmp_path / 'x.db'}", Caller(user=ADA)
    wanted = Estimate(completion=1_000)  # 2,000 microusd
    async with Database.open(url, clock=clock) as database:
        before = capped(database, clock, user_day=50_000)
        await before.reserve(ada, Operation.CHAT, "sandbox-chat", wanted)
        await before.reserve(ada, Operation.CHAT, "sandbox-chat", wanted)

    async with Database.open(url, clock=clock) as database:
        # Meanwhile the operator took that budget away and set another, which a call is held in.
        after = capped(database, clock, total_month=50_000)
        await after.reserve(ada, Operation.CHAT, "sandbox-chat", Estimate(completion=500))
        await after.settle_orphans()

        [(_, total)] = await after.states(ada)
        [(_, mine)] = await capped(database, clock, user_day=50_000).states(ada)
    assert (total.spent, total.reserved) == (4_000, 1_000)
    assert (mine.spent, mine.reserved) == (4_000, 0)


async def test_deleting_a_question_erases_what_was_sent_for_it(
    conversations: Conversations, database: Database
) -> None:
    question = a_question(text="My secret")
    view = await ended(await conversations.ask(question))

    await conversations.question_deleted(question.source)

    async with database.transaction() as tx:
        [logged] = await tx.api_log.of_turn(view.turn.id)
    assert logged.exchange.request == logged.exchange.response == "[erased]"


async def test_bodies_are_put_together_as_they_were_sent() -> None:
    kept = Kept()
    kept.add("stop", TurnId(7))
    kept.add_system("Be kind.")
    kept.add_summary("About buses.", SummaryId(4))
    body = {
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "stop"},
            {"role": "assistant", "content": "About buses."},
        ],
        "finish_reason": "stop",
    }

    async def fetch(where: tuple[int, ...]) -> str:
        assert where == (7, 0, 0)
        return "stop"

    async def recall(summary: int) -> str:
        assert summary == 4
        return "About buses."

    stored = kept.without(body)

    assert stored["messages"][1]["content"] == {"$kept": [7, 0, 0]}
    assert stored["finish_reason"] == "stop"
    assert await together(stored, fetch, lambda system: system, recall) == body


def priced(prices: Prices, **changes: Any) -> int | None:
    cost = prices.cost(an_exchange(**changes), likely=None, characters=0)
    assert cost
    return cost.microusd


@pytest.mark.parametrize(
    ("model", "usage", "microusd"),
    [
        ("gpt-6-luna", Usage(prompt=100_000, completion=0), 10_000),
        ("gpt-6-luna", Usage(prompt=100_000, completion=0, cached=100_000), 1_000),
        ("gpt-image-2", Usage(prompt=1_000_000, completion=0, prompt_image=1_000_000), 8_000_000),
        ("gpt-image-2.5", Usage(prompt=1_000_000, completion=1_000_000), 35_000_000),
        ("gpt-image-2.6-sunburst", Usage(prompt=0, completion=1_000_000), 30_000_000),
        ("gpt-image-2.6-flare", Usage(prompt=5, completion=5), None),
        ("nobody-knows-me", Usage(prompt=5, completion=5), None),
    ],
)
def test_prices_are_those_of_the_vendor(model: str, usage: Usage, microusd: int | None) -> None:
    assert priced(Prices({}), model=model, usage=usage) == microusd


@pytest.mark.parametrize(
    ("size", "microusd"),
    [("256x256", 32_000), ("512x512", 36_000), ("1024x1024", 40_000), (None, 40_000)],
)
def test_pictures_of_2023_cost_by_their_size(size: str | None, microusd: int) -> None:
    made = priced(
        Prices({}),
        operation=Operation.IMAGE_GENERATION,
        model="dall-e-2",
        request={"size": size},
        usage=None,
        pictures=2,
    )

    assert made == microusd
    assert Prices({}).most("dall-e-2", Estimate(pictures=2, size=size), at=NOON) == microusd


@pytest.mark.parametrize(
    "model", ["gpt-image-1.5", "gpt-image-2", "gpt-image-2.5", "gpt-image-2.6-sunburst"]
)
def test_what_is_reserved_for_a_picture_is_enough_for_it(model: str) -> None:
    """Also where a token of a picture is dearer than one of text."""
    most = Prices({}).most(model, Estimate(prompt=1_500, completion=4_160, pictures=1), at=NOON)

    drawn = Usage(prompt=1_500, completion=4_160, prompt_image=1_400, completion_image=4_160)
    made = priced(Prices({}), operation=Operation.IMAGE_EDIT, model=model, usage=drawn, pictures=1)
    bare = replace(drawn, completion_image=None)
    assert made
    assert most
    assert (
        most
        >= made
        == priced(Prices({}), operation=Operation.IMAGE_EDIT, model=model, usage=bare, pictures=1)
    )


@pytest.mark.parametrize(
    ("model", "wanted", "usd_a_minute"),
    [
        ("gpt-4o-mini-tts", Estimate(characters=900), 0.015),
        ("gpt-4o-transcribe", Estimate(sound_s=60.0), 0.006),
        ("gpt-4o-mini-transcribe", Estimate(sound_s=60.0), 0.003),
    ],
)
def test_sound_that_is_priced_in_tokens_is_held_by_budgets(
    model: str, wanted: Estimate, usd_a_minute: float
) -> None:
    most = Prices({}).most(model, wanted, at=NOON)

    assert most
    assert usd_a_minute * 1e6 <= most < 2 * usd_a_minute * 1e6


def test_moderation_is_free_at_openai_alone() -> None:
    moderation = an_exchange(operation=Operation.MODERATION, usage=None)

    ours = Prices({}).cost(
        replace(moderation, model="omni-moderation-latest"), likely=None, characters=0
    )
    other = Prices({}).cost(replace(moderation, model="my-judge"), likely=None, characters=0)

    assert ours == Cost(microusd=0)
    assert other is None


def test_sound_is_paid_for_by_its_length() -> None:
    assert priced(Prices({}), model="gpt-transcribe", usage=None, sound_s=360.0) == 27_000


def test_the_operators_own_prices_go_before_the_list(tmp_path: Any) -> None:
    file = tmp_path / "prices.json"
    file.write_text('{"gpt-6-luna": {"input": 3}, "drawer": {"picture": 0.04}}')
    prices = Prices.read(file)

    assert priced(prices, model="drawer", usage=None, pictures=2) == 80_000
    assert prices.most("gpt-6-luna", Estimate(prompt=1_000), at=NOON) == 3_000


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[]", "object of models"),
        ('{"m": {"inputs": 1}}', "inputs is none of"),
        ('{"m": {"input": -1}}', "0 or more"),
        ("{", "unexpected end"),
    ],
)
def test_a_wrong_price_file_says_what_is_wrong(written: str, said: str, tmp_path: Any) -> None:
    file = tmp_path / "prices.json"
    file.write_text(written)

    with pytest.raises(PricesError, match=said):
        Prices.read(file)


async def test_without_a_budget_only_the_ledger_is_written(
    database: Database, clock: HandClock
) -> None:
    calls = a_door(database, clock)

    async with calls.paid(Caller(user=ADA), Operation.SPEECH, "", Estimate()) as paid:
        paid.record(an_exchange(operation=Operation.SPEECH, model="", usage=None))

    assert await calls.states(Caller(user=ADA)) == ()
    async with database.transaction() as tx:
        [row] = await tx.ledger.report(None)
    assert row.unpriced == 1
