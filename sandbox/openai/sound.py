"""Sound: how long a file is, and a tone of a length in every format that speech is answered in."""

# PyAV's own annotations leave packets, frames and kwargs open:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
import array
import io
import math
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import av
from av.error import FFmpegError

if TYPE_CHECKING:
    from av import AudioStream

RATE = 24_000
_BYTES = 2
_LOUDNESS = 6000  # of 32767
_NOTES = (262, 330, 392, 330)  # Hz; each a quarter of a second


@dataclass(frozen=True, slots=True)
class Coding:
    container: str
    codec: str
    content_type: str


CODINGS = {
    "mp3": Coding("mp3", "libmp3lame", "audio/mpeg"),
    "opus": Coding("ogg", "libopus", "audio/ogg"),
    "aac": Coding("adts", "aac", "audio/aac"),
    "flac": Coding("flac", "flac", "audio/flac"),
}
CONTENT_TYPES = {
    **{name: coding.content_type for name, coding in CODINGS.items()},
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}


def tone(seconds: float, form: str) -> bytes:
    """A little melody of that length: mp3, opus, aac, flac, wav, or raw 16-bit PCM."""
    samples = _samples(seconds)
    match form:
        case "pcm":
            return samples
        case "wav":
            return _wav(samples)
        case _:
            return _encoded(samples, CODINGS[form])


def duration(data: bytes) -> float | None:
    """Seconds; None when there is no sound in it that can be decoded."""
    try:
        with av.open(io.BytesIO(data), "r") as container:
            if not container.streams.audio:
                return None
            frames = container.decode(container.streams.audio[0])
            return sum(frame.samples / frame.sample_rate for frame in frames)
    except (FFmpegError, ValueError):
        return None


def _samples(seconds: float) -> bytes:
    count = max(1, round(seconds * RATE))
    each = RATE // len(_NOTES)
    bar = array.array(
        "h",
        (
            round(_LOUDNESS * math.sin(2 * math.pi * note * at / RATE))
            for note in _NOTES
            for at in range(each)
        ),
    ).tobytes()
    return (bar * (count // RATE + 1))[: count * _BYTES]


def _wav(samples: bytes) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(_BYTES)
        file.setframerate(RATE)
        file.writeframes(samples)
    return out.getvalue()


def _encoded(samples: bytes, coding: Coding) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=coding.container) as container:
        stream = cast("AudioStream", container.add_stream(coding.codec, rate=RATE))
        resampler = av.AudioResampler(stream.format, "mono", RATE, stream.frame_size or 1024)
        frame = av.AudioFrame("s16", "mono", len(samples) // _BYTES)
        frame.sample_rate = RATE
        frame.planes[0].update(samples)
        for each in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(each))
        container.mux(stream.encode(None))
    return out.getvalue()
