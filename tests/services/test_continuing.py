"""An answer that was cut short goes on where it stopped, as an attempt of its own."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.domain.chat import ChatParameters, Delta, TextPart
from bot.domain.conversations import Answering, Message, TurnState, channel_place
from bot.domain.errors import NotYoursError, ServerFaultError, TurnNotFoundError
from bot.domain.ids import TurnId
from bot.domain.storage import OwnerId
from bot.services.conversations import Conversations
from bot.services.conversations._engine import LEASE_RENEWAL_S
from bot.services.conversations._window import GO_ON
from sandbox.clock import HandClock
from storage.database import Database
from tests.factories import BEN, GENERAL, a_presser, a_question
from tests.fakes import FakeChatModel, an_answer, finished
from tests.services.test_conversations import answered, ended, said

PLACE = channel_place(GENERAL)


async def remembered(conversations: Conversations) -> list[str]:
    page = await conversations.history(PLACE, before=None, limit=10)
    return [each.answer.parts[0].text for each in page.exchanges]  # pyright: ignore[reportAttributeAccessIssue]


async def test_an_answer_cut_by_its_length_becomes_one_whole_text(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.play(an_answer("A bus is a sh", reason="length"), an_answer("ared set of wires."))
    cut = await answered(conversations, "What is a bus?")

    whole = await ended(await conversations.go_on(cut.turn.id, 1, 0, a_presser()))

    assert cut.cut_short
    assert not whole.cut_short
    assert (whole.turn.attempt, whole.texts) == (2, ("A bus is a shared set of wires.",))
    assert said(model.requests[-1].messages) == [
        ("user", "What is a bus?"),
        ("assistant", "A bus is a sh"),
        ("user", GO_ON),
    ]
    assert await remembered(conversations) == ["A bus is a shared set of wires."]
    first = await conversations.choose(cut.turn.id, 1, 0, a_presser())
    assert first.texts == ("A bus is a sh",)


async def test_an_answer_that_failed_after_some_text_can_be_continued_and_then_is_remembered(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.play([Delta(choice=0, text="Half "), ServerFaultError()], an_answer("and half."))
    failed = await answered(conversations)
    before = await remembered(conversations)

    await ended(await conversations.go_on(failed.turn.id, 1, 0, a_presser()))

    assert failed.cut_short
    assert before == []
    assert await remembered(conversations) == ["Half and half."]


async def test_the_others_of_several_answers_stay_as_they_are(
    conversations: Conversations, model: FakeChatModel
) -> None:
    three = [Delta(choice=at, text=text) for at, text in enumerate(("one", "tw", "three"))]
    reasons = {0: "stop", 1: "length", 2: "stop"}
    model.play([*three, replace(finished(), finish_reasons=reasons)], an_answer("o"))
    asked = a_question(answering=Answering(parameters=ChatParameters(n=3)))
    view = await ended(await conversations.ask(asked))
    second = await conversations.choose(view.turn.id, 1, 1, a_presser())

    whole = await ended(await conversations.go_on(view.turn.id, 1, 1, a_presser()))

    assert not view.cut_short
    assert second.cut_short
    assert whole.texts == ("one", "two", "three")
    assert whole.turn.choice == 1
    assert model.requests[-1].parameters.n is None
    assert await remembered(conversations) == ["two"]
    third = await conversations.choose(view.turn.id, 2, 2, a_presser())
    assert (third.texts[2], third.finish_reasons) == ("three", ("stop", "stop", "stop"))


async def test_a_whole_answer_and_somebody_elses_are_not_continued(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.play(an_answer("Whole."), an_answer("Cut", reason="length"))
    whole, cut = await answered(conversations), await answered(conversations)

    with pytest.raises(TurnNotFoundError):
        await conversations.go_on(whole.turn.id, 1, 0, a_presser())
    with pytest.raises(NotYoursError):
        await conversations.go_on(cut.turn.id, 1, 0, a_presser(user=BEN))

    assert len(model.requests) == 2


async def test_a_double_press_continues_once(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.play(an_answer("Cut", reason="length"), an_answer(" off"))
    cut = await answered(conversations)
    press = a_presser()
    first = await conversations.go_on(cut.turn.id, 1, 0, press)
    await ended(first)

    assert await conversations.go_on(cut.turn.id, 1, 0, press) is None
    assert len(model.requests) == 2


async def test_stop_in_a_continuation_keeps_all_that_was_said(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.play(an_answer("Cut", reason="length"), an_answer(" off and on", pieces=2))
    cut = await answered(conversations)
    model.hold()
    live = await conversations.go_on(cut.turn.id, 1, 0, a_presser())
    assert live
    assert live.snapshot().texts == ("Cut",)
    await model.waiting.wait()
    model.step()
    view = live.snapshot()
    while view.texts == ("Cut",):
        view = await live.changed(after=view.version)

    await conversations.stop(cut.turn.id, a_presser())

    assert (await ended(live)).texts == ("Cut off a",)
    assert await remembered(conversations) == ["Cut off a"]


async def drafts(database: Database, turn: TurnId) -> Sequence[Message]:
    async with database.transaction() as tx:
        return await tx.messages.answers(turn, 1)


async def test_what_a_killed_process_had_said_is_there_to_be_continued(
    conversations: Conversations, model: FakeChatModel, database: Database, clock: HandClock
) -> None:
    conversations.start()
    model.play(an_answer("So far and on", pieces=2), an_answer("and further."))
    model.hold()
    live = await conversations.ask(a_question())
    assert live
    await model.waiting.wait()
    model.step()
    while live.snapshot().texts == ("",):
        await live.changed(after=live.snapshot().version)
    await clock.advance(LEASE_RENEWAL_S)
    turn = live.snapshot().turn.id
    while not (kept := await drafts(database, turn)):
        pass  # the database takes its time
    async with database.transaction() as tx:
        await tx.turns.interrupt_orphans(OwnerId(5))  # what the next process does
    model.release()
    while conversations.live(turn):
        await live.changed(after=live.snapshot().version)

    view = await conversations.view(turn)
    assert [message.parts for message in kept] == [(TextPart("So far "),)]
    assert (view.state, view.texts, view.cut_short) == (TurnState.INTERRUPTED, ("So far ",), True)
    await ended(await conversations.go_on(turn, 1, 0, a_presser()))
    assert await remembered(conversations) == ["So far and further."]
