import asyncio
from datetime import timedelta

import pytest

from bot.domain.chat import ChatMessage, Delta, ImageData, ParameterChanged, TextPart
from bot.domain.conversations import (
    Answering,
    Author,
    BegunAfresh,
    HistoryShortened,
    Input,
    LiveTurn,
    Post,
    TurnState,
    TurnView,
    channel_place,
)
from bot.domain.errors import (
    BadAnswerError,
    ContextLengthError,
    ConversationNotFoundError,
    Damage,
    FileError,
    FileFault,
    InputsGoneError,
    NothingToUndoError,
    NotYoursError,
    QueueFullError,
    RateLimitedError,
    ShuttingDownError,
    TooFastError,
    TurnNotFoundError,
    TurnRunningError,
    UnplannedError,
    WindowTooSmallError,
)
from bot.domain.ids import ChannelId, ConversationId, MessageId, TurnId
from bot.services.conversations import Conversations
from bot.services.conversations._paying import MAX_ANSWER
from bot.services.conversations._service import MAX_WAITING
from bot.services.pace import BURST, EVERY_S
from sandbox.clock import HandClock
from tests.factories import BEN, GENERAL, a_presser, a_question, a_source, a_token
from tests.fakes import FakeChatModel, an_answer, finished

PLACE = channel_place(GENERAL)


async def ended(live: LiveTurn | None) -> TurnView:
    assert live
    view = live.snapshot()
    while not view.state.ended:
        view = await live.changed(after=view.version)
    return view


async def answered(conversations: Conversations, text: str = "Hi") -> TurnView:
    return await ended(await conversations.ask(a_question(text=text)))


def said(request_messages: tuple[ChatMessage, ...]) -> list[tuple[str, object]]:
    return [(message.role, message.content) for message in request_messages]


async def test_what_the_model_thought_is_there_as_long_as_its_answer(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.play([Delta(choice=0, reasoning="Hm.\nWell."), Delta(choice=0, text="Yes."), finished()])
    view = await answered(conversations)

    kept = await conversations.view(view.turn.id)

    assert kept.reasoning == view.reasoning == ("Hm.\nWell.",)


async def test_a_question_is_answered_and_the_answer_kept(
    conversations: Conversations, model: FakeChatModel
) -> None:
    view = await answered(conversations, "What is a bus?")

    assert view.state is TurnState.DONE
    assert view.texts == ("Hello!",)
    assert said(model.requests[0].messages) == [("user", "What is a bus?")]
    page = await conversations.history(PLACE, before=None, limit=10)
    assert [each.question.parts[0].text for each in page.exchanges] == ["What is a bus?"]  # pyright: ignore[reportAttributeAccessIssue]
    assert page.total == 1


async def test_earlier_exchanges_are_sent_along_oldest_first(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.play(an_answer("one"), an_answer("two"), an_answer("three"))
    for text in ("first", "second", "third"):
        await answered(conversations, text)

    assert said(model.requests[-1].messages) == [
        ("user", "first"),
        ("assistant", "one"),
        ("user", "second"),
        ("assistant", "two"),
        ("user", "third"),
    ]


async def test_text_is_seen_while_it_grows(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.hold()
    live = await conversations.ask(a_question())
    assert live
    await model.waiting.wait()
    model.step()
    view = live.snapshot()
    while view.texts == ("",):
        view = await live.changed(after=view.version)

    assert view.state is TurnState.RUNNING
    assert view.texts == ("He",)


async def test_the_same_source_is_answered_once(
    conversations: Conversations, model: FakeChatModel
) -> None:
    question = a_question()
    lives = await asyncio.gather(*(conversations.ask(question) for _ in range(20)))

    taken = [live for live in lives if live]
    await ended(taken[0])
    assert len(taken) == 1
    assert len(model.requests) == 1


async def test_turns_of_one_conversation_never_run_together_and_keep_their_order(
    conversations: Conversations, model: FakeChatModel
) -> None:
    lives = [await conversations.ask(a_question(text=f"{n}")) for n in range(8)]
    for live in lives:
        await ended(live)

    assert model.most_running == 1
    assert [request.messages[-1].content for request in model.requests] == [
        f"{n}" for n in range(8)
    ]


async def test_different_conversations_do_not_wait_for_each_other(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.hold()
    for channel in range(5):
        await conversations.ask(a_question(place=channel_place(ChannelId(channel))))
    await model.all_running(5)

    assert model.most_running == 5


async def test_who_waits_sees_the_place_shrink(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.hold()
    first = await conversations.ask(a_question())
    second = await conversations.ask(a_question())
    third = await conversations.ask(a_question())
    assert first
    assert second
    assert third
    assert third.snapshot().place == 2

    model.step(4)
    await ended(first)
    view = third.snapshot()
    while view.place == 2:
        view = await third.changed(after=view.version)

    assert view.place == 1


async def test_the_question_after_the_last_place_is_refused_and_leaves_no_trace(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.hold()
    for _ in range(MAX_WAITING + 1):
        await conversations.ask(a_question())
    refused = a_question()

    with pytest.raises(QueueFullError):
        await conversations.ask(refused)

    assert not await conversations.already_handled(refused.source, "chat")


async def test_stop_keeps_what_was_said_so_far(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.hold()
    live = await conversations.ask(a_question())
    assert live
    turn = live.snapshot().turn
    await conversations.posted(turn.id, Post(part=0, channel=GENERAL, message=MessageId(5)))
    await model.waiting.wait()
    model.step()
    view = live.snapshot()
    while view.texts == ("",):
        view = await live.changed(after=view.version)

    await conversations.stop(turn.id, a_presser(message=MessageId(5)))

    view = await ended(live)
    assert (view.state, view.texts) == (TurnState.STOPPED, ("He",))
    assert model.running == 0
    assert (await conversations.view(turn.id)).texts == ("He",)


async def test_stop_of_a_waiting_question_shows_at_once_and_makes_no_call(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.hold()
    first, second, third = [await conversations.ask(a_question(text=f"{n}")) for n in range(3)]
    assert second
    assert third

    await conversations.stop(second.snapshot().turn.id, a_presser())

    assert second.snapshot().state is TurnState.STOPPED
    assert third.snapshot().place == 1
    assert (await conversations.view(second.snapshot().turn.id)).state is TurnState.STOPPED
    model.release()
    for live in (first, third):
        assert (await ended(live)).state is TurnState.DONE
    assert [request.messages[-1].content for request in model.requests] == ["0", "2"]
    assert said(model.requests[-1].messages)[:2] == [("user", "0"), ("assistant", "Hello!")]


async def test_stop_of_a_waiting_retry_shows_the_earlier_answer_again(
    conversations: Conversations, model: FakeChatModel
) -> None:
    turn = (await answered(conversations)).turn
    model.hold()
    running = await conversations.ask(a_question(text="in between"))
    again = await conversations.retry(turn.id, a_presser())
    assert again

    await conversations.stop(turn.id, a_presser())

    assert (again.snapshot().state, again.snapshot().texts) == (TurnState.DONE, ("Hello!",))
    model.release()
    await ended(running)
    assert (await conversations.history(PLACE, before=None, limit=9)).total == 2


async def test_a_retry_that_is_stopped_before_its_first_word_leaves_the_answer_in_the_history(
    conversations: Conversations, model: FakeChatModel
) -> None:
    turn = (await answered(conversations)).turn
    model.hold()
    again = await conversations.retry(turn.id, a_presser())
    await model.waiting.wait()

    await conversations.stop(turn.id, a_presser())

    assert (await ended(again)).state is TurnState.STOPPED
    page = await conversations.history(PLACE, before=None, limit=9)
    assert [each.answer.parts[0].text for each in page.exchanges] == ["Hello!"]  # pyright: ignore[reportAttributeAccessIssue]


async def test_only_the_asker_and_moderators_may_stop_or_retry(
    conversations: Conversations,
) -> None:
    turn = (await answered(conversations)).turn

    with pytest.raises(NotYoursError):
        await conversations.retry(turn.id, a_presser(user=BEN))

    assert await conversations.retry(turn.id, a_presser(user=BEN, may_manage=True))


async def test_a_button_on_another_message_is_refused(conversations: Conversations) -> None:
    turn = (await answered(conversations)).turn
    await conversations.posted(turn.id, Post(part=0, channel=GENERAL, message=MessageId(5)))

    with pytest.raises(TurnNotFoundError):
        await conversations.retry(turn.id, a_presser(message=MessageId(6)))
    with pytest.raises(TurnNotFoundError):
        await conversations.stop(TurnId(999), a_presser())


async def test_retry_adds_an_attempt_and_uses_only_what_came_before(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.play(an_answer("one"), an_answer("two"), an_answer("three"))
    first = await answered(conversations, "first")
    await answered(conversations, "second")

    again = await ended(await conversations.retry(first.turn.id, a_presser()))

    assert said(model.requests[-1].messages) == [("user", "first")]
    assert (again.turn.attempt, again.turn.attempts, again.texts) == (2, 2, ("three",))
    page = await conversations.history(PLACE, before=None, limit=10)
    assert [each.answer.parts[0].text for each in page.exchanges] == ["two", "three"]  # pyright: ignore[reportAttributeAccessIssue]


async def test_a_failed_retry_leaves_the_earlier_answer_in_the_history(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.play(an_answer("one"), [RateLimitedError(retry_after=3.0)], an_answer("next"))
    turn = (await answered(conversations, "first")).turn

    failed = await ended(await conversations.retry(turn.id, a_presser()))
    await answered(conversations, "second")

    assert failed.state is TurnState.FAILED
    assert said(model.requests[-1].messages)[:2] == [("user", "first"), ("assistant", "one")]
    assert (await conversations.view(turn.id)).texts == ("one",)


async def test_a_replayed_press_retries_once(
    conversations: Conversations, model: FakeChatModel
) -> None:
    turn = (await answered(conversations)).turn
    press = a_presser()
    await ended(await conversations.retry(turn.id, press))

    assert await conversations.retry(turn.id, press) is None
    assert len(model.requests) == 2


async def test_retry_of_a_running_turn_is_refused(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.hold()
    live = await conversations.ask(a_question())
    assert live

    with pytest.raises(TurnRunningError):
        await conversations.retry(live.snapshot().turn.id, a_presser())


async def test_a_failure_is_kept_with_its_facts_and_stays_out_of_the_history(
    conversations: Conversations, model: FakeChatModel
) -> None:
    error = RateLimitedError(detail="slow down", status=429, request_id="r", retry_after=7.5)
    model.play([Delta(choice=0, text="Half"), error], an_answer("fine"))

    view = await answered(conversations, "first")
    await answered(conversations, "second")

    assert (view.state, view.texts, view.error) == (TurnState.FAILED, ("Half",), error)
    assert said(model.requests[-1].messages) == [("user", "second")]
    kept = await conversations.view(view.turn.id)
    assert (kept.state, kept.texts, kept.error) == (TurnState.FAILED, ("Half",), error)


async def test_a_mistake_of_ours_still_ends_the_turn_and_lets_the_next_one_through(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.play([KeyError("bug")], an_answer("fine"))
    first = await conversations.ask(a_question())
    second = await conversations.ask(a_question())

    view = await ended(first)

    assert view.state is TurnState.FAILED
    assert isinstance(view.error, UnplannedError)
    assert (await ended(second)).state is TurnState.DONE


async def test_attachments_are_sent_with_the_question_and_again_with_the_history(
    conversations: Conversations, model: FakeChatModel
) -> None:
    async def inputs() -> list[Input]:
        return [
            Input(name="cat.png", mime="image/png", data=b"png"),
            Input(name="a.py", mime="text/plain", data=b"x = 1"),
        ]

    question = a_question(text="What is this?", attachments=("cat.png", "a.py"), inputs=inputs)
    await ended(await conversations.ask(question))
    await answered(conversations, "And now?")

    content = (
        "What is this?",
        ImageData("image/png", b"png"),
        "a.py:\n```\nx = 1\n```",
    )
    assert model.requests[0].messages[0].content == content
    assert model.requests[1].messages[0].content == content


async def test_an_attachment_that_fails_fails_the_turn_without_a_call(
    conversations: Conversations, model: FakeChatModel
) -> None:
    error = FileError("cat.png", FileFault.GONE)

    async def inputs() -> list[Input]:
        raise error

    view = await ended(await conversations.ask(a_question(attachments=("cat.png",), inputs=inputs)))

    assert view.error == error
    assert model.requests == []
    with pytest.raises(InputsGoneError):
        await conversations.retry(view.turn.id, a_presser())


async def test_fresh_sends_no_history_and_an_own_system_prompt_goes_first(
    conversations: Conversations, model: FakeChatModel
) -> None:
    await answered(conversations, "first")

    await ended(
        await conversations.ask(
            a_question(text="second", answering=Answering(fresh=True, system="Be brief."))
        )
    )

    assert said(model.requests[-1].messages) == [("system", "Be brief."), ("user", "second")]


async def test_the_conversations_system_prompt_is_sent_until_cleared(
    conversations: Conversations, model: FakeChatModel
) -> None:
    await conversations.set_system_prompt(PLACE, "Be kind.", a_presser())
    await answered(conversations)
    await conversations.set_system_prompt(PLACE, None, a_presser())
    await answered(conversations)

    assert model.requests[0].messages[0] == ChatMessage(role="system", content="Be kind.")
    assert model.requests[1].messages[0].role == "user"


async def test_a_long_history_is_cut_and_the_person_told(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.play(an_answer("word " * 2000))
    for n in range(12):
        await answered(conversations, f"question {n} " + "word " * 1500)
    view = await answered(conversations, "last")

    sent = len(model.requests[-1].messages) // 2
    assert 0 < sent < 12
    assert view.notices == (HistoryShortened(sent=sent),)


async def test_too_long_for_the_model_is_tried_again_with_less(
    conversations: Conversations, model: FakeChatModel
) -> None:
    for n in range(6):
        await answered(conversations, f"question {n} " + "word " * 300)
    model.play([ContextLengthError(limit=2000, status=400)], an_answer("fits"), an_answer("next"))
    view = await answered(conversations, "last")
    tried = [len(request.messages) for request in model.requests[-2:]]
    await answered(conversations, "after")

    assert view.texts == ("fits",)
    assert tried[1] < tried[0]
    assert any(isinstance(notice, HistoryShortened) for notice in view.notices)
    assert len(model.requests[-1].messages) <= tried[1] + 2  # the next one starts smaller


async def test_a_question_too_long_for_the_model_by_itself_is_said(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.play([ContextLengthError(limit=100, status=400)])

    view = await answered(conversations, "word " * 500)

    assert view.error == WindowTooSmallError(100)


async def test_several_choices_are_kept_and_the_chosen_one_remembered(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.play(
        [Delta(choice=0, text="red"), Delta(choice=1, text="blue"), finished()], an_answer("ok")
    )
    view = await answered(conversations, "Pick a colour")

    shown = await conversations.choose(view.turn.id, 1, 1, a_presser())
    looked = await conversations.choose(view.turn.id, 1, 0, a_presser(user=BEN))
    await answered(conversations, "Why?")

    assert view.texts == ("red", "blue")
    assert shown.turn.choice == 1
    assert looked.turn.choice == 0
    assert said(model.requests[-1].messages)[1] == ("assistant", "blue")


async def test_notices_of_the_api_are_shown_and_kept(
    conversations: Conversations, model: FakeChatModel
) -> None:
    dropped = ParameterChanged(parameter="temperature")
    model.play([dropped, *an_answer("fine")])

    view = await answered(conversations)

    assert view.notices == (dropped,)
    assert (await conversations.view(view.turn.id)).notices == (dropped,)


async def test_undo_takes_back_the_last_exchange_only(
    conversations: Conversations, model: FakeChatModel
) -> None:
    await answered(conversations, "first")
    last = await answered(conversations, "second")

    undone = await conversations.undo(PLACE, a_presser())
    await answered(conversations, "third")

    assert undone
    assert undone.id == last.turn.id
    assert [m.content for m in model.requests[-1].messages] == ["first", "Hello!", "third"]


async def test_undo_of_anothers_exchange_needs_manage_messages(
    conversations: Conversations,
) -> None:
    await answered(conversations)

    with pytest.raises(NotYoursError):
        await conversations.undo(PLACE, a_presser(user=BEN))

    assert await conversations.undo(PLACE, a_presser(user=BEN, may_manage=True))


async def test_undo_with_nothing_to_undo_is_said(conversations: Conversations) -> None:
    with pytest.raises(NothingToUndoError):
        await conversations.undo(PLACE, a_presser())


async def test_new_starts_afresh_and_resume_goes_back(
    conversations: Conversations, model: FakeChatModel
) -> None:
    await answered(conversations, "first")
    [old] = await conversations.listed(PLACE, limit=10, offset=0)
    await conversations.begin(PLACE, a_presser())
    await answered(conversations, "second")
    assert [m.content for m in model.requests[-1].messages] == ["second"]

    await conversations.resume(PLACE, old.id, a_presser())
    await answered(conversations, "third")

    assert [m.content for m in model.requests[-1].messages] == ["first", "Hello!", "third"]
    listed = await conversations.listed(PLACE, limit=10, offset=0)
    assert {(each.title, each.turns, each.current) for each in listed} == {
        ("first", 2, True),
        ("second", 1, False),
    }


async def test_a_conversation_of_another_place_cannot_be_resumed(
    conversations: Conversations,
) -> None:
    elsewhere = channel_place(ChannelId(9))
    await ended(await conversations.ask(a_question(place=elsewhere)))
    [theirs] = await conversations.listed(elsewhere, limit=10, offset=0)

    for conversation in (theirs.id, ConversationId(4711)):
        with pytest.raises(ConversationNotFoundError):
            await conversations.resume(PLACE, conversation, a_presser())


async def test_export_holds_every_exchange_in_each_form(conversations: Conversations) -> None:
    await conversations.set_system_prompt(PLACE, "Be kind.", a_presser())
    await answered(conversations, "first")
    await answered(conversations, "second")

    md = (await conversations.export(PLACE, "md")).data.decode()
    jsonl = (await conversations.export(PLACE, "jsonl")).data
    whole = (await conversations.export(PLACE, "json")).data

    assert md.index("Be kind.") < md.index("first") < md.index("second")
    assert jsonl == (
        b'{"messages":[{"role":"system","content":"Be kind."},'
        b'{"role":"user","content":"first"},{"role":"assistant","content":"Hello!"},'
        b'{"role":"user","content":"second"},{"role":"assistant","content":"Hello!"}]}\n'
    )
    assert b'"author": "ada"' in whole


async def test_a_deleted_question_leaves_the_history(
    conversations: Conversations, model: FakeChatModel
) -> None:
    question = a_question(text="secret")
    await ended(await conversations.ask(question))

    await conversations.question_deleted(question.source)
    await conversations.question_deleted(a_source())
    await answered(conversations, "next")

    assert [m.content for m in model.requests[-1].messages] == ["next"]


async def test_close_takes_no_new_work_and_marks_what_does_not_end_in_time(
    conversations: Conversations, model: FakeChatModel, clock: HandClock
) -> None:
    model.hold()
    live = await conversations.ask(a_question())
    closing = asyncio.ensure_future(conversations.close(limit_s=5))
    await clock.advance(1)
    with pytest.raises(ShuttingDownError):
        await conversations.ask(a_question())
    await clock.advance(5)

    await closing
    assert (await ended(live)).state is TurnState.INTERRUPTED


async def test_close_waits_for_an_answer_that_ends_in_time(
    conversations: Conversations, model: FakeChatModel, clock: HandClock
) -> None:
    model.hold()
    live = await conversations.ask(a_question())
    closing = asyncio.ensure_future(conversations.close(limit_s=5))
    await clock.advance(1)
    model.release()
    view = await ended(live)
    await clock.advance(1)

    await closing
    assert view.state is TurnState.DONE


async def test_a_token_lives_until_it_expires_or_is_renewed(
    conversations: Conversations, clock: HandClock
) -> None:
    live = await conversations.ask(a_question(token=a_token()))
    turn = (await ended(live)).turn.id
    assert await conversations.token(turn) == a_token()

    await clock.advance(15 * 60)
    assert await conversations.token(turn) is None
    newer = a_token(token="bmV3", expires_at=clock.now().replace(hour=23))
    await conversations.renew_token(turn, a_presser(token=newer))

    assert await conversations.token(turn) == newer


async def test_an_ended_turn_is_unshown_until_it_is_shown(
    conversations: Conversations,
) -> None:
    turn = (await answered(conversations)).turn.id
    assert [view.turn.id for view in await conversations.unshown()] == [turn]

    await conversations.shown(turn)

    assert await conversations.unshown() == ()


async def test_an_answer_without_end_is_cut_off(
    conversations: Conversations, model: FakeChatModel
) -> None:
    page = "word " * 20_000
    model.play([Delta(choice=0, text=page)] * (MAX_ANSWER // len(page) + 2))

    view = await answered(conversations)

    assert view.error == BadAnswerError(damage=Damage.ENDLESS)
    assert len(view.texts[0]) <= MAX_ANSWER + len(page)


async def test_undo_while_an_answer_is_made_is_refused(
    conversations: Conversations, model: FakeChatModel
) -> None:
    await answered(conversations)
    model.hold()
    live = await conversations.ask(a_question())
    await model.all_running(1)

    with pytest.raises(TurnRunningError):
        await conversations.undo(PLACE, a_presser())

    model.release()
    await ended(live)
    assert await conversations.undo(PLACE, a_presser())


async def test_the_model_is_told_who_speaks_once_several_people_do(
    conversations: Conversations, model: FakeChatModel
) -> None:
    await answered(conversations, "Hi")
    alone = said(model.requests[-1].messages)
    ben = Author(user=BEN, name="Ben\nthe Great")

    view = await ended(await conversations.ask(a_question(author=ben, text="And I?")))

    assert alone == [("user", "Hi")]
    assert said(model.requests[-1].messages) == [
        ("user", "ada: Hi"),
        ("assistant", "Hello!"),
        ("user", "Ben the Great: And I?"),
    ]
    page = await conversations.history(PLACE, before=None, limit=1)
    assert page.exchanges[0].question.parts == (TextPart("And I?"),)
    assert view.texts == ("Hello!",)


async def test_names_stand_before_pictures_too(
    conversations: Conversations, model: FakeChatModel
) -> None:
    async def fetch() -> list[Input]:
        return [Input(name="cat.png", mime="image/png", data=b"png")]

    picture = a_question(text="See", attachments=("cat.png",), inputs=fetch)
    await ended(await conversations.ask(picture))
    await ended(
        await conversations.ask(a_question(author=Author(user=BEN, name="ben"), text="Nice"))
    )

    assert model.requests[-1].messages[0].content == ("ada: See", ImageData("image/png", b"png"))


async def test_who_asks_too_fast_is_told_when_to_ask_again_and_nobody_else_is(
    conversations: Conversations, clock: HandClock
) -> None:
    turn = (await answered(conversations)).turn
    for number in range(1, BURST):
        await ended(await conversations.ask(a_question(place=channel_place(ChannelId(number)))))
    refused = a_question()

    with pytest.raises(TooFastError) as error:
        await conversations.ask(refused)
    with pytest.raises(TooFastError):
        await conversations.retry(turn.id, a_presser())

    assert error.value.retry_after == EVERY_S
    await answered_by_ben(conversations)
    await clock.advance(EVERY_S)
    assert (await ended(await conversations.ask(refused))).state is TurnState.DONE


async def answered_by_ben(conversations: Conversations) -> None:
    await ended(await conversations.ask(a_question(author=Author(user=BEN, name="ben"))))


@pytest.mark.parametrize("days", [7, 1, 30])
async def test_after_long_silence_a_question_begins_afresh_and_says_so_once(
    conversations: Conversations, model: FakeChatModel, clock: HandClock, days: int
) -> None:
    silence = timedelta(days=days).total_seconds()

    async def asked(text: str) -> TurnView:
        return await ended(await conversations.ask(a_question(text=text, idle_days=days)))

    await conversations.set_system_prompt(PLACE, "Be brief.", a_presser())
    first = await asked("Hi")
    await clock.advance(silence)
    in_time = await asked("Still there?")
    await clock.advance(silence + 1)

    afresh = await asked("And now?")
    next_one = await asked("On")

    assert first.notices == in_time.notices == next_one.notices == ()
    assert afresh.notices == (BegunAfresh(days=days),)
    assert said(model.requests[2].messages) == [("system", "Be brief."), ("user", "And now?")]
    earlier = (await conversations.listed(PLACE, limit=9, offset=0))[-1].id
    await conversations.resume(PLACE, earlier, a_presser())
    assert (await conversations.history(PLACE, before=None, limit=9)).total == 2
