"""POST /audio/transcriptions and /audio/translations."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from sandbox.openai import sound, tokens, transcripts
from sandbox.openai.answers import Script
from sandbox.openai.call import MIB, Body, Call, Operation
from sandbox.openai.catalogue import Model, Use
from sandbox.openai.errors import ApiError, too_big, unsupported_parameter, unsupported_value
from sandbox.openai.files import only_upload
from sandbox.openai.params import (
    Params,
    anything,
    boolean,
    choice,
    items,
    number,
    text,
)
from sandbox.openai.streams import Answer, Bytes, Event, Events, Json
from sandbox.openai.transcripts import Transcript

MAX_FILE = 25 * MIB
FORMATS_2023 = ("m4a", "mp3", "webm", "mp4", "mpga", "wav", "mpeg")
FORMATS = ("flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm")
WHISPER = ("json", "text", "srt", "verbose_json", "vtt")
MIN_SECONDS = 0.1
LONG_SECONDS = 30  # from there on the diarizing model wants a chunking_strategy
MAX_SPEAKERS = 4
TOKENS_PER_SECOND = 10

TRANSLATE: Params = {
    "file": anything(required=True),
    "model": text(required=True),
    "prompt": text(),
    "response_format": choice(*WHISPER),
    "temperature": number(0, 1),
}
TRANSCRIBE_2023: Params = {**TRANSLATE, "language": text()}
TRANSCRIBE: Params = {
    **TRANSCRIBE_2023,
    "response_format": choice(*WHISPER, "diarized_json"),
    "languages": items(),
    "keywords": items(),
    "include": items(),
    "timestamp_granularities": items(1, 2),
    "stream": boolean(),
    "chunking_strategy": anything(),
    "known_speaker_names": items(0, MAX_SPEAKERS),
    "known_speaker_references": items(0, MAX_SPEAKERS),
}


async def transcribe(call: Call) -> Answer:
    model = call.state.catalogue.usable(call.args["model"], Use.TRANSCRIPTION)
    if not call.legacy:
        _by_model(call.args, model)
    return await _answer(call, model, "transcribe")


async def translate(call: Call) -> Answer:
    model = call.state.catalogue.usable(call.args["model"], Use.TRANSCRIPTION)
    if model.id != "whisper-1":
        raise ApiError(
            f"Invalid value: '{model.id}'. Supported values are: 'whisper-1'.",
            param="model",
            code="invalid_value",
        )
    return await _answer(call, model, "translate")


async def _answer(call: Call, model: Model, task: str) -> Answer:
    args = call.args
    filename, seconds = await _heard(call)
    if "diarize" in model.id and seconds > LONG_SECONDS and "chunking_strategy" not in args:
        raise ApiError(
            "chunking_strategy is required for diarization models.",
            param="chunking_strategy",
            code="missing_required_parameter",
        )
    default = transcripts.canned(filename, seconds, task=task)
    script = call.state.answers.take() or Script(default)
    made = transcripts.spread(script.text, seconds)
    if args.get("stream") and model.id != "whisper-1":
        deltas = call.state.answers.deltas(script)
        return Events(_stream(call, model, made, deltas), done=False)
    return _shaped(call, model, made, task)


def _shaped(call: Call, model: Model, made: Transcript, task: str) -> Answer:
    args = call.args
    usage = {} if call.legacy or task == "translate" else {"usage": _usage(model, made)}
    match args.get("response_format", "json"):
        case "text":
            return _plain(f"{made.text}\n")
        case "srt":
            return _plain(transcripts.srt(made))
        case "vtt":
            return _plain(transcripts.vtt(made))
        case "verbose_json":
            shown = transcripts.verbose(
                made,
                task=task,
                granularities=args.get("timestamp_granularities", []),
                temperature=args.get("temperature", 0),
            )
            return Json(shown | usage)
        case "diarized_json":
            segments = transcripts.diarized(made, _speakers(args))
            facts = {"task": task, "duration": made.seconds, "text": made.text}
            return Json({**facts, "segments": segments, **usage})
        case _:
            return Json({"text": made.text, **_extras(args, model, made.text), **usage})


async def _stream(
    call: Call, model: Model, made: Transcript, deltas: list[str]
) -> AsyncIterator[Event]:
    logprobs = "logprobs" in call.args.get("include", [])
    for delta in deltas:
        data: dict[str, Any] = {"type": "transcript.text.delta", "delta": delta}
        if logprobs:
            data["logprobs"] = _probabilities(delta)
        yield Event(data)
    if "diarize" in model.id:
        for segment in transcripts.diarized(made, _speakers(call.args)):
            yield Event(segment)
    yield Event(
        {
            "type": "transcript.text.done",
            "text": made.text,
            **_extras(call.args, model, made.text),
            "usage": _usage(model, made),
        }
    )


async def _heard(call: Call) -> tuple[str, float]:
    """The file's name and length.

    Raises:
        ApiError: 413 over 25 MB; 400 by its name, when it is no sound, or too short.
    """
    upload = only_upload(call.args, "file")
    if len(upload.data) > MAX_FILE:
        raise too_big(MAX_FILE, len(upload.data))
    formats = FORMATS_2023 if call.legacy else FORMATS
    if upload.filename.rpartition(".")[2].lower() not in formats:
        raise ApiError(
            f"Unrecognized file format. Supported formats: {list(formats)!r}", param="file"
        )
    seconds = await asyncio.to_thread(sound.duration, upload.data)
    if seconds is None:
        raise ApiError(
            "Audio file might be corrupted or unsupported.", param="file", code="invalid_value"
        )
    if seconds < MIN_SECONDS:
        raise ApiError(
            f"Audio file is too short. Minimum audio length is {MIN_SECONDS} seconds.",
            param="file",
            code="audio_too_short",
        )
    return upload.filename, seconds


def _by_model(args: dict[str, Any], model: Model) -> None:
    """Raises ApiError 400 for what this model does not take."""
    form, forms = args.get("response_format", "json"), _forms(model)
    if form not in forms:
        raise ApiError(
            f"response_format '{form}' is not compatible with model '{model.id}'. Use"
            f" {' or '.join(repr(each) for each in forms)} instead.",
            param="response_format",
            code="unsupported_value",
        )
    if "timestamp_granularities" in args and form != "verbose_json":
        raise ApiError(
            "The 'timestamp_granularities' parameter needs response_format 'verbose_json'.",
            param="timestamp_granularities",
        )
    if "diarize" in model.id and "prompt" in args:
        raise unsupported_parameter("prompt")
    if model.id != "gpt-transcribe":
        for name in ("languages", "keywords"):
            if name in args:
                raise unsupported_parameter(name)
    if "logprobs" in args.get("include", []) and model.id in {
        "whisper-1",
        "gpt-transcribe",
        "gpt-4o-transcribe-diarize",
    }:
        raise unsupported_value("include", "'logprobs'", "It has no log probabilities.")


def _forms(model: Model) -> tuple[str, ...]:
    """The response formats of a model."""
    if "diarize" in model.id:
        return ("json", "text", "diarized_json")
    special = {"whisper-1": WHISPER, "gpt-transcribe": ("json",)}
    return special.get(model.id, ("json", "text"))


def _extras(args: dict[str, Any], model: Model, words: str) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    if "logprobs" in args.get("include", []):
        extras["logprobs"] = _probabilities(words)
    if model.id == "gpt-transcribe":
        extras["languages"] = [{"code": each} for each in args.get("languages", ["en"])]
    return extras


def _probabilities(words: str) -> list[dict[str, Any]]:
    return [
        {"token": each, "logprob": tokens.logprob(each), "bytes": list(each.encode())}
        for each in tokens.pieces(words)
    ]


def _usage(model: Model, made: Transcript) -> dict[str, Any]:
    if model.id == "whisper-1":
        return {"type": "duration", "seconds": max(1, round(made.seconds))}
    heard, said = max(1, round(made.seconds * TOKENS_PER_SECOND)), tokens.count(made.text)
    return {
        "type": "tokens",
        "input_tokens": heard,
        "input_token_details": {"audio_tokens": heard, "text_tokens": 0},
        "output_tokens": said,
        "total_tokens": heard + said,
    }


def _speakers(args: dict[str, Any]) -> list[str]:
    return args.get("known_speaker_names") or ["A", "B"]


def _plain(words: str) -> Bytes:
    return Bytes(words.encode(), "text/plain; charset=utf-8")


OPERATIONS = (
    Operation(
        "POST",
        "/audio/transcriptions",
        transcribe,
        legacy=TRANSCRIBE_2023,
        modern=TRANSCRIBE,
        body=Body.FORM,
        limit=MAX_FILE + MIB,
    ),
    Operation(
        "POST",
        "/audio/translations",
        translate,
        legacy=TRANSLATE,
        modern=TRANSLATE,
        body=Body.FORM,
        limit=MAX_FILE + MIB,
    ),
)
