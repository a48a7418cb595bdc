"""Recordings, voice messages and speech, as people use them, in every dialect."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from bot.settings import Settings
from sandbox.clock import HandClock
from sandbox.driver import Invocation, Message, User
from sandbox.openai.sound import tone
from sandbox.server import Sandbox
from tests.end_to_end.conftest import NewSettings
from tests.media.sounds import length_of

T = TypeVar("T")
NOTE = tone(2, "opus")
SAID = "The bus is late. Wait for me."
DIALECTS = pytest.mark.parametrize("sandbox", ["modern", "legacy", "both"], indirect=True)
TRANSCRIPTIONS, TRANSLATIONS = "/audio/transcriptions", "/audio/translations"


@pytest.fixture
def settings(
    new_settings: NewSettings, sandbox: Sandbox, request: pytest.FixtureRequest
) -> Settings:
    """With models that the dialect has; parametrized by what a test needs otherwise."""
    old = {"chat_model": "gpt-3.5-turbo", "transcription_model": "whisper-1"}
    models = old if sandbox.dialect == "legacy" else {}
    return new_settings(**{**models, **getattr(request, "param", {})})


async def soon(clock: HandClock, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, while time goes on in small steps."""
    task = asyncio.ensure_future(work)
    for _ in range(3000):
        if task.done():
            break
        await clock.advance(0.05)
    return await task


def ended(message: Message) -> bool:
    return any((one.custom_id or "").startswith("retry:") for one in message.buttons)


async def answered(clock: HandClock, asked: Invocation) -> Message:
    """The last message of the finished answer."""
    await soon(clock, asked.until(lambda one: one.messages and ended(one.messages[-1])))
    return asked.messages[-1]


async def reply(clock: HandClock, user: User, to: Message) -> Message:
    """The finished answer to a message."""

    def look(seen: list[Message]) -> Message | None:
        later = [one for one in seen if one.id > to.id and one.author == "Switchboard"]
        return later[-1] if later and ended(later[-1]) else None

    return await soon(clock, user.until(to.stored.channel, look))


def asked_of(sandbox: Sandbox, path: str) -> list[dict[str, Any]]:
    return [one.body for one in sandbox.openai.requests if one.path == path]


def names_of(sandbox: Sandbox, path: str) -> list[str]:
    return [body["file"]["filename"] for body in asked_of(sandbox, path)]


async def transcribe(
    sandbox: Sandbox, clock: HandClock, data: bytes, name: str = "note.ogg", **options: Any
) -> Message:
    ada = sandbox.user("ada")
    file = ada.upload(name, data, options.pop("mime", "audio/ogg"))
    asked = await ada.slash("audio transcribe", file=file, **options)
    return await answered(clock, asked)


@pytest.mark.usefixtures("app")
@DIALECTS
async def test_a_recording_is_written_down(sandbox: Sandbox, clock: HandClock) -> None:
    sandbox.openai.answers.queue(SAID)
    message = await transcribe(sandbox, clock, tone(2, "mp3"), "talk.mp3", mime="audio/mpeg")

    assert message.content == SAID
    assert message.embeds == []
    assert [one.label for one in message.buttons][:3] == ["Retry", "Translate", "Answer"]


@pytest.mark.usefixtures("app")
async def test_a_text_is_read_aloud(sandbox: Sandbox, clock: HandClock) -> None:
    asked = await sandbox.user("ada").slash("audio speak", text="Hello there", format="opus")

    message = await answered(clock, asked)

    [file] = message.attachments
    assert file.name == "speech.opus"
    assert length_of(await file.read()) > 0.5
    assert asked_of(sandbox, "/audio/speech")[0]["voice"] == "alloy"


@pytest.mark.usefixtures("app")
@DIALECTS
async def test_a_voice_message_in_direct_messages_is_shown_as_text_and_answered(
    sandbox: Sandbox, clock: HandClock
) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.answers.queue(SAID, "I will wait.", "Still here.")

    note = await ada.voice_note(NOTE, seconds=2, channel="@bot")
    message = await reply(clock, ada, note)
    await reply(clock, ada, await ada.say("And now?", channel="@bot"))

    assert message.content == f"> {SAID.replace(chr(10), ' ')}\n\nI will wait."
    sent = asked_of(sandbox, "/chat/completions")[-1]["messages"]
    assert [each["content"] for each in sent] == [SAID, "I will wait.", "And now?"]
