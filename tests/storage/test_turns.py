import asyncio
import math

import pytest
import sqlalchemy as sa

from bot.domain.calls import Caller, Exchange, Operation
from bot.domain.chat import (
    ChatParameters,
    ParameterChanged,
    StreamingDropped,
    TextPart,
    TokenLogprob,
    Usage,
)
from bot.domain.conversations import (
    Answering,
    Attempt,
    HistoryShortened,
    Message,
    ModelReplaced,
    TurnState,
    channel_place,
    private_place,
)
from bot.domain.errors import (
    ConversationNotFoundError,
    LeaseLostError,
    TurnNotFoundError,
    TurnRunningError,
)
from bot.domain.ids import ChannelId, ConversationId, SourceId, TurnId
from bot.domain.storage import OwnerId
from storage.database import Database
from tests.factories import ADA, BEN, GENERAL, NOON, a_question, a_source, a_token
from tests.storage.asking import (
    FAILED,
    an_outcome,
    answered,
    asked,
    asked_again,
    claimed,
    ended_again,
    finished,
    now,
)

EVERY_OPTION = Answering(
    model="gpt-5-mini",
    parameters=ChatParameters(
        temperature=0.5,
        top_p=1.0,
        max_tokens=100,
        n=3,
        stop=("\n", "END"),
        presence_penalty=-2.0,
        frequency_penalty=2.0,
        logprobs=0,
        logit_bias={"50256": -100.0},
        seed=0,
        reasoning_effort="low",
        verbosity="high",
        response_format="json_object",
    ),
    system="Be short.",
    fresh=True,
    stream=False,
)


async def test_a_question_is_kept_with_all_that_answering_it_takes(database: Database) -> None:
    question = a_question(
        place=private_place(GENERAL, BEN),
        text="\0 \ud800 emoji \U0001f68c",
        locale="zh-TW",
        private=True,
        answering=EVERY_OPTION,
        attachments=("timetable.png", "notes.txt"),
        token=a_token(),
    )

    async with database.transaction() as tx:
        conversation = await tx.conversations.open(question.place, NOON)
        accepted = await tx.turns.accept(question, conversation, database.owner)

    assert accepted is not None
    async with database.transaction() as tx:
        turn = await tx.turns.get(accepted.id)
        assert await tx.turns.by_source(question.source) == turn == accepted
        message = await tx.messages.question(turn.id)
        assert await tx.tokens.get(turn.id, NOON) == question.token
    assert message == Message(role="user", parts=(TextPart(question.text),), author=question.author)
    assert (turn.conversation, turn.seq, turn.source) == (conversation, 1, question.source)
    assert (turn.place, turn.guild, turn.channel) == (
        question.place,
        question.guild,
        question.channel,
    )
    assert (turn.asker, turn.locale, turn.private) == (ADA, "zh-TW", True)
    assert (turn.state, turn.attempt, turn.choice, turn.attempts) == (TurnState.QUEUED, 0, 0, 0)
    assert turn.answering == EVERY_OPTION
    assert turn.attachments == question.attachments
    assert turn.created_at == NOON


async def test_of_200_times_the_same_question_one_is_accepted(database: Database) -> None:
    question = a_question()

    async def accept() -> bool:
        async with database.transaction() as tx:
            conversation = await tx.conversations.open(question.place, NOON)
            return await tx.turns.accept(question, conversation, database.owner) is not None

    accepted = await asyncio.gather(*(accept() for _ in range(200)))

    assert accepted.count(True) == 1
    async with database.transaction() as tx:
        conversation = await tx.conversations.open(question.place, NOON)
        assert await tx.turns.busy(conversation)


async def test_a_question_for_no_conversation_is_refused_and_may_come_again(
    database: Database,
) -> None:
    question = a_question()

    with pytest.raises(ConversationNotFoundError):
        async with database.transaction() as tx:
            await tx.turns.accept(question, ConversationId(404), database.owner)

    await asked(database, source=question.source)


async def test_questions_asked_at_once_have_seqs_without_gaps(database: Database) -> None:
    turns = await asyncio.gather(*(asked(database) for _ in range(20)))

    assert sorted(turn.seq for turn in turns) == list(range(1, 21))
    assert len({turn.conversation for turn in turns}) == 1


async def test_turns_run_one_at_a_time_in_the_order_they_were_asked(database: Database) -> None:
    first, second, third = [await asked(database) for _ in range(3)]
    async with database.transaction() as tx:
        assert [await tx.turns.ahead(turn.id) for turn in (first, second, third)] == [0, 1, 2]

    running = await claimed(database, first)

    assert running is not None
    assert (running.id, running.state, running.attempt) == (first.id, TurnState.RUNNING, 1)
    assert await claimed(database, first) is None
    async with database.transaction() as tx:
        assert await tx.turns.ahead(third.id) == 2
    await finished(database, first, an_outcome("Yes."))
    following = await claimed(database, first)
    assert following is not None
    assert following.id == second.id


async def test_conversations_do_not_wait_for_each_other(database: Database) -> None:
    here = await asked(database)
    there = await asked(database, place=channel_place(ChannelId(301)))

    assert await claimed(database, here) is not None
    assert await claimed(database, there) is not None


async def test_nothing_to_claim_is_none(database: Database) -> None:
    turn = await answered(database)

    assert await claimed(database, turn) is None


async def test_an_answer_is_kept_whole(database: Database) -> None:
    turn = await asked(database)
    await claimed(database, turn)
    outcome = an_outcome(
        "One.",
        "Two, with \0 and \ud83d.",
        reasoning=("Hm.", ""),
        logprobs=((TokenLogprob(token="One", logprob=-0.5, top=(("\ud83d", -1.0),)),), ()),
        finish_reasons=("stop", None),
        usage=Usage(prompt=10, completion=0, cached=None, reasoning=3),
        request_id="req_1",
        notices=(
            ParameterChanged(parameter="max_tokens", renamed_to="max_completion_tokens"),
            ParameterChanged(parameter="temperature"),
            StreamingDropped(),
            HistoryShortened(sent=7),
            ModelReplaced(asked="gpt-5", used="gpt-5-mini"),
        ),
    )

    ended = await finished(database, turn, outcome)

    assert (ended.state, ended.attempt, ended.choice, ended.attempts) == (TurnState.DONE, 1, 0, 1)
    async with database.transaction() as tx:
        assert await tx.turns.attempts(turn.id) == (
            Attempt(
                n=1,
                state=TurnState.DONE,
                model="sandbox-chat",
                finish_reasons=outcome.finish_reasons,
                usage=outcome.usage,
                request_id="req_1",
                notices=outcome.notices,
                reasoning=outcome.reasoning,
                logprobs=outcome.logprobs,
            ),
        )
        assert await tx.messages.answers(turn.id, 1) == tuple(
            Message(role="assistant", parts=(TextPart(text),)) for text in outcome.texts
        )


async def test_numbers_that_json_has_no_words_for_do_not_cost_an_answer(database: Database) -> None:
    turn = await asked(database)
    await claimed(database, turn)
    never = ((TokenLogprob(token="One", logprob=-math.inf, top=(("Two", -math.inf),)),),)
    said = Exchange(
        operation=Operation.CHAT,
        method="POST",
        path="/chat/completions",
        status=200,
        model="sandbox-chat",
        started_at=NOON,
        response={"logprob": -math.inf, "all": [math.nan, 0.5]},
    )

    await finished(database, turn, an_outcome("One.", logprobs=never))
    async with database.transaction() as tx:
        await tx.api_log.add(Caller(user=ADA, turn=turn.id, attempt=1), said)

    async with database.transaction() as tx:
        [attempt] = await tx.turns.attempts(turn.id)
        [logged] = await tx.api_log.of_turn(turn.id)
    assert attempt.logprobs == never
    assert logged.exchange.response == {"logprob": "-Infinity", "all": ["NaN", 0.5]}


async def test_an_attempt_without_text_keeps_its_error(database: Database) -> None:
    turn = await asked(database)
    await claimed(database, turn)

    ended = await finished(database, turn, FAILED)

    assert ended.state is TurnState.FAILED
    assert ended.attempt == 1
    async with database.transaction() as tx:
        [attempt] = await tx.turns.attempts(turn.id)
        assert (attempt.state, attempt.error) == (TurnState.FAILED, "ServerFaultError")
        assert attempt.usage is None
        assert await tx.messages.answers(turn.id, 1) == ()


@pytest.mark.parametrize("when", ["queued", "ended", "another's", "erased"])
async def test_only_the_owner_of_a_running_turn_may_end_it(database: Database, when: str) -> None:
    turn = await asked(database)
    owner = database.owner
    if when != "queued":
        await claimed(database, turn)
    if when == "ended":
        await finished(database, turn, an_outcome("Yes."))
    if when == "another's":
        owner = OwnerId(owner + 1)
    if when == "erased":
        async with database.transaction() as tx:
            await tx.turns.erase_question(turn.source, database.owner)
    before = await now(database, turn)

    with pytest.raises(LeaseLostError) as caught:
        async with database.transaction() as tx:
            await tx.turns.finish(turn.id, owner, an_outcome("No."))

    assert caught.value.turn == turn.id
    assert await now(database, turn) == before


async def test_a_retry_adds_an_attempt_and_is_shown_when_it_is_whole(database: Database) -> None:
    turn = await answered(database, "First.")

    queued = await asked_again(database, turn)
    running = await claimed(database, turn)
    ended = await finished(database, turn, an_outcome("Second."))

    assert (queued.state, queued.attempt, queued.attempts) == (TurnState.QUEUED, 1, 1)
    assert running is not None
    assert (running.attempt, running.attempts) == (2, 2)
    assert (ended.state, ended.attempt, ended.attempts) == (TurnState.DONE, 2, 2)
    async with database.transaction() as tx:
        assert [one.n for one in await tx.turns.attempts(turn.id)] == [1, 2]
        [first] = await tx.messages.answers(turn.id, 1)
    assert first.parts == (TextPart("First."),)


async def test_a_retry_queues_behind_those_that_wait(database: Database) -> None:
    old = await answered(database)
    waiting = await asked(database)

    again = await asked_again(database, old)

    assert again.seq < waiting.seq
    async with database.transaction() as tx:
        assert await tx.turns.ahead(again.id) == 1
    first = await claimed(database, old)
    assert first is not None
    assert first.id == waiting.id


async def test_a_replayed_retry_does_nothing(database: Database) -> None:
    turn = await answered(database)
    press = a_source()

    async def retry() -> bool:
        async with database.transaction() as tx:
            return (
                await tx.turns.again(
                    turn.id, database.owner, source=press, kind="retry", token=None
                )
                is not None
            )

    assert await retry()
    await claimed(database, turn)
    await finished(database, turn, an_outcome("Again."))
    assert not await retry()
    assert (await now(database, turn)).attempts == 2


async def test_a_retry_brings_its_own_token(database: Database) -> None:
    turn = await answered(database, token=a_token())

    async with database.transaction() as tx:
        await tx.turns.again(
            turn.id, database.owner, source=a_source(), kind="retry", token=a_token(token="new")
        )

    async with database.transaction() as tx:
        assert await tx.tokens.get(turn.id, NOON) == a_token(token="new")


@pytest.mark.parametrize("running", [True, False])
async def test_what_is_being_answered_cannot_be_retried(
    database: Database, *, running: bool
) -> None:
    turn = await asked(database)
    if running:
        await claimed(database, turn)

    with pytest.raises(TurnRunningError):
        await asked_again(database, turn)


async def test_what_was_undone_or_erased_or_never_was_cannot_be_retried(database: Database) -> None:
    erased, undone = await answered(database), await answered(database)
    async with database.transaction() as tx:
        await tx.turns.erase_question(erased.source, database.owner)
        await tx.turns.undo(undone.conversation, None, database.owner)

    for turn in (erased.id, undone.id, TurnId(404)):
        with pytest.raises(TurnNotFoundError):
            async with database.transaction() as tx:
                await tx.turns.again(
                    turn, database.owner, source=a_source(), kind="retry", token=None
                )


@pytest.mark.parametrize("state", [TurnState.FAILED, TurnState.INTERRUPTED])
async def test_a_further_attempt_that_ends_badly_gives_the_turn_back_to_the_chosen_one(
    database: Database, state: TurnState
) -> None:
    turn = await answered(database, "First.")
    await ended_again(database, turn, an_outcome("Second, a.", "Second, b."))
    async with database.transaction() as tx:
        await tx.turns.choose(turn.id, 1, 0)

    ended = await ended_again(database, turn, an_outcome("Hal", state=state))

    assert (ended.state, ended.attempt, ended.attempts) == (TurnState.DONE, 1, 3)
    async with database.transaction() as tx:
        last = (await tx.turns.attempts(turn.id))[-1]
        [half] = await tx.messages.answers(turn.id, 3)
        [exchange] = await tx.messages.window(turn.conversation, None, 10)
    assert last.state is state
    assert half.parts == (TextPart("Hal"),)
    assert exchange.answer.parts == (TextPart("First."),)


async def test_a_further_attempt_that_ends_badly_stays_when_nothing_good_was_before(
    database: Database,
) -> None:
    turn = await asked(database)
    await claimed(database, turn)
    await finished(database, turn, FAILED)

    ended = await ended_again(database, turn, an_outcome(state=TurnState.INTERRUPTED))

    assert (ended.state, ended.attempt) == (TurnState.INTERRUPTED, 2)


async def test_a_stop_is_seen_by_the_owner_until_the_turn_ends(database: Database) -> None:
    turn = await asked(database)
    await claimed(database, turn)

    async with database.transaction() as tx:
        assert await tx.turns.stop_requested(database.owner) == ()
        assert await tx.turns.request_stop(turn.id)
    async with database.transaction() as tx:
        assert await tx.turns.stop_requested(database.owner) == (turn.id,)
        assert await tx.turns.stop_requested(OwnerId(1)) == ()

    stopped = await finished(database, turn, an_outcome("So far", state=TurnState.STOPPED))
    assert stopped.state is TurnState.STOPPED
    async with database.transaction() as tx:
        assert await tx.turns.stop_requested(database.owner) == ()
        assert not await tx.turns.request_stop(turn.id)
    await asked_again(database, turn)
    async with database.transaction() as tx:
        assert await tx.turns.stop_requested(database.owner) == ()


async def test_another_answer_can_be_chosen(database: Database) -> None:
    turn = await answered(database, "a", "b")
    await ended_again(database, turn, an_outcome("c", state=TurnState.STOPPED))

    async with database.transaction() as tx:
        chosen = await tx.turns.choose(turn.id, 1, 1)
        [exchange] = await tx.messages.window(turn.conversation, None, 10)

    assert (chosen.state, chosen.attempt, chosen.choice) == (TurnState.DONE, 1, 1)
    assert exchange.answer.parts == (TextPart("b"),)


async def test_an_answer_that_is_not_there_or_not_whole_cannot_be_chosen(
    database: Database,
) -> None:
    turn = await answered(database, "a", "b")
    await ended_again(database, turn, an_outcome("half", state=TurnState.FAILED))

    for attempt, choice in ((0, 0), (1, 2), (1, -1), (2, 0), (3, 0)):
        with pytest.raises(TurnNotFoundError):
            async with database.transaction() as tx:
                await tx.turns.choose(turn.id, attempt, choice)
    await asked_again(database, turn)
    with pytest.raises(TurnRunningError):
        async with database.transaction() as tx:
            await tx.turns.choose(turn.id, 1, 1)


async def test_undo_takes_back_the_newest_remembered_turn(database: Database) -> None:
    first = await answered(database)
    second = await answered(database)
    failed = await asked(database)
    await claimed(database, failed)
    await finished(database, failed, FAILED)

    async with database.transaction() as tx:
        newest = await tx.turns.newest_live(first.conversation)
        undone = await tx.turns.undo(first.conversation, None, database.owner)

    assert newest == second
    assert undone is not None
    assert (undone.id, undone.state, undone.seq) == (second.id, TurnState.UNDONE, second.seq)
    async with database.transaction() as tx:
        assert await tx.turns.undo(first.conversation, None, database.owner) is not None
        assert await tx.turns.undo(first.conversation, None, database.owner) is None
        assert await tx.turns.newest_live(first.conversation) is None


async def test_undo_of_ones_own_leaves_somebody_elses(database: Database) -> None:
    mine = await answered(database)
    async with database.transaction() as tx:
        assert await tx.turns.undo(mine.conversation, BEN, database.owner) is None
        undone = await tx.turns.undo(mine.conversation, ADA, database.owner)

    assert undone is not None
    assert undone.id == mine.id


async def test_a_deleted_question_leaves_nothing_of_it_but_its_number(database: Database) -> None:
    words = "something private"
    before = await answered(database)
    turn = await answered(
        database,
        words,
        text=words,
        answering=Answering(system=words),
        attachments=(words,),
        token=a_token(token=words),
    )
    likely = ((TokenLogprob(token=words, logprob=-0.1, top=((words, -0.1),)),),)
    await ended_again(database, turn, an_outcome(words, reasoning=(words,), logprobs=likely))

    async with database.transaction() as tx:
        erased = await tx.turns.erase_question(turn.source, database.owner)

    assert erased is not None
    assert (erased.state, erased.seq) == (TurnState.ERASED, turn.seq)
    async with database.transaction() as tx:
        for table in ("turns", "messages", "attempts", "interaction_tokens"):
            rows = await tx.statements.execute(sa.text(f"SELECT * FROM {table}"))  # noqa: S608
            assert not any(words in str(row) for row in rows)
        assert [one.turn for one in await tx.messages.window(turn.conversation, None, 9)] == [
            before.id
        ]
        assert await tx.turns.erase_question(SourceId(404), database.owner) is None
        await tx.messages.set_question(turn.id, (TextPart(words),))
        assert (await tx.messages.question(turn.id)).parts == ()


async def test_what_is_not_there_is_not_found(database: Database) -> None:
    async with database.transaction() as tx:
        with pytest.raises(TurnNotFoundError):
            await tx.turns.get(TurnId(404))
        with pytest.raises(TurnNotFoundError):
            await tx.messages.question(TurnId(404))
        assert await tx.turns.by_source(SourceId(404)) is None
        assert await tx.turns.attempts(TurnId(404)) == ()


async def test_a_draft_is_what_a_kill_leaves_of_an_answer(database: Database) -> None:
    turn = await asked(database)
    await claimed(database, turn)
    async with database.transaction() as tx:
        await tx.turns.draft(turn.id, database.owner, ["Ha", "Other"])
        await tx.turns.draft(turn.id, database.owner, ["Half", "Other"])
        await tx.turns.draft(turn.id, OwnerId(5), ["not mine"])

    async with database.transaction() as tx:
        await tx.turns.interrupt_orphans(OwnerId(5))

    async with database.transaction() as tx:
        left = await tx.messages.answers(turn.id, 1)
        assert [message.parts for message in left] == [(TextPart("Half"),), (TextPart("Other"),)]
        assert await tx.messages.window(turn.conversation, None, 8) == ()


async def test_the_end_of_an_answer_replaces_its_draft_and_remembers_the_choice(
    database: Database,
) -> None:
    turn = await asked(database)
    await claimed(database, turn)
    async with database.transaction() as tx:
        await tx.turns.draft(turn.id, database.owner, ["Ha", "Other", "gone"])

    ended = await finished(database, turn, an_outcome("Half", "Other", choice=1))

    async with database.transaction() as tx:
        await tx.turns.draft(turn.id, database.owner, ["too late"])
        left = await tx.messages.answers(turn.id, 1)
        [exchange] = await tx.messages.window(turn.conversation, None, 8)
    assert len(left) == 2
    assert exchange.answer.parts == (TextPart("Other"),)
    assert ended.choice == 1
