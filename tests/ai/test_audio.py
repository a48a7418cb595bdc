from typing import Any

import pytest

from bot.ai._transcripts import from_fields, from_text, subtitles
from bot.ai.api import Api
from bot.ai.audio import OpenAISound
from bot.ai.chat import OpenAIChat
from bot.domain.audio import (
    Segment,
    SoundEvent,
    SoundInput,
    SpeechRequest,
    Transcript,
    TranscriptionRequest,
    TranslationRequest,
)
from bot.domain.calls import Exchange, FallbackUsed, Operation
from bot.domain.chat import ParameterChanged, StreamingDropped
from bot.domain.errors import (
    BadAnswerError,
    Damage,
    EndpointMissingError,
    RequestRejectedError,
    ServerFaultError,
)
from sandbox.openai import OpenAIServer, sound
from tests.ai.asking import all_of, end_of, ended, text_of
from tests.ai.raw import End, RawServer, whole
from tests.ai.test_completions import UNKNOWN_PATHS

WAV = SoundInput(filename="note.wav", data=sound.tone(2.0, "wav"), mime="audio/wav")
SRT = "1\n00:00:00,000 --> 00:00:01,500\nHello there.\n\n2\n00:00:01,500 --> 00:00:03,000\nBye.\n\n"
modern = pytest.mark.parametrize("sandbox", ["modern"], indirect=True)


@pytest.fixture
def hearing(api: Api, chat: OpenAIChat) -> OpenAISound:
    return OpenAISound(api, chat)


@pytest.fixture
def sandboxed(sandbox_api: Api, sandbox_chat: OpenAIChat) -> OpenAISound:
    return OpenAISound(sandbox_api, sandbox_chat)


def heard(**given: Any) -> TranscriptionRequest:
    return TranscriptionRequest(**{"model": "whisper-1", "sound": WAV, **given})


def transcript_of(events: list[SoundEvent]) -> Transcript:
    [found] = [event for event in events if isinstance(event, Transcript)]
    return found


@pytest.mark.parametrize("sandbox", ["modern", "legacy", "both"], indirect=True)
@pytest.mark.parametrize("form", ["json", "text", "srt", "vtt", "verbose_json"])
async def test_every_format_of_whisper_is_read(
    sandbox: OpenAIServer, sandboxed: OpenAISound, form: Any
) -> None:
    sandbox.answers.text = "Hello there. Bye."
    exchanges: list[Exchange] = []

    events = await all_of(
        sandboxed.transcribe(
            heard(format=form, language="en", prompt="greeting", temperature=0.2), exchanges.append
        )
    )

    found = transcript_of(events)
    assert text_of(events) == found.text == "Hello there. Bye."
    assert found.format == form
    assert len(found.segments) == (0 if form in ("json", "text") else 2)
    if form == "verbose_json":
        assert (found.language, found.duration_s) == ("english", 2.0)
    if form in ("srt", "vtt"):
        assert "-->" in found.document
    assert end_of(events).finish_reasons == {0: "stop"}
    [exchange] = exchanges
    shown = {"filename": "note.wav", "content_type": "audio/wav", "bytes": len(WAV.data)}
    assert exchange.request["file"] == shown
    assert exchange.request["language"] == "en"
    assert exchange.response is not None


@modern
async def test_words_and_segments_come_with_their_times(
    sandbox: OpenAIServer, sandboxed: OpenAISound
) -> None:
    sandbox.answers.text = "Hello there."
    exchanges: list[Exchange] = []

    events = await all_of(
        sandboxed.transcribe(
            heard(format="verbose_json", timestamps=("word", "segment")), exchanges.append
        )
    )

    found = transcript_of(events)
    assert [word.word for word in found.words] == ["Hello", "there"]
    assert found.segments[0].end == 2.0
    assert exchanges[0].request["timestamp_granularities[]"] == ["word", "segment"]
    assert exchanges[0].sound_s == 2.0


@modern
async def test_text_comes_while_it_is_heard(sandbox: OpenAIServer, sandboxed: OpenAISound) -> None:
    sandbox.answers.text = "Hello there. Bye."
    exchanges: list[Exchange] = []

    events = await all_of(
        sandboxed.transcribe(
            heard(model="gpt-transcribe", stream=True, language="en"), exchanges.append
        )
    )

    assert len(events) > 4
    assert text_of(events) == transcript_of(events).text == "Hello there. Bye."
    assert transcript_of(events).language == "en"
    usage = end_of(events).usage
    assert usage
    assert usage.prompt == 20
    assert exchanges[0].streamed
    assert exchanges[0].response["text"] == "Hello there. Bye."
    assert exchanges[0].usage == usage


@modern
async def test_whisper_which_can_not_stream_says_so_by_answering_whole(
    sandboxed: OpenAISound,
) -> None:
    for form in ("srt", None):
        events = await all_of(sandboxed.transcribe(heard(stream=True, format=form)))

        assert StreamingDropped() in events
        assert transcript_of(events).text


@modern
async def test_speakers_are_told_apart(sandbox: OpenAIServer, sandboxed: OpenAISound) -> None:
    sandbox.answers.text = "Hello there. Bye."
    request = heard(
        model="gpt-4o-transcribe-diarize", format="diarized_json", prompt="names", stream=True
    )

    streamed = await all_of(sandboxed.transcribe(request))
    at_once = await all_of(sandboxed.transcribe(heard(model=request.model, format="diarized_json")))

    assert ParameterChanged(parameter="prompt") in streamed
    for events in (streamed, at_once):
        speakers = [segment.speaker for segment in transcript_of(events).segments]
        assert speakers == ["A", "B"]


@modern
async def test_a_format_that_a_model_does_not_know_is_left_out_and_told(
    sandboxed: OpenAISound,
) -> None:
    events = await all_of(sandboxed.transcribe(heard(model="gpt-transcribe", format="srt")))

    assert events[0] == ParameterChanged(parameter="response_format")
    assert transcript_of(events).format == "json"


@pytest.mark.parametrize(
    ("body", "kind", "asked", "form", "text"),
    [
        pytest.param(b'{"text": "Hi"}', "text/plain", "text", "text", "Hi", id="json for text"),
        pytest.param(
            b'{"text":"Hi","segments":[{"start":0,"end":1,"text":" Hi"}]}',
            "application/json",
            "srt",
            "srt",
            "Hi",
            id="segments for subtitles",
        ),
        pytest.param(b"Hi\n", "text/plain", None, "text", "Hi", id="text for json"),
        pytest.param(b'"Hi"', "application/json", "text", "text", "Hi", id="a JSON string"),
        pytest.param(SRT.encode(), "text/plain", "json", "srt", "Hello there. Bye.", id="srt"),
        pytest.param(
            b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hi</v>\n",
            "application/octet-stream",
            "vtt",
            "vtt",
            "Hi",
            id="vtt with voices",
        ),
    ],
)
async def test_a_server_that_answers_in_another_format_is_understood(
    raw: RawServer,
    hearing: OpenAISound,
    *,
    body: bytes,
    kind: str,
    asked: Any,
    form: str,
    text: str,
) -> None:
    raw.answers(body, content_type=kind)

    found = transcript_of(await all_of(hearing.transcribe(heard(format=asked))))

    assert (found.format, found.text) == (form, text)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"<html>hello</html>", BadAnswerError),
        (200, {"result": "Hi"}, BadAnswerError),
        (200, {"error": {"message": "Unrecognized file format.", "param": "file"}}, None),
        (400, {"error": {"message": "Audio file is too short.", "param": "file"}}, None),
        (413, {"error": {"message": "Maximum content size limit exceeded"}}, None),
    ],
)
async def test_what_goes_wrong_with_a_sound_is_told(
    raw: RawServer, hearing: OpenAISound, status: int, body: object, expected: type | None
) -> None:
    raw.answers(body, status)

    _, error = await ended(hearing.transcribe(heard()))

    assert isinstance(error, expected or RequestRejectedError)


async def test_a_transcript_that_breaks_off_is_cut(raw: RawServer, hearing: OpenAISound) -> None:
    raw.streams({"type": "transcript.text.delta", "delta": "Hello"}, end=End.CLEAN)

    events, error = await ended(hearing.transcribe(heard(stream=True)))

    assert text_of(events) == "Hello"
    assert isinstance(error, BadAnswerError)
    assert error.damage is Damage.CUT


@pytest.mark.parametrize("sandbox", ["modern", "legacy"], indirect=True)
async def test_speech_becomes_english_where_the_server_does_that(
    sandbox: OpenAIServer, sandboxed: OpenAISound
) -> None:
    sandbox.answers.text = "Hello there."

    events = await all_of(
        sandboxed.translate(TranslationRequest(model="whisper-1", sound=WAV, format="srt"))
    )

    assert transcript_of(events).segments[0].text == "Hello there."
    assert [record.path for record in sandbox.requests] == ["/audio/translations"]


@modern
@pytest.mark.parametrize("default", [False, True], ids=["chosen", "default"])
async def test_another_model_than_whisper_translates_by_two_calls(
    sandbox: OpenAIServer, sandboxed: OpenAISound, *, default: bool
) -> None:
    sandbox.answers.queue("Hallo. Tschau.", "1|Hello.\n2|Bye.")
    exchanges: list[Exchange] = []
    request = TranslationRequest(
        model="gpt-transcribe",
        sound=WAV,
        format="srt",
        transcription_model="whisper-1",
        chat_model="gpt-4o",
        default_model=default,
    )

    events = await all_of(sandboxed.translate(request, exchanges.append))

    found = transcript_of(events)
    assert [segment.text for segment in found.segments] == ["Hello.", "Bye."]
    assert found.document.startswith("1\n00:00:00,000 -->")
    [used] = [event for event in events if isinstance(event, FallbackUsed)]
    assert used.path == "/audio/transcriptions"
    assert used.lost == (() if default else ("model",)), "what was chosen is named, no default"
    assert {each.operation for each in exchanges} == {Operation.TRANSLATION}
    assert len(exchanges) == 3


@pytest.mark.parametrize(("status", "body"), UNKNOWN_PATHS)
async def test_every_server_without_translations_transcribes_and_chats(
    raw: RawServer, hearing: OpenAISound, status: int, body: object
) -> None:
    raw.answers(body, status)
    raw.answers({"text": "Hallo"})
    raw.answers(whole("Hello"))
    request = TranslationRequest(
        model="m", sound=WAV, format="vtt", transcription_model="m", chat_model="m"
    )

    events = await all_of(hearing.translate(request))

    assert transcript_of(events).text == text_of(events) == "Hello"
    [used] = [event for event in events if isinstance(event, FallbackUsed)]
    assert used.lost == ("response_format",), "there were no times to keep"


async def test_silence_needs_no_translation(raw: RawServer, hearing: OpenAISound) -> None:
    raw.answers(b"", 404)
    raw.answers({"text": " "})
    request = TranslationRequest(model="m", sound=WAV, transcription_model="m", chat_model="m")

    events = await all_of(hearing.translate(request))

    assert transcript_of(events).text == ""
    assert len(raw.requests) == 2


@modern
@pytest.mark.parametrize("form", [None, "opus", "wav", "flac"])
async def test_text_is_spoken(sandbox: OpenAIServer, sandboxed: OpenAISound, form: Any) -> None:
    exchanges: list[Exchange] = []
    request = SpeechRequest(
        model="gpt-4o-mini-tts",
        text="Hello",
        voice="coral",
        instructions="kindly",
        format=form,
        speed=1.5,
    )

    spoken = await sandboxed.speak(request, exchanges.append)

    assert spoken.data
    assert spoken.mime.startswith("audio/")
    assert sandbox.requests[0].body["instructions"] == "kindly"
    said = {"content_type": spoken.mime, "bytes": len(spoken.data)}
    assert exchanges[0].response == said


@modern
async def test_instructions_that_a_voice_does_not_take_are_told(sandboxed: OpenAISound) -> None:
    request = SpeechRequest(model="tts-1", text="Hello", voice="coral", instructions="kindly")

    spoken = await sandboxed.speak(request)

    assert spoken.notices == (ParameterChanged(parameter="instructions"),)


@pytest.mark.parametrize(
    ("status", "body", "kind", "expected"),
    [
        (404, {"detail": "Not Found"}, "application/json", EndpointMissingError),
        (200, b"<html></html>", "text/html", BadAnswerError),
        (200, {"error": {"message": "broken", "type": "server_error"}}, None, ServerFaultError),
        (200, {"fine": True}, None, BadAnswerError),
        (200, b"", "audio/mpeg", BadAnswerError),
    ],
)
async def test_what_is_no_sound_is_not_handed_on(
    raw: RawServer,
    hearing: OpenAISound,
    *,
    status: int,
    body: object,
    kind: str | None,
    expected: type[Exception],
) -> None:
    raw.answers(body, status, **({"content_type": kind} if kind else {}))
    hearing._api.retries = type(hearing._api.retries)(more=0)

    with pytest.raises(expected):
        await hearing.speak(SpeechRequest(model="m", text="Hello", voice="v"))


def test_subtitles_survive_being_read_and_written() -> None:
    found = from_text(SRT, "srt")

    assert subtitles(found.segments, "srt") == SRT
    assert from_text(subtitles(found.segments, "vtt"), "vtt").segments == found.segments


def test_odd_numbers_in_a_transcript_are_left_out() -> None:
    odd = [{"start": "0", "end": "1.5", "text": "a"}, {"start": None, "end": 2}, {"start": -1}]

    found = from_fields({"text": "a", "segments": odd, "duration": "1.5"}, None)

    assert found.segments == (Segment(start=0.0, end=1.5, text="a"),)
    assert found.duration_s == 1.5
