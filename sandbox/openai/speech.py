"""POST /audio/speech: a melody as long as the text would take to say."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator

from sandbox.openai import sound, tokens
from sandbox.openai.call import Body, Call, Operation
from sandbox.openai.catalogue import Use
from sandbox.openai.errors import unsupported_parameter
from sandbox.openai.params import Params, anything, as_object, check_value, choice, number, text
from sandbox.openai.streams import Answer, Bytes, Event, Events

VOICES = (
    "alloy",
    "ash",
    "ballad",
    "coral",
    "echo",
    "fable",
    "onyx",
    "nova",
    "sage",
    "shimmer",
    "verse",
    "marin",
    "cedar",
)
CHARACTERS_PER_SECOND = 15
_CHUNK = 8192
CREATE: Params = {
    "model": text(required=True),
    "input": text(1, 4096, required=True),
    "voice": anything(required=True),
    "instructions": text(0, 4096),
    "response_format": choice("mp3", "opus", "aac", "flac", "wav", "pcm"),
    "speed": number(0.25, 4),
    "stream_format": choice("sse", "audio"),
}


async def create(call: Call) -> Answer:
    args = call.args
    model = call.state.catalogue.usable(args["model"], Use.SPEECH)
    if as_object(args["voice"]) is None:
        check_value("voice", args["voice"], choice(*VOICES))
    old = model.id.startswith("tts-1")
    if old and "instructions" in args and call.modern:
        raise unsupported_parameter("instructions")
    if old and args.get("stream_format") == "sse":
        raise unsupported_parameter("stream_format")
    form = args.get("response_format", "mp3")
    seconds = max(0.3, len(args["input"]) / CHARACTERS_PER_SECOND / args.get("speed", 1))
    data = await asyncio.to_thread(sound.tone, seconds, form)
    if args.get("stream_format") == "sse":
        return Events(_stream(args["input"], data, seconds), done=False)
    return Bytes(data, sound.CONTENT_TYPES[form])


async def _stream(words: str, data: bytes, seconds: float) -> AsyncIterator[Event]:
    for at in range(0, len(data), _CHUNK):
        part = b64encode(data[at : at + _CHUNK]).decode()
        yield Event({"type": "speech.audio.delta", "audio": part})
    given, said = tokens.count(words), round(seconds * 20)
    usage = {"input_tokens": given, "output_tokens": said, "total_tokens": given + said}
    yield Event({"type": "speech.audio.done", "usage": usage})


OPERATIONS = (
    Operation("POST", "/audio/speech", create, legacy=None, modern=CREATE, body=Body.JSON),
)
