"""How a growing answer is shown: first and last at once, the rest spaced, waited for by none."""

from bot.client import Bot
from bot.domain.chat import Delta
from bot.domain.conversations import TurnState
from sandbox.clock import HandClock
from sandbox.discord.faults import Fault
from sandbox.driver.user import User
from sandbox.server import Sandbox
from tests.cogs.delivery.clocks import settle
from tests.fakes import FakeChatModel, finished


def edits(sandbox: Sandbox) -> list[str]:
    return [one.body["content"] for one in sandbox.discord.requests if one.method == "PATCH"]


async def until_one_waits(bot: Bot, sandbox: Sandbox, *, unless: int) -> None:
    """Until an edit waits for its slot, or `unless` so many were made."""
    lanes = bot.answers._desk.pump._lanes
    while not any(lane.line._waiting for lane in lanes.values()) and len(edits(sandbox)) < unless:
        await settle()


async def test_what_comes_between_is_spaced_and_the_end_is_shown_at_once_and_whole(
    bot: Bot, ada: User, model: FakeChatModel, sandbox: Sandbox
) -> None:
    words = ["One", " two", " three"]
    model.play([*(Delta(choice=0, text=word) for word in words), finished()])
    model.hold()
    asked = await ada.slash("chat", message="hi")
    await model.waiting.wait()
    model.step()
    await asked.until(lambda seen: seen.original and seen.original.content == "One")
    await model.waiting.wait()
    model.step()
    await until_one_waits(bot, sandbox, unless=2)
    assert edits(sandbox) == ["One"]

    model.release()
    await asked.until(
        lambda seen: seen.original and seen.original.button("Retry")
    )  # no time passes

    assert edits(sandbox) == ["One", "One two three"]


async def test_an_answer_goes_on_and_is_kept_while_discord_hangs(
    bot: Bot, ada: User, model: FakeChatModel, sandbox: Sandbox, clock: HandClock
) -> None:
    text = [f"word {n} " for n in range(200)]
    model.play([*(Delta(choice=0, text=word) for word in text), finished()])
    sandbox.discord.faults.add(Fault(route="PATCH /webhooks/*", delay=3600.0, times=None))

    await ada.slash("chat", message="hi")
    while not (unshown := await bot.services.conversations.unshown()):
        pass  # the database takes its time

    (view,) = unshown
    assert view.state is TurnState.DONE
    assert view.texts == ("".join(text),)
    sandbox.discord.faults.clear()
    await clock.advance(3600)


async def test_typing_is_shown_until_the_first_text_is_there(
    bot: Bot, ada: User, model: FakeChatModel, sandbox: Sandbox, clock: HandClock
) -> None:
    model.play([Delta(choice=0, text="Well"), finished()])
    model.hold()

    def typing() -> int:
        return sum(one.path.endswith("/typing") for one in sandbox.discord.requests)

    await ada.say(f"<@{bot.application_id}> hello")
    await model.waiting.wait()
    await sandbox.until(lambda: typing() == 1)
    while typing() == 1:
        await clock.advance(1)
        await settle()
    model.step()
    await ada.until("general", lambda seen: seen[-1].content == "Well")
    await clock.advance(60)

    assert typing() == 2
    model.release()
