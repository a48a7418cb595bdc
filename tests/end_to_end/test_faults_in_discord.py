"""What people and networks do to Discord in mid-answer, done there rather than by a code.

Beside the codes of test_faults.py: channels, threads and messages that are really deleted, rights
that are really taken, and a gateway that hears nothing any more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bot.app import App
from bot.domain.chat import TextPart
from bot.domain.ids import TurnId
from sandbox.clock import HandClock
from sandbox.discord.faults import GatewayFault
from sandbox.discord.model import Channel
from sandbox.discord.permissions import Permission
from sandbox.driver import Invocation, Message, User
from sandbox.server import Sandbox
from tests.end_to_end.test_threads import newest_thread

BEGINNING, REST = "The beginning", " and the rest"
WHOLE = BEGINNING + REST
PATIENCE = 400  # seconds of the bot's clock
BEAT_S = 0.05


@dataclass
class Asked:
    """A question in mid-answer: its first words are to be seen."""

    sandbox: Sandbox
    app: App
    clock: HandClock
    channel: Channel
    message: Message
    gate: Any
    invocation: Invocation | None

    async def goes_on(self) -> None:
        """The rest comes, and nobody is at work for it any more."""
        self.gate.release()
        await until(self.clock, lambda: at_rest(self.app), "the end")

    async def kept(self) -> list[str]:
        """The answers of the conversation, as they are kept."""
        async with self.app.database.transaction() as tx:
            turn = await tx.turns.get(TurnId(1))
            exchanges = await tx.messages.window(turn.conversation, None, 10)
        parts = [part for each in exchanges for part in each.answer.parts]
        return [part.text for part in parts if isinstance(part, TextPart)]


async def until(clock: HandClock, look: Callable[[], object], what: str) -> None:
    for _ in range(PATIENCE):
        if look():
            return
        await clock.advance(1)
    raise AssertionError(f"{what} never came")


def at_rest(app: App) -> bool:
    return not app.services.conversations._engine.busy and not app.bot.answers._running


@dataclass
class Asking:
    sandbox: Sandbox
    app: App
    clock: HandClock

    @property
    def ada(self) -> User:
        return self.sandbox.user("ada")

    async def by_command(self, channel: "str | Channel" = "random") -> Asked:
        return await self._asked(channel, command=True)

    async def by_message(self, channel: "str | Channel" = "random") -> Asked:
        return await self._asked(channel, command=False)

    async def _asked(self, channel: "str | Channel", *, command: bool) -> Asked:
        self.sandbox.openai.answers.queue([BEGINNING, REST])
        gate = self.sandbox.openai.answers.hold(after=2)
        invocation = None
        if command:
            invocation = await self.ada.slash("chat", channel=channel, message="hi")
        else:
            await self.ada.say("@Switchboard hi", channel=channel)
        await until(self.clock, lambda: self._begun(channel), "the beginning")
        message = self._begun(channel)
        assert message is not None
        place = message.stored.channel
        return Asked(self.sandbox, self.app, self.clock, place, message, gate, invocation)

    def _begun(self, channel: "str | Channel") -> Message | None:
        seen = self.ada.sees(channel)
        return next((each for each in seen if each.content == BEGINNING), None)

    async def answers_elsewhere(self) -> bool:
        self.sandbox.openai.answers.queue("Still here")
        await self.ada.say("@Switchboard and now?", channel="general")
        await until(
            self.clock,
            lambda: any("Still here" in one.content for one in self.ada.sees("general")),
            "the next answer",
        )
        return True


@pytest.fixture
def asking(sandbox: Sandbox, app: App, clock: HandClock) -> Asking:
    return Asking(sandbox, app, clock)


@pytest.mark.parametrize("way", ["by_command", "by_message"])
async def test_a_channel_deleted_in_mid_answer_takes_only_what_is_shown(
    asking: Asking, way: str
) -> None:
    asked = await getattr(asking, way)()

    await asking.ada.delete_channel("random")
    await asked.goes_on()

    assert await asked.kept() == [WHOLE]
    assert await asking.app.services.conversations.unshown() == ()
    assert await asking.answers_elsewhere()


@pytest.mark.parametrize("way", ["by_command", "by_message"])
async def test_a_thread_deleted_in_mid_answer_leaves_its_channel_as_it_was(
    asking: Asking, way: str
) -> None:
    await (await asking.ada.slash("conversation thread", channel="random", title="Talk")).answer()
    before = len(asking.ada.sees("random"))
    asked = await getattr(asking, way)(newest_thread(asking.sandbox))

    await asking.ada.delete_channel(asked.channel)
    await asked.goes_on()

    assert await asking.app.services.conversations.unshown() == ()
    assert len(asking.ada.sees("random")) == before
    assert await asking.answers_elsewhere()


@pytest.mark.parametrize("way", ["by_command", "by_message"])
async def test_an_answer_deleted_in_mid_answer_stays_away_and_is_remembered(
    asking: Asking, way: str
) -> None:
    asked = await getattr(asking, way)()

    await asking.ada.delete(asked.message)
    await asked.goes_on()

    assert [one for one in asking.ada.sees("random") if one.author == "Switchboard"] == []
    assert await asked.kept() == [WHOLE]
    shown = await (await asking.ada.slash("conversation show", channel="random")).answer()
    assert WHOLE in str(shown.raw)


@pytest.mark.parametrize("way", ["by_command", "by_message"])
async def test_without_the_right_to_write_an_answer_that_has_begun_still_ends_whole(
    asking: Asking, way: str
) -> None:
    asked = await getattr(asking, way)()

    await asking.ada.forbid("random", "bot", Permission.SEND_MESSAGES)
    await asked.goes_on()

    assert asked.message.content == WHOLE
    assert asked.message.button("Retry")


async def test_a_thread_closed_in_mid_answer_keeps_what_was_shown_and_the_answer_is_kept(
    asking: Asking,
) -> None:
    await (await asking.ada.slash("conversation thread", channel="random", title="Talk")).answer()
    asked = await asking.by_message(newest_thread(asking.sandbox))

    await asking.ada.close_thread(asked.channel)
    await asked.goes_on()

    assert asked.message.content == BEGINNING
    assert await asked.kept() == [WHOLE]
    assert await asking.answers_elsewhere()


async def test_a_command_is_answered_whole_where_the_bot_may_see_nothing_any_more(
    asking: Asking,
) -> None:
    asked = await asking.by_command()

    await asking.ada.forbid("random", "bot", Permission.VIEW_CHANNEL)
    await asked.goes_on()

    assert asked.message.content == WHOLE


async def test_an_answer_to_a_message_that_may_not_be_shown_is_shown_by_the_next_press(
    asking: Asking,
) -> None:
    asked = await asking.by_message()
    await asking.ada.forbid("random", "bot", Permission.VIEW_CHANNEL)
    await asked.goes_on()
    cut = asked.message.content

    await asking.ada.allow("random", "bot", Permission.VIEW_CHANNEL)
    await asking.ada.press(asked.message, "Stop")
    await until(asking.clock, lambda: asked.message.button("Retry"), "the end")

    assert cut == BEGINNING
    assert asked.message.content == WHOLE


@pytest.fixture
def beating(sandbox: Sandbox) -> None:
    """Before the bot comes online: it is told to say twenty times a second that it is there."""
    sandbox.discord.gateway.heartbeat_interval_s = BEAT_S


@pytest.mark.usefixtures("beating")
async def test_heartbeats_that_nobody_answers_end_the_connection_and_what_was_missed_is_answered(
    sandbox: Sandbox, app: App
) -> None:
    ada = sandbox.user("ada")
    gateway = sandbox.discord.gateway
    [session] = gateway.sessions
    deaf = session.connection
    sandbox.discord.faults.add(GatewayFault(action="silence", event="MESSAGE_CREATE"))
    sandbox.openai.answers.queue("Heard after all")

    await ada.say("@Switchboard are you there?")
    shard: Any = app.bot.get_shard(0)
    keep_alive = shard._parent.ws._keep_alive
    keep_alive.heartbeat_timeout = 0.0  # instead of a minute: the next beat finds it deaf
    await sandbox.until(lambda: session.connection not in (None, deaf), "a new connection")
    await ada.until("general", lambda seen: seen[-1].button("Retry"))

    answers = [one.content for one in ada.sees("general") if one.author == "Switchboard"]
    assert answers == ["Heard after all"]
    assert gateway.sessions == [session]  # resumed: what was said meanwhile came then
