from typing import Any

import pytest
from openai import APIStatusError, BadRequestError

from sandbox.openai import sound
from tests.sandbox.openai.conftest import Running
from tests.sandbox.openai.media import tone

NOTE = ("note.wav", tone(3), "audio/wav")


async def test_a_transcript_says_that_it_is_canned_and_how_long_the_sound_was(
    modern: Running,
) -> None:
    answer = await modern.client.audio.transcriptions.create(model="gpt-transcribe", file=NOTE)

    assert "sandbox" in answer.text
    assert "note.wav" in answer.text
    assert "3.0 seconds" in answer.text
    usage: Any = answer.usage
    assert usage.type == "tokens"
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens


async def test_whisper_is_paid_by_the_second(modern: Running) -> None:
    answer = await modern.client.audio.transcriptions.create(model="whisper-1", file=NOTE)

    usage: Any = answer.usage
    assert (usage.type, usage.seconds) == ("duration", 3)


@pytest.mark.parametrize("dialect", ["modern", "legacy"])
async def test_subtitles_cover_the_whole_sound(serve: Any, dialect: str) -> None:
    running: Running = await serve(dialect)
    running.server.answers.text = "First. Second one here."

    srt: Any = await running.client.audio.transcriptions.create(
        model="whisper-1", file=NOTE, response_format="srt"
    )
    vtt: Any = await running.client.audio.transcriptions.create(
        model="whisper-1", file=NOTE, response_format="vtt"
    )

    assert srt.startswith("1\n00:00:00,000 --> 00:00:00,780\nFirst.\n\n2\n")
    assert "00:00:03,000\nSecond one here." in srt
    assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> ")


async def test_plain_text_is_plain(modern: Running) -> None:
    modern.server.answers.text = "Hello there."

    answer: Any = await modern.client.audio.transcriptions.create(
        model="whisper-1", file=NOTE, response_format="text"
    )

    assert answer == "Hello there.\n"


async def test_verbose_answers_have_words_and_segments(modern: Running) -> None:
    answer: Any = await modern.client.audio.transcriptions.create(
        model="whisper-1",
        file=NOTE,
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
    )

    assert answer.duration == 3
    assert answer.segments[0].start == 0
    assert answer.segments[-1].end == 3
    assert answer.words[0].word == "This"


async def test_speakers_take_turns_in_a_diarized_answer(modern: Running) -> None:
    modern.server.answers.text = "One. Two. Three."

    answer: Any = await modern.client.audio.transcriptions.create(
        model="gpt-4o-transcribe-diarize",
        file=NOTE,
        response_format="diarized_json",
        extra_body={"known_speaker_names": ["Ada", "Ben"]},
    )

    assert [each.speaker for each in answer.segments] == ["Ada", "Ben", "Ada"]


@pytest.mark.parametrize("model", ["gpt-4o-transcribe", "gpt-4o-transcribe-diarize"])
async def test_a_transcript_can_be_streamed(modern: Running, model: str) -> None:
    stream = await modern.client.audio.transcriptions.create(model=model, file=NOTE, stream=True)
    events: list[Any] = [event async for event in stream]

    deltas = [each.delta for each in events if each.type == "transcript.text.delta"]
    assert events[-1].type == "transcript.text.done"
    assert "".join(deltas) == events[-1].text
    segments = [each for each in events if each.type == "transcript.text.segment"]
    assert bool(segments) is ("diarize" in model)


async def test_log_probabilities_come_with_the_models_that_have_them(modern: Running) -> None:
    answer = await modern.client.audio.transcriptions.create(
        model="gpt-4o-transcribe", file=NOTE, include=["logprobs"]
    )

    assert answer.logprobs


@pytest.mark.parametrize(
    ("model", "options", "param"),
    [
        ("gpt-transcribe", {"response_format": "srt"}, "response_format"),
        ("gpt-4o-transcribe", {"response_format": "vtt"}, "response_format"),
        ("gpt-4o-transcribe-diarize", {"prompt": "x"}, "prompt"),
        ("whisper-1", {"timestamp_granularities": ["word"]}, "timestamp_granularities"),
        ("whisper-1", {"include": ["logprobs"]}, "include"),
        ("whisper-1", {"temperature": 2}, "temperature"),
        ("gpt-4o-transcribe", {"extra_body": {"keywords": ["x"]}}, "keywords"),
    ],
)
async def test_what_a_model_does_not_take_is_refused(
    modern: Running, model: str, options: Any, param: str
) -> None:
    with pytest.raises(BadRequestError) as caught:
        await modern.client.audio.transcriptions.create(model=model, file=NOTE, **options)

    assert caught.value.param == param


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (("note", tone(), "audio/wav"), "Unrecognized file format"),
        (("note.txt", tone(), "audio/wav"), "Unrecognized file format"),
        (("note.wav", b"no sound at all", "audio/wav"), "corrupted or unsupported"),
        (("note.wav", tone(0.05), "audio/wav"), "too short"),
    ],
)
async def test_what_is_no_sound_is_refused(modern: Running, file: Any, sentence: str) -> None:
    with pytest.raises(BadRequestError, match=sentence):
        await modern.client.audio.transcriptions.create(model="whisper-1", file=file)


async def test_a_sound_over_25_mb_is_too_big(modern: Running) -> None:
    big = ("long.wav", b"0" * (25 * 1024 * 1024 + 1), "audio/wav")

    with pytest.raises(APIStatusError) as caught:
        await modern.client.audio.transcriptions.create(model="whisper-1", file=big)

    assert caught.value.status_code == 413
    assert "26214400" in str(caught.value)


async def test_long_sounds_need_a_chunking_strategy_to_tell_speakers(modern: Running) -> None:
    file = ("talk.mp3", tone(31, "mp3"), "audio/mpeg")
    model = "gpt-4o-transcribe-diarize"

    with pytest.raises(BadRequestError) as caught:
        await modern.client.audio.transcriptions.create(model=model, file=file)
    answer = await modern.client.audio.transcriptions.create(
        model=model, file=file, chunking_strategy="auto"
    )

    assert caught.value.param == "chunking_strategy"
    assert answer.text


@pytest.mark.parametrize("dialect", ["modern", "legacy", "both"])
async def test_translations_are_whisper_s(serve: Any, dialect: str) -> None:
    running: Running = await serve(dialect)

    with pytest.warns(DeprecationWarning, match="deprecated"):
        answer = await running.client.audio.translations.create(model="whisper-1", file=NOTE)
    with pytest.warns(DeprecationWarning, match="deprecated"):
        verbose: Any = await running.client.audio.translations.create(
            model="whisper-1", file=NOTE, response_format="verbose_json"
        )

    assert "translating" in answer.text
    assert verbose.duration == 3


async def test_other_models_do_not_translate(modern: Running) -> None:
    with (
        pytest.warns(DeprecationWarning, match="deprecated"),
        pytest.raises(BadRequestError) as caught,
    ):
        await modern.client.audio.translations.create(model="gpt-transcribe", file=NOTE)

    assert caught.value.param == "model"


@pytest.mark.parametrize("form", ["mp3", "opus", "aac", "flac", "wav"])
async def test_speech_is_real_sound_as_long_as_the_text(modern: Running, form: Any) -> None:
    answer = await modern.client.audio.speech.create(
        model="tts-1", voice="alloy", input="x" * 30, response_format=form
    )

    seconds = sound.duration(answer.content)
    assert seconds == pytest.approx(2, abs=0.1)
    assert answer.response.headers["content-type"] == sound.CONTENT_TYPES[form]


async def test_speech_can_be_faster_and_raw(modern: Running) -> None:
    answer = await modern.client.audio.speech.create(
        model="gpt-4o-mini-tts", voice="cedar", input="x" * 30, response_format="pcm", speed=2
    )

    assert len(answer.content) == 24_000 * 2


async def test_speech_can_be_streamed_as_events(modern: Running) -> None:
    async with modern.client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="alloy", input="hello", stream_format="sse"
    ) as response:
        text = await response.text()

    assert '"type": "speech.audio.delta"' in text
    assert '"type": "speech.audio.done"' in text
    assert "[DONE]" not in text


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"input": "x" * 4097}, "input"),
        ({"voice": "nobody"}, "voice"),
        ({"speed": 5}, "speed"),
        ({"response_format": "midi"}, "response_format"),
        ({"stream_format": "sse"}, "stream_format"),
    ],
)
async def test_what_speech_does_not_take_is_refused(
    modern: Running, body: dict[str, Any], param: str
) -> None:
    given = {"model": "tts-1", "voice": "alloy", "input": "hello", **body}

    with pytest.raises(BadRequestError) as caught:
        await modern.client.post("/audio/speech", cast_to=object, body=given)

    assert caught.value.param == param
