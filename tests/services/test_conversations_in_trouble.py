"""Turns that meet a dead process, a full queue, a slow download or a small window."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.domain.chat import ChatParameters
from bot.domain.conversations import (
    Answering,
    HistoryShortened,
    Input,
    TurnState,
    TurnView,
    channel_place,
)
from bot.domain.errors import ContextLengthError, QueueFullError, RequestRejectedError
from bot.domain.storage import OwnerId
from bot.services.conversations import Conversations
from bot.services.conversations._service import MAX_WAITING
from sandbox.clock import HandClock
from storage.database import Database
from tests.factories import GENERAL, a_presser, a_question
from tests.fakes import FakeChatModel, an_answer
from tests.services.test_conversations import answered, ended

PLACE = channel_place(GENERAL)


async def test_a_question_that_waited_when_its_process_died_is_marked_and_can_be_retried(
    conversations: Conversations, database: Database, clock: HandClock
) -> None:
    async with database.transaction() as tx:
        conversation = await tx.conversations.open(PLACE, clock.now())
        waited = await tx.turns.accept(a_question(), conversation, OwnerId(5))
    assert waited

    [view] = await conversations.unshown()

    assert (view.turn.id, view.state, view.texts) == (waited.id, TurnState.INTERRUPTED, ("",))
    assert (await answered(conversations, "goes on")).state is TurnState.DONE
    retried = await ended(await conversations.retry(waited.id, a_presser()))
    assert retried.state is TurnState.DONE


async def test_retries_wait_in_the_same_bounded_queue_as_questions(
    conversations: Conversations, model: FakeChatModel
) -> None:
    views = [await answered(conversations, f"{n}") for n in range(MAX_WAITING + 2)]
    model.hold()
    for view in views[:-1]:
        await conversations.retry(view.turn.id, a_presser())

    with pytest.raises(QueueFullError):
        await conversations.retry(views[-1].turn.id, a_presser())


async def test_one_persons_max_tokens_does_not_take_the_history_from_everybody(
    conversations: Conversations, model: FakeChatModel
) -> None:
    for text in ("one", "two", "three"):
        await answered(conversations, text)
    model.play([ContextLengthError(limit=4096, status=400)])
    greedy = Answering(parameters=ChatParameters(max_tokens=1_000_000))
    refused = await ended(await conversations.ask(a_question(answering=greedy)))
    model.play(an_answer("fine"))

    view = await answered(conversations, "four")

    assert isinstance(refused.error, RequestRejectedError)
    assert refused.error.parameter == "max_tokens"
    assert view.notices == ()
    assert len(model.requests[-1].messages) == 7


@pytest.mark.parametrize("by", ["stop", "close"])
async def test_an_attachment_that_does_not_arrive_holds_up_neither_stop_nor_the_end(
    conversations: Conversations, by: str
) -> None:
    fetching, gone = asyncio.Event(), asyncio.Event()

    async def fetch() -> Sequence[Input]:
        fetching.set()
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()
        return ()

    live = await conversations.ask(a_question(inputs=fetch, attachments=("cat.png",)))
    assert live
    await fetching.wait()

    if by == "stop":
        await conversations.stop(live.snapshot().turn.id, a_presser())
    else:
        await conversations.close(limit_s=0)

    expected = TurnState.STOPPED if by == "stop" else TurnState.INTERRUPTED
    assert (await ended(live)).state is expected
    assert gone.is_set()


async def test_the_process_can_end_while_another_one_answers_in_the_same_conversation(
    conversations: Conversations, database: Database, clock: HandClock
) -> None:
    async with database.transaction() as tx:
        conversation = await tx.conversations.open(PLACE, clock.now())
        await tx.turns.accept(a_question(), conversation, OwnerId(5))
        await tx.turns.claim(conversation, OwnerId(5))
    live = await conversations.ask(a_question())
    assert live

    closing = asyncio.ensure_future(conversations.close(limit_s=0))
    await clock.advance(1)
    await closing

    assert (await ended(live)).state is TurnState.INTERRUPTED


async def test_who_waits_in_the_queue_holds_no_attachments_in_memory(
    conversations: Conversations, model: FakeChatModel
) -> None:
    fetched: list[str] = []

    async def fetch() -> Sequence[Input]:
        fetched.append("notes.txt")
        return (Input(name="notes.txt", mime="text/plain", data=b"hello"),)

    model.hold()
    await conversations.ask(a_question())
    await model.waiting.wait()
    live = await conversations.ask(a_question(inputs=fetch, attachments=("notes.txt",)))
    before = list(fetched)
    model.release()

    assert (await ended(live)).state is TurnState.DONE
    assert before == []
    assert fetched == ["notes.txt"]


async def test_older_pictures_are_left_out_before_a_request_outgrows_what_the_api_takes(
    conversations: Conversations, model: FakeChatModel
) -> None:
    views: list[TurnView] = []
    for shade in range(3):
        picture = Input(name="a.png", mime="image/png", data=bytes([shade]) * (15 << 20))

        async def fetch(picture: Input = picture) -> Sequence[Input]:
            return (picture,)

        asked = a_question(inputs=fetch, attachments=("a.png",))
        views.append(await ended(await conversations.ask(asked)))

    sent = [message for message in model.requests[-1].messages if message.role == "user"]
    assert len(sent) == 2
    assert views[-1].notices == (HistoryShortened(sent=1),)
