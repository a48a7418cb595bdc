"""Recordings, voice messages and speech, as people use them, in every dialect."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.app import App, assembled
from bot.settings import Settings
from sandbox.driver import Invocation, Message, User
from sandbox.openai.call import Upload
from sandbox.openai.sound import tone
from sandbox.server import Sandbox
from tests.clocks import PatientClock as HandClock
from tests.end_to_end.conftest import NewSettings
from tests.end_to_end.process import BotProcess
from tests.media.sounds import KINDS, film, length_of, recorded

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


def uploads(sandbox: Sandbox) -> list[Upload]:
    return [file for one in sandbox.openai.requests for file in one.uploads.get("file", [])]


@asynccontextmanager
async def running(
    settings: Settings, sandbox: Sandbox, clock: HandClock
) -> AsyncGenerator[App, None]:
    """A process of the bot, from its start to its end."""
    async with assembled(settings, clock=clock) as built:
        quiet = [built.database._idle.wait, built.media.quiet]
        clock.quiet += quiet
        online = asyncio.ensure_future(built.bot.start(settings.discord_token.get_secret_value()))
        await sandbox.user("ada").can_use("chat")
        yield built
        await built.services.conversations.close(limit_s=0)
        await built.bot.close()
        await online
        clock.quiet = [each for each in clock.quiet if each not in quiet]


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


# Formats

FORMATS = [
    # format, its model, words of the message, the file's ending, and what the file begins with
    ("text", "whisper-1", SAID, None, ""),
    ("json", "gpt-transcribe", SAID, None, ""),
    ("verbose_json", "whisper-1", "`0:00` The bus is late.", "json", "{"),
    ("srt", "whisper-1", "-->", "srt", "1\n00:00:00,000 --> "),
    ("vtt", "whisper-1", "-->", "vtt", "WEBVTT"),
    ("diarized_json", "gpt-4o-transcribe-diarize", "`0:00` **A** The bus is late.", "json", "{"),
]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
async def test_every_format_is_readable_and_what_was_asked_for_is_a_file(
    sandbox: Sandbox, clock: HandClock
) -> None:
    sandbox.openai.answers.text = SAID

    for form, model, words, ending, begins in FORMATS:
        message = await transcribe(sandbox, clock, NOTE, format=form, model=model)

        assert words in message.content
        assert message.embeds == []
        assert asked_of(sandbox, TRANSCRIPTIONS)[-1]["response_format"] == form
        files = [(file.name, (await file.read()).decode()) for file in message.attachments]
        assert [name for name, _ in files] == ([f"note.{ending}"] if ending else [])
        assert all(text.startswith(begins) for _, text in files)


@pytest.mark.usefixtures("app")
async def test_times_for_each_word_come_as_a_file(sandbox: Sandbox, clock: HandClock) -> None:
    sandbox.openai.answers.queue(SAID)

    message = await transcribe(sandbox, clock, NOTE, timestamps="word", model="whisper-1")

    [file] = message.attachments
    assert [one["word"] for one in json.loads(await file.read())["words"]][:2] == ["The", "bus"]
    assert message.content.startswith("`0:00` The bus is late")


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
async def test_where_the_usual_model_has_not_the_format_another_is_named_that_has(
    sandbox: Sandbox, app: App, clock: HandClock
) -> None:
    await app.services.models.listed()

    for form, used in (("vtt", "whisper-1"), ("diarized_json", "gpt-4o-transcribe-diarize")):
        message = await transcribe(sandbox, clock, NOTE, format=form)

        assert used in message.embeds[0]["description"]
        assert form in message.embeds[0]["description"]
        assert len(message.attachments) == 1
        models = [body["model"] for body in asked_of(sandbox, TRANSCRIPTIONS)]
        assert models[-2:] == ["gpt-transcribe", used]


@pytest.mark.usefixtures("app")
async def test_a_format_that_a_chosen_model_has_not_is_refused_with_those_it_has(
    sandbox: Sandbox, clock: HandClock
) -> None:
    message = await transcribe(sandbox, clock, NOTE, format="srt", model="gpt-4o-transcribe")

    said = message.embeds[0]["description"]
    assert all(word in said for word in ("format", "srt", "text, json", "gpt-4o-transcribe"))
    assert len(asked_of(sandbox, TRANSCRIPTIONS)) == 1


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("sandbox", ["legacy"], indirect=True)
async def test_times_that_a_server_of_2023_does_not_give_are_refused(
    sandbox: Sandbox, clock: HandClock
) -> None:
    message = await transcribe(sandbox, clock, tone(2, "mp3"), timestamps="word")

    said = message.embeds[0]["description"]
    assert all(word in said for word in ("timestamps", "word", "whisper-1"))


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
async def test_plain_text_needs_no_excuse_where_the_model_only_knows_json(
    sandbox: Sandbox, clock: HandClock
) -> None:
    sandbox.openai.answers.text = SAID

    message = await transcribe(sandbox, clock, NOTE, format="text")

    assert (message.content, message.embeds) == (SAID, [])


@pytest.mark.usefixtures("app")
async def test_a_model_for_subtitles_that_is_gone_leaves_the_refusal(
    sandbox: Sandbox, clock: HandClock
) -> None:
    gone = {"error": {"message": "The model `whisper-1` does not exist", "code": "model_not_found"}}
    refused = refusal("response_format 'srt' is not compatible. Use 'json'.", "response_format")
    route = f"POST {TRANSCRIPTIONS}"
    sandbox.openai.faults.add(route, "status", status=400, times=1, body=refused)
    sandbox.openai.faults.add(route, "status", status=404, times=1, body=gone)

    message = await transcribe(sandbox, clock, NOTE, format="srt")

    said = message.embeds[0]["description"]
    assert all(word in said for word in ("format", "srt", "json", "gpt-transcribe"))


@pytest.mark.usefixtures("app")
async def test_options_that_can_not_be_are_refused_before_anything_is_fetched(
    sandbox: Sandbox,
) -> None:
    ada = sandbox.user("ada")
    file = ada.upload("note.ogg", NOTE, "audio/ogg")

    wrong: list[tuple[dict[str, Any], list[str]]] = [
        ({"timestamps": "word", "format": "srt"}, ["timestamps", "word", "verbose_json"]),
        ({"language": "12"}, ["language", "12", "ISO 639-1"]),
    ]
    for options, words in wrong:
        message = await (await ada.slash("audio transcribe", file=file, **options)).answer()

        assert message.ephemeral
        assert all(word in message.text for word in words)
    assert sandbox.openai.requests == []


@pytest.mark.usefixtures("app")
async def test_language_prompt_and_temperature_reach_the_api(
    sandbox: Sandbox, clock: HandClock
) -> None:
    await transcribe(
        sandbox,
        clock,
        NOTE,
        language="German",
        prompt="Ada",
        temperature=0.5,
        model="whisper-1",
    )

    [sent] = asked_of(sandbox, TRANSCRIPTIONS)
    assert (sent["language"], sent["prompt"], float(sent["temperature"])) == ("de", "Ada", 0.5)


# What people attach


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("sandbox", ["modern", "legacy"], indirect=True)
async def test_whatever_people_record_with_is_heard(sandbox: Sandbox, clock: HandClock) -> None:
    sandbox.openai.answers.text = SAID

    for kind in ("ogg", "flac", "mkv", "aac", "wav", "webm"):
        message = await transcribe(sandbox, clock, recorded(kind), "recording.bin")

        assert message.content == SAID, kind
        assert message.embeds == []
        if sandbox.dialect == "legacy":
            assert uploads(sandbox)[-1].filename.rpartition(".")[2] in {"mp3", "wav", "webm"}


@pytest.mark.usefixtures("app")
async def test_a_name_that_lies_about_its_content_is_put_right(
    sandbox: Sandbox, clock: HandClock
) -> None:
    await transcribe(sandbox, clock, recorded("wav"), "talk.mp3", mime="audio/mpeg")

    [upload] = uploads(sandbox)
    assert (upload.filename, upload.content_type) == ("talk.wav", "audio/wav")


@pytest.mark.usefixtures("app")
async def test_what_is_no_sound_is_said_and_nothing_is_paid(
    sandbox: Sandbox, clock: HandClock
) -> None:
    for name, data, word in (
        ("talk.mp3", b"Just words, no sound.", "is not sound"),
        ("film.mp4", film(), "no sound in"),
        ("cut.ogg", b"OggS" + bytes(40), "cut.ogg"),
    ):
        message = await transcribe(sandbox, clock, data, name)

        assert word in message.text
        assert name in message.text
    assert sandbox.openai.requests == []


def refusal(message: str, param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": param}}


@pytest.mark.usefixtures("app")
async def test_what_is_too_long_goes_in_pieces_with_the_times_of_the_whole(
    sandbox: Sandbox, clock: HandClock
) -> None:
    sandbox.openai.faults.add(
        f"POST {TRANSCRIPTIONS}",
        "status",
        status=400,
        times=1,
        body=refusal("audio duration 70 seconds is longer than 31 seconds, which is the maximum."),
    )
    sandbox.openai.answers.queue("One.", "Two.", "Three.")
    gate = sandbox.openai.answers.hold(route=f"POST {TRANSCRIPTIONS}")  # the first that is heard
    talk = recorded("mp3", [(25, 0.5), (1, 0), (20, 0.5), (1, 0), (23, 0.5)])
    ada = sandbox.user("ada")
    asked = await ada.slash(
        "audio transcribe",
        file=ada.upload("talk.mp3", talk, "audio/mpeg"),
        format="srt",
        model="whisper-1",
    )

    await soon(clock, asked.until(lambda one: "piece 1 of 3" in one.text))
    progress = asked.text
    gate.release()
    message = await answered(clock, asked)

    assert "1:10" in progress
    assert "$0.007" in progress
    [file] = message.attachments
    srt = (await file.read()).decode()
    starts = [line.partition(" ")[0] for line in srt.splitlines() if "-->" in line]
    assert starts[0] == "00:00:00,000"
    assert "00:00:25," <= starts[1] < "00:00:26,"  # where it is quiet
    assert "00:00:46," <= starts[2] < "00:00:47,"
    assert [line for line in srt.splitlines() if line.endswith(".")] == ["One.", "Two.", "Three."]
    assert [len(one.data) > 1000 for one in uploads(sandbox)] == [True] * 4


@pytest.mark.usefixtures("app")
async def test_a_server_that_takes_less_is_given_less_and_not_asked_in_vain_again(
    sandbox: Sandbox, clock: HandClock
) -> None:
    body = refusal("Maximum content size limit (1500000) exceeded (2000000 bytes read)")
    sandbox.openai.faults.add(f"POST {TRANSCRIPTIONS}", "status", status=413, times=1, body=body)
    wav = recorded("wav", [(60, 0.5)])
    sandbox.openai.answers.text = SAID

    first = await transcribe(sandbox, clock, wav, "a.wav")
    second = await transcribe(sandbox, clock, wav, "b.wav")

    assert first.content == second.content == SAID
    sizes = [len(one.data) for one in uploads(sandbox)]
    assert len(sizes) == 3
    assert sizes[0] > 1_500_000 > max(sizes[1:])


REFUSALS = [
    (400, "Audio file is too short. Minimum audio length is 0.1 seconds."),
    (400, "Unrecognized file format. Supported formats: ['flac', 'mp3', 'ogg']"),
    (413, "Maximum content size limit (200) exceeded (2026 bytes read)"),
    (400, "Audio file might be corrupted or unsupported."),
]


@pytest.mark.usefixtures("app")
async def test_what_the_api_says_against_a_recording_is_told(
    sandbox: Sandbox, clock: HandClock
) -> None:
    for status, said in REFUSALS:
        before = len(asked_of(sandbox, TRANSCRIPTIONS))
        body = refusal(said, "file")
        sandbox.openai.faults.add(
            f"POST {TRANSCRIPTIONS}", "status", status=status, times=1, body=body
        )

        message = await transcribe(sandbox, clock, recorded("ogg"))

        told = message.embeds[0]["description"].replace("\\", "")
        assert said in told
        assert ended(message)
        assert len(asked_of(sandbox, TRANSCRIPTIONS)) == before + 1


# Translation


@pytest.mark.usefixtures("app")
@DIALECTS
async def test_speech_is_put_into_english(sandbox: Sandbox, clock: HandClock) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.answers.queue(SAID)
    file = ada.upload("rede.mp3", tone(2, "mp3"), "audio/mpeg")

    message = await answered(clock, await ada.slash("audio translate", file=file))

    assert message.content == SAID
    assert [one.path for one in sandbox.openai.requests] == [TRANSLATIONS]


@pytest.mark.usefixtures("app")
async def test_without_the_endpoint_it_is_transcribed_and_chat_translates_and_that_is_said(
    sandbox: Sandbox, clock: HandClock
) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.faults.add(
        f"POST {TRANSLATIONS}", "status", status=404, body=refusal("Invalid URL")
    )
    sandbox.openai.answers.queue("Der Bus kommt.", "The bus comes.")
    file = ada.upload("rede.ogg", NOTE, "audio/ogg")

    message = await answered(clock, await ada.slash("audio translate", file=file))

    assert message.content == "The bus comes."
    assert TRANSCRIPTIONS in message.embeds[0]["description"]
    last = asked_of(sandbox, "/chat/completions")[-1]
    assert last["messages"][-1]["content"] == "Der Bus kommt."


@pytest.mark.usefixtures("app")
async def test_the_menus_of_a_message_take_its_sound_or_its_words(
    sandbox: Sandbox, clock: HandClock
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    note = await ada.voice_note(NOTE, seconds=2)
    words = await ada.say("Der Bus kommt.")
    sandbox.openai.answers.queue("spoken", "in English", "The bus comes.")

    written = await answered(clock, await ben.message_menu("Transcribe", note))
    spoken = await answered(clock, await ben.message_menu("Translate to English", note))
    read = await answered(clock, await ben.message_menu("Translate to English", words))
    none = await (await ben.message_menu("Transcribe", words)).answer()

    assert [written.content, spoken.content, read.content] == [
        "spoken",
        "in English",
        "The bus comes.",
    ]
    assert [one.path for one in sandbox.openai.requests] == [
        TRANSCRIPTIONS,
        TRANSLATIONS,
        "/chat/completions",
    ]
    sent = asked_of(sandbox, "/chat/completions")[0]["messages"]
    assert "English" in sent[0]["content"]
    assert sent[1]["content"] == "Der Bus kommt."
    assert none.ephemeral
    assert "no sound" in none.text


# Voice messages


@pytest.mark.usefixtures("app")
async def test_a_voice_message_is_no_question_unless_a_server_wants_it_written_down(
    sandbox: Sandbox, clock: HandClock
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    await ben.voice_note(NOTE, seconds=2)
    await (await ada.slash("settings set", key="auto_transcribe", value="on")).answer()
    sandbox.openai.answers.queue(SAID)

    note = await ben.voice_note(NOTE, seconds=99999)  # a length that is not true
    message = await reply(clock, ben, note)

    assert message.content == SAID
    assert message.raw["message_reference"]["message_id"] == str(note.id)
    assert len(sandbox.openai.requests) == 1


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("settings", [{"budget_user_day": 0.001}], indirect=True)
async def test_that_a_budget_does_not_hold_voice_messages_is_said_once_to_each_person(
    sandbox: Sandbox, clock: HandClock
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    await (await ada.slash("settings set", key="auto_transcribe", value="on")).answer()
    sandbox.openai.answers.queue(SAID)

    notes = [await ben.voice_note(NOTE, seconds=60)]
    await soon(clock, ben.reply_from_bot(notes[0]))
    notes.append(await ben.voice_note(NOTE, seconds=60))
    await reply(clock, ben, await ben.voice_note(NOTE, seconds=2))
    notes.append(await ada.voice_note(NOTE, seconds=60))
    await soon(clock, ada.reply_from_bot(notes[2]))

    seen = [one for one in ben.sees() if one.id > notes[0].id and one.author == "Switchboard"]
    used_up = [one.raw["message_reference"]["message_id"] for one in seen if "used up" in one.text]
    assert used_up == [str(notes[at].id) for at in (0, 2)]
    assert [one.content for one in seen if one.content] == [SAID]


async def test_the_buttons_of_a_transcript_work_after_a_restart_and_who_presses_pays(
    settings: Settings, sandbox: Sandbox, clock: HandClock, tmp_path: Path
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    async with running(settings, sandbox, clock):
        await (await ada.slash("settings set", key="auto_transcribe", value="on")).answer()
        sandbox.openai.answers.queue("Der Bus kommt.")
        message = await reply(clock, ben, await ben.voice_note(NOTE, seconds=2))

    async with running(settings, sandbox, clock):
        sandbox.openai.answers.queue("The bus comes.", "I will wait.")
        translated = await answered(clock, await ada.press(message, "Translate"))
        said = await answered(clock, await ada.press(message, "Answer"))

    assert translated.content == "The bus comes."
    assert said.content == "I will wait."
    assert asked_of(sandbox, "/chat/completions")[0]["messages"][-1]["content"] == "Der Bus kommt."
    with sqlite3.connect(tmp_path / "bot.db") as database:
        paid = database.execute("SELECT operation, payer FROM ledger ORDER BY id").fetchall()
    assert paid == [("transcription", ben.id), ("translation", ada.id), ("chat", ada.id)]


@pytest.mark.usefixtures("app")
async def test_what_comes_of_a_private_transcript_is_private_too(
    sandbox: Sandbox, clock: HandClock
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    sandbox.openai.answers.queue("Der Bus kommt.", "The bus comes.", "I will wait.")
    message = await transcribe(sandbox, clock, NOTE, private=True)

    translated = await answered(clock, await ada.press(message, "Translate"))
    said = await answered(clock, await ada.press(message, "Answer"))

    assert (translated.content, said.content) == ("The bus comes.", "I will wait.")
    assert translated.ephemeral
    assert said.ephemeral
    assert ben.sees() == []


@pytest.mark.usefixtures("app")
async def test_a_spoken_question_is_heard_once_and_retry_answers_its_words(
    sandbox: Sandbox, clock: HandClock
) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.answers.queue(SAID, "First.", "Second.")
    message = await reply(clock, ada, await ada.voice_note(NOTE, seconds=2, channel="@bot"))

    await ada.press(message, "Retry")
    await soon(clock, ada.until("@bot", lambda _: "Second." in message.content and ended(message)))

    assert message.content.startswith(f"> {SAID}")
    assert len(asked_of(sandbox, TRANSCRIPTIONS)) == 1


@pytest.mark.usefixtures("app")
async def test_sound_beside_a_question_is_read_with_it(sandbox: Sandbox, clock: HandClock) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.answers.queue(SAID, "ok")
    file = ada.upload("talk.mp3", tone(2, "mp3"), "audio/mpeg")

    asked = await ada.slash("chat", message="What do they say?", attachment=file)
    await answered(clock, asked)

    [sent] = asked_of(sandbox, "/chat/completions")[-1]["messages"]
    assert sent["content"] == f"What do they say?\n\ntalk.mp3:\n```\n{SAID}\n```"


@pytest.mark.usefixtures("app")
async def test_silence_is_no_question(sandbox: Sandbox, clock: HandClock) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.answers.queue(" ")

    message = await reply(clock, ada, await ada.voice_note(NOTE, seconds=2, channel="@bot"))

    assert "Nobody says anything" in message.text
    assert asked_of(sandbox, "/chat/completions") == []


@pytest.mark.usefixtures("app")
async def test_stop_ends_the_listening(sandbox: Sandbox, clock: HandClock) -> None:
    ada = sandbox.user("ada")
    gate = sandbox.openai.answers.hold(after=2)
    sandbox.openai.answers.queue(["Half", " of it", " and more"])
    asked = await ada.slash("audio transcribe", file=ada.upload("n.ogg", NOTE, "audio/ogg"))
    await soon(clock, gate.reached())
    await soon(clock, asked.until(lambda one: "Half" in one.text))

    await ada.press(asked.messages[-1], "Stop")
    message = await answered(clock, asked)
    gate.release()

    assert message.content == "Half of it"
    assert [one.label for one in message.buttons] == ["Retry", "Show API call"]


# Speech


@pytest.mark.usefixtures("app")
async def test_speech_comes_in_every_format(sandbox: Sandbox, clock: HandClock) -> None:
    ada = sandbox.user("ada")

    for form in ("mp3", "opus", "aac", "flac", "wav", "pcm"):
        asked = await ada.slash("audio speak", text="Hello", format=form, voice="nova", speed=2)
        message = await answered(clock, asked)

        [file] = message.attachments
        assert file.name == f"speech.{form}"
        sent = asked_of(sandbox, "/audio/speech")[-1]
        assert (sent["voice"], sent["speed"], sent["response_format"]) == ("nova", 2, form)
        if form in KINDS:
            assert length_of(await file.read()) > 0.1


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
async def test_ones_own_voice_is_taken_and_instructions_that_a_model_does_not_take_are_named(
    sandbox: Sandbox, clock: HandClock
) -> None:
    ada = sandbox.user("ada")
    await (await ada.slash("preferences set", key="voice", value="cedar")).answer()

    asked = await ada.slash("audio speak", text="Hi", instructions="Whisper", model="tts-1")
    message = await answered(clock, asked)

    assert "instructions" in message.embeds[0]["description"]
    assert [one["voice"] for one in asked_of(sandbox, "/audio/speech")] == ["cedar", "cedar"]
    assert len(message.attachments) == 1


@pytest.mark.usefixtures("app")
async def test_a_file_that_would_be_too_large_for_discord_comes_in_another_format(
    sandbox: Sandbox, clock: HandClock
) -> None:
    ada = sandbox.user("ada")

    asked = await ada.slash("audio speak", text="word " * 700, format="wav")
    message = await answered(clock, asked)
    refused = await ada.slash("audio speak", text="word " * 800, format="wav", speed=0.25)
    never = await answered(clock, refused)

    [file] = message.attachments
    assert file.name == "speech.ogg"
    assert length_of(await file.read()) > 200
    assert "wav" in message.embeds[0]["description"]
    assert "speech.wav" in never.text
    assert "10 MiB" in never.text
    assert len(asked_of(sandbox, "/audio/speech")) == 1


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("sandbox", ["legacy"], indirect=True)
async def test_a_server_that_can_not_speak_says_so(sandbox: Sandbox, clock: HandClock) -> None:
    asked = await sandbox.user("ada").slash("audio speak", text="Hi")

    message = await answered(clock, asked)

    assert "audio/speech" in message.embeds[0]["description"]


@pytest.mark.usefixtures("app")
async def test_a_voice_that_is_not_there_is_told_in_the_servers_words(
    sandbox: Sandbox, clock: HandClock
) -> None:
    asked = await sandbox.user("ada").slash("audio speak", text="Hi", voice="nobody", private=True)

    message = await answered(clock, asked)

    assert message.ephemeral
    assert "voice" in message.text
    assert "alloy" in message.text


@pytest.mark.usefixtures("app")
async def test_voices_languages_and_models_are_suggested(sandbox: Sandbox, app: App) -> None:
    ada = sandbox.user("ada")
    await app.services.models.listed()
    file = ada.upload("note.ogg", NOTE, "audio/ogg")

    voices = await ada.autocomplete("audio speak", "voice", "ce", text="x")
    languages = await ada.autocomplete("audio transcribe", "language", "ger", file=file)
    speaking = await ada.autocomplete("audio speak", "model", "", text="x")
    listening = await ada.autocomplete("audio transcribe", "model", "", file=file)

    assert [one.value for one in voices] == ["cedar"]
    assert [one.value for one in languages] == ["de"]
    assert "tts" in str(speaking[0].value)
    assert "transcribe" in str(listening[0].value) or "whisper" in str(listening[0].value)


# Money, rules, and the end of a process


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("settings", [{"budget_user_day": 0.0001}], indirect=True)
async def test_its_length_is_known_before_it_is_paid_for(
    sandbox: Sandbox, clock: HandClock
) -> None:
    message = await transcribe(sandbox, clock, NOTE)

    assert "budget" in message.text
    assert sandbox.openai.requests == []


@pytest.mark.usefixtures("app")
async def test_what_is_said_is_judged_as_what_is_typed(sandbox: Sandbox, clock: HandClock) -> None:
    ada = sandbox.user("ada")
    for key, value in (("moderation", "prompts"), ("auto_reply", "on")):
        await (await ada.slash("settings set", key=key, value=value)).answer()
    sandbox.openai.answers.queue("I will do violence.")

    message = await reply(clock, ada, await ada.voice_note(NOTE, seconds=2))

    assert "violence" not in message.content
    assert asked_of(sandbox, "/chat/completions") == []


@pytest.mark.usefixtures("app")
async def test_where_sound_is_switched_off_nothing_is_heard(sandbox: Sandbox) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    for key, value in (("auto_transcribe", "on"), ("features", "-audio")):
        await (await ada.slash("settings set", key=key, value=value)).answer()

    note = await ben.voice_note(NOTE, seconds=2)
    menu = await (await ben.message_menu("Transcribe", note)).answer()

    assert "switched off" in menu.text
    assert [one for one in ben.sees() if one.id > note.id and not one.ephemeral] == []
    assert sandbox.openai.requests == []


async def test_after_kill_9_while_it_listens_retry_has_the_recording_still(
    real_time: Sandbox, process: BotProcess
) -> None:
    ada = real_time.user("ada")
    await process.start()
    gate = real_time.openai.answers.hold()
    asked = await ada.slash("audio transcribe", file=ada.upload("n.ogg", NOTE, "audio/ogg"))
    await gate.reached()

    await process.kill()
    gate.release()
    await process.start()
    await asked.until(lambda one: one.messages and ended(one.messages[-1]))
    message = asked.messages[-1]
    stopped = message.text
    real_time.openai.answers.queue(SAID)
    await ada.press(message, "Retry")

    await asked.until(lambda one: one.messages[-1].content == SAID and ended(one.messages[-1]))
    assert "The bot stopped" in stopped


@pytest.mark.usefixtures("app")
async def test_how_sure_the_model_was_is_shown_where_it_knows_and_named_where_not(
    sandbox: Sandbox, clock: HandClock
) -> None:
    sandbox.openai.answers.text = SAID

    sure = await transcribe(sandbox, clock, NOTE, logprobs=True, model="gpt-4o-transcribe")
    other = await transcribe(sandbox, clock, NOTE, logprobs=True, model="gpt-transcribe")

    assert asked_of(sandbox, TRANSCRIPTIONS)[0]["include"] == ["logprobs"]
    assert SAID in sure.text
    assert any(f["name"] == "How sure the model was" for e in sure.embeds for f in e["fields"])
    assert SAID in other.text
    assert "does not take `logprobs`" in other.text


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    "settings",
    [
        {"budget_user_day": 0.1, "chat_model": "gpt-6-luna"},
        {"budget_user_day": 0.1, "chat_model": "gpt-6-astra"},
    ],
    ids=["cheap", "dear"],
    indirect=True,
)
async def test_a_budget_has_to_hold_the_chat_that_may_translate_too(
    sandbox: Sandbox, clock: HandClock, request: pytest.FixtureRequest
) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.answers.text = "Hello."
    file = ada.upload("note.ogg", NOTE, "audio/ogg")

    message = await answered(clock, await ada.slash("audio translate", file=file))

    held = "cheap" in request.node.name
    assert ("budget" in message.text) is not held
    assert bool(asked_of(sandbox, TRANSLATIONS)) is held, "nothing is asked that may not fit"
