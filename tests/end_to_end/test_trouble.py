"""Discord, the gateway and the database make trouble in mid-answer; people still get it whole."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.domain.errors import AlreadyRunningError
from sandbox.clock import HandClock
from sandbox.discord.faults import Fault, GatewayFault
from sandbox.driver import Invocation, Message
from sandbox.server import Sandbox
from storage.database import Database
from tests.factories import NOON

pytestmark = pytest.mark.usefixtures("app")


async def whole(asked: Invocation) -> Message:
    await asked.until(lambda asked: asked.messages and asked.messages[-1].button("Retry"))
    return asked.messages[-1]


async def by_the_clock(clock: HandClock, waiting: "asyncio.Future[Message]") -> Message:
    """Let time pass until it has happened: back-off and spacing go by the clock."""
    while not waiting.done():
        await clock.advance(1)
    return await waiting


@pytest.mark.parametrize(
    "fault",
    [
        Fault(route="PATCH /webhooks/*", times=3, status=500, body={"message": "oops"}),
        Fault(route="PATCH /webhooks/*", times=3, status=502, body="<p>"),
        Fault(route="PATCH /webhooks/*", times=2, status=429, retry_after=2.0),
        Fault(route="PATCH /webhooks/*", times=2, status=429, retry_after=2.0, scope="shared"),
        Fault(route="PATCH /webhooks/*", times=2, drop="before"),
        Fault(route="PATCH /webhooks/*", times=2, drop="after"),
    ],
    ids=["500", "502_html", "429", "429_shared", "dropped_before", "dropped_after"],
)
async def test_edits_that_fail_are_made_again_until_the_answer_is_whole(
    sandbox: Sandbox, clock: HandClock, fault: Fault
) -> None:
    sandbox.openai.answers.queue(["First ", "and last"])
    sandbox.discord.faults.add(fault)

    asked = await sandbox.user("ada").slash("chat", message="hi")
    message = await by_the_clock(clock, asyncio.ensure_future(whole(asked)))

    assert message.content == "First and last"
    assert len(asked.messages) == 1


async def test_an_acknowledgement_that_came_too_late_still_ends_in_an_answer(
    sandbox: Sandbox, clock: HandClock
) -> None:
    late = {"code": 10062, "message": "Unknown interaction"}
    sandbox.discord.faults.add(Fault(route="POST /interactions/*", status=404, body=late))
    sandbox.openai.answers.queue("Here it is")
    ada = sandbox.user("ada")

    await ada.slash("chat", message="hi")
    seen = asyncio.ensure_future(
        ada.until("general", lambda seen: seen[-1].content == "Here it is" and seen[-1])
    )

    assert await by_the_clock(clock, seen)  # pyright: ignore[reportArgumentType]


async def test_a_gateway_that_is_lost_in_mid_answer_changes_nothing(sandbox: Sandbox) -> None:
    sandbox.openai.answers.queue(["Still ", "talking"])
    gate = sandbox.openai.answers.hold(after=2)
    asked = await sandbox.user("ada").slash("chat", message="hi")
    await asked.until(lambda asked: "Still" in asked.text)

    await sandbox.drop_gateway()
    gate.release()

    assert (await whole(asked)).content == "Still talking"


async def test_an_event_that_comes_twice_is_answered_once(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    sandbox.discord.faults.add(GatewayFault(action="duplicate", event="INTERACTION_CREATE"))
    await whole(await ada.slash("chat", message="by command"))
    sandbox.discord.faults.add(GatewayFault(action="duplicate", event="MESSAGE_CREATE"))
    await ada.say("@Switchboard by message")
    await ada.until(
        "general", lambda seen: "by message" in seen[-1].content and seen[-1].button("Retry")
    )

    chats = [each for each in sandbox.openai.requests if each.path == "/chat/completions"]
    assert [each.body["messages"][-1]["content"] for each in chats] == ["by command", "by message"]
    answers = [message for message in ada.sees("general") if message.author == "Switchboard"]
    assert len(answers) == 2


async def test_a_channel_deleted_in_mid_answer_leaves_the_bot_well(
    sandbox: Sandbox, app: App
) -> None:
    sandbox.openai.answers.queue(["So ", "far"], "elsewhere")
    gate = sandbox.openai.answers.hold(after=2)
    ada = sandbox.user("ada")
    asked = await ada.slash("chat", channel="random", message="hi")
    await asked.until(lambda asked: "So" in asked.text)
    cut = asked.messages[0]

    gone = {"code": 10003, "message": "Unknown Channel"}
    sandbox.discord.faults.add(Fault(route="PATCH *", times=None, status=404, body=gone))
    gate.release()
    await sandbox.openai.requests[-1].ended.wait()
    await sandbox.until(lambda: any(each.faulted for each in sandbox.discord.requests))
    sandbox.discord.faults.clear()

    assert (await whole(await ada.slash("chat", message="still there?"))).content == "elsewhere"
    assert cut.content == "So"
    assert 1 not in [view.turn.id for view in await app.services.conversations.unshown()]


async def test_the_15_minutes_of_a_token_end_in_mid_answer(
    sandbox: Sandbox, clock: HandClock
) -> None:
    sandbox.openai.answers.queue(["Early ", "and late"])
    gate = sandbox.openai.answers.hold(after=2)
    ada = sandbox.user("ada")
    asked = await ada.slash("chat", message="hi")
    await asked.until(lambda asked: "Early" in asked.text)
    sandbox.openai.answers.pace = 0

    gate.release(0)
    await clock.advance(25)  # no stall yet
    await clock.advance(0)
    gate.release()
    message = await by_the_clock(clock, asyncio.ensure_future(whole(asked)))

    assert message.content == "Early and late"


@pytest.mark.parametrize("settings", [{"openai_timeout": 3600}], indirect=True, ids=["patient"])
@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
async def test_an_answer_after_the_token_has_ended_is_still_shown(
    sandbox: Sandbox, clock: HandClock, *, private: bool
) -> None:
    """The question waits for over 15 minutes behind an answer that comes a word each 20 s."""
    ada = sandbox.user("ada")
    sandbox.openai.answers.queue(["tick "] * 50, "At last")
    sandbox.openai.answers.pace = 20
    await ada.slash("chat", message="one", private=private)
    await sandbox.openai.asked("POST /chat/completions")
    second = await ada.slash("chat", message="two", private=private)
    await second.until(lambda asked: "1" in asked.text)

    def at_last() -> bool:
        return any("At last" in message.text for message in ada.sees("general"))

    pressed = False
    for _ in range(400):
        await clock.advance(5)
        if not pressed and second.messages[-1].button("Show the rest"):
            await ada.press(second.messages[-1], "Show the rest")
            pressed = True
        if at_last():
            break

    assert at_last()
    assert pressed is private
    assert clock.now() - NOON > timedelta(minutes=15)


async def test_a_second_bot_on_the_same_file_is_refused(clock: HandClock, tmp_path: Path) -> None:
    with pytest.raises(AlreadyRunningError):
        async with Database.open(f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}", clock=clock):
            pass


async def test_an_event_that_cannot_be_read_is_logged_and_the_next_one_answered(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    world = sandbox.discord.world
    for event, payload in (("INTERACTION_CREATE", {"id": "1", "type": 2}), ("MESSAGE_CREATE", {})):
        world.dispatch(event, payload)

    message = await whole(await sandbox.user("ada").slash("chat", message="still there?"))

    assert message.content
    assert "An event INTERACTION_CREATE could not be read" in caplog.text
