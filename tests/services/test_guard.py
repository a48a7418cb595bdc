"""Moderation of prompts and answers, where a server wants it."""

from collections.abc import AsyncGenerator, Sequence

import pytest

from bot.domain.calls import Record, unrecorded
from bot.domain.conversations import Answering, Input, Question, TurnState, TurnView
from bot.domain.errors import ContentFlaggedError, FileError, FileFault, ServerFaultError
from bot.domain.moderations import Moderation, ModerationRequest, Verdict
from bot.services.conversations import Conversations
from bot.services.guard import Guard
from sandbox.clock import HandClock
from storage.database import Database
from tests.doors import a_door
from tests.factories import a_presser, a_question
from tests.fakes import FakeChatModel, an_answer
from tests.services.test_conversations import PLACE, ended


class Judge:
    """Flags every text with "bad" in it, and pictures that are set."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.seen: list[bytes | None] = []
        self.bad: bytes | None = None
        self.error: Exception | None = None

    async def moderate(self, request: ModerationRequest, record: Record = unrecorded) -> Moderation:  # noqa: ARG002
        self.asked.append(request.texts)
        picture = request.picture.data if request.picture else None
        self.seen.append(picture)
        if self.error:
            raise self.error
        verdicts = [
            Verdict(flagged="bad" in text, categories={"hate": "bad" in text}, scores={})
            for text in request.texts
        ]
        if picture is not None:  # one for all of it
            bad = picture == self.bad or any(each.flagged for each in verdicts)
            verdicts = [Verdict(flagged=bad, categories={"violence": bad}, scores={})]
        return Moderation(verdicts=tuple(verdicts), model=request.model)


@pytest.fixture
def judge() -> Judge:
    return Judge()


@pytest.fixture
def judging() -> str:
    return "judge-1"


@pytest.fixture
async def conversations(
    database: Database, model: FakeChatModel, clock: HandClock, judge: Judge, judging: str
) -> AsyncGenerator[Conversations, None]:
    calls = a_door(database, clock)
    service = Conversations(
        database=database,
        model=model,
        default_model="sandbox-chat",
        clock=clock,
        calls=calls,
        guard=Guard(moderator=judge, model=judging, calls=calls),
    )
    yield service
    model.release()
    await service.close(limit_s=0)


async def test_nobody_judges_where_it_is_off(conversations: Conversations, judge: Judge) -> None:
    view = await ended(await conversations.ask(a_question(text="bad")))

    assert view.state is TurnState.DONE
    assert judge.asked == []


@pytest.mark.parametrize(
    "answering",
    [
        Answering(moderation="prompts", system="bad"),
        Answering(moderation="prompts", details={"suffix": "bad"}),
    ],
)
async def test_what_is_written_beside_a_question_is_judged_with_it(
    conversations: Conversations, model: FakeChatModel, judge: Judge, answering: Answering
) -> None:
    view = await ended(await conversations.ask(a_question(text="Go on", answering=answering)))

    assert isinstance(view.error, ContentFlaggedError)
    assert judge.asked == [("Go on", "bad")]
    assert model.requests == []


@pytest.mark.parametrize("moderation", ["prompts", "all"])
async def test_a_flagged_question_is_not_sent(
    conversations: Conversations, model: FakeChatModel, moderation: str
) -> None:
    view = await ended(
        await conversations.ask(
            a_question(text="bad words", answering=Answering(moderation=moderation))
        )
    )

    assert view.error == ContentFlaggedError("judge-1", ("hate",), answer=False)
    assert (await conversations.view(view.turn.id)).error == view.error  # also after a restart
    assert model.requests == []


async def test_a_flagged_answer_is_never_shown_or_remembered(
    conversations: Conversations, model: FakeChatModel, judge: Judge
) -> None:
    model.play(an_answer("good and bad"), an_answer("good"))
    model.hold()
    live = await conversations.ask(a_question(text="hi", answering=Answering(moderation="all")))
    assert live
    await model.waiting.wait()
    model.step()
    await model.waiting.wait()
    unseen = live.snapshot().texts
    model.release()
    view = await ended(live)

    assert unseen == view.texts == ("",)
    assert view.error == ContentFlaggedError("judge-1", ("hate",), answer=True)
    assert judge.asked == [("hi",), ("good and bad",)]
    again = await ended(await conversations.retry(view.turn.id, a_presser()))
    assert (again.state, again.texts) == (TurnState.DONE, ("good",))


async def test_stop_leaves_nothing_that_was_not_judged(
    conversations: Conversations, model: FakeChatModel
) -> None:
    model.hold()
    live = await conversations.ask(a_question(answering=Answering(moderation="all")))
    assert live
    await model.waiting.wait()
    model.step()
    await model.waiting.wait()

    await conversations.stop(live.snapshot().turn.id, a_presser())

    view = await ended(live)
    assert (view.state, view.texts) == (TurnState.STOPPED, ("",))
    assert (await conversations.view(view.turn.id)).texts == ("",)


async def test_without_a_judgement_nothing_passes(
    conversations: Conversations, model: FakeChatModel, judge: Judge
) -> None:
    judge.error = ServerFaultError(status=503)

    view = await ended(
        await conversations.ask(a_question(answering=Answering(moderation="prompts")))
    )

    assert isinstance(view.error, ServerFaultError)
    assert model.requests == []


def pictured(*pictures: bytes, text: str = "What is this?") -> Question:
    async def inputs() -> Sequence[Input]:
        return [
            Input(name=f"{at}.png", mime="image/png", data=data) for at, data in enumerate(pictures)
        ]

    names = tuple(f"{at}.png" for at in range(len(pictures)))
    answering = Answering(moderation="prompts")
    return a_question(text=text, answering=answering, inputs=inputs, attachments=names)


@pytest.mark.parametrize("judging", ["omni-moderation-latest"])
async def test_each_picture_is_judged_and_a_flagged_one_is_not_sent(
    conversations: Conversations, model: FakeChatModel, judge: Judge
) -> None:
    judge.bad = b"second"

    fine = await ended(await conversations.ask(pictured(b"first")))
    bad = await ended(await conversations.ask(pictured(b"first", b"second", b"third")))
    words = await ended(await conversations.ask(pictured(b"first", text="bad")))

    assert fine.state is TurnState.DONE
    assert isinstance(bad.error, ContentFlaggedError)
    assert bad.error.categories == ("violence",)
    assert isinstance(words.error, ContentFlaggedError)
    assert len(model.requests) == 1
    assert list(zip(judge.asked, judge.seen, strict=True)) == [
        (("What is this?",), b"first"),
        (("What is this?",), b"first"),
        ((), b"second"),
        (("bad",), b"first"),
    ]


async def test_a_judge_that_takes_no_pictures_gets_none(
    conversations: Conversations, judge: Judge
) -> None:
    view = await ended(await conversations.ask(pictured(b"first")))

    assert view.state is TurnState.DONE
    assert judge.seen == [None]


@pytest.mark.parametrize("whose", ["conversation", "preferences"])
async def test_a_system_prompt_is_judged_with_the_first_question_that_uses_it(
    conversations: Conversations, judge: Judge, model: FakeChatModel, whose: str
) -> None:
    async def asked(text: str, prompt: str) -> TurnView:
        usual = None
        if whose == "conversation":
            await conversations.set_system_prompt(PLACE, prompt, a_presser())
        else:
            usual = prompt
        answering = Answering(moderation="prompts", usual_system=usual)
        return await ended(await conversations.ask(a_question(text=text, answering=answering)))

    views = [await asked("one", "be good"), await asked("two", "be good"), await asked("3", "bad")]

    assert [view.state for view in views] == [TurnState.DONE, TurnState.DONE, TurnState.FAILED]
    assert views[-1].error == ContentFlaggedError("judge-1", ("hate",), answer=False, system=True)
    assert judge.asked == [("one",), ("be good",), ("two",), ("3",), ("bad",)]
    assert len(model.requests) == 2


async def test_a_retry_is_judged_by_what_is_set_now(
    conversations: Conversations, judge: Judge, model: FakeChatModel
) -> None:
    unjudged = await ended(await conversations.ask(a_question(text="bad")))

    refused = await ended(
        await conversations.retry(unjudged.turn.id, a_presser(), moderation="prompts")
    )
    let_through = await ended(
        await conversations.retry(unjudged.turn.id, a_presser(), moderation="off")
    )

    assert refused.error == ContentFlaggedError("judge-1", ("hate",), answer=False)
    assert let_through.state is TurnState.DONE
    assert judge.asked == [("bad",)]
    assert len(model.requests) == 2


@pytest.mark.parametrize("text", ["A title", ""], ids=["with text", "scan"])
async def test_of_a_document_only_the_text_is_judged_and_sent(
    conversations: Conversations, judge: Judge, model: FakeChatModel, text: str
) -> None:
    async def inputs() -> Sequence[Input]:
        return [Input(name="a.pdf", mime="application/pdf", data=b"%PDF-", text=text, pages=1)]

    answering = Answering(moderation="prompts")
    question = a_question(answering=answering, attachments=("a.pdf",), inputs=inputs)
    view = await ended(await conversations.ask(question))

    if text:
        assert text in judge.asked[0]
        assert isinstance(model.requests[0].messages[-1].content, str)
    else:
        assert view.error == FileError("a.pdf", FileFault.WITHOUT_TEXT)
        assert (judge.asked, model.requests) == ([], [])


async def test_pages_that_nobody_judged_are_not_shown_with_the_next_question_either(
    conversations: Conversations, model: FakeChatModel
) -> None:
    async def inputs() -> Sequence[Input]:
        return [Input(name="a.pdf", mime="application/pdf", data=b"%PDF-", text="Title", pages=2)]

    judged = Answering(moderation="prompts")
    await ended(
        await conversations.ask(a_question(answering=judged, attachments=("a.pdf",), inputs=inputs))
    )
    await ended(await conversations.ask(a_question(text="And page 2?", answering=judged)))

    for request in model.requests:
        assert isinstance(request.messages[0].content, str)
        assert "Title" in request.messages[0].content
    assert len(model.requests) == 2
