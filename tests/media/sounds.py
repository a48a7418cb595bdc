"""Small real recordings, in every container people have."""

import io
from collections.abc import Sequence

import av
import numpy as np
from av.audio import AudioStream

RATE = 16_000

# container of libav, codec, what bot.media calls it (None: no API takes it as it is)
KINDS = {
    "ogg": ("ogg", "libopus", "ogg"),
    "ogg-flac": ("ogg", "flac", "ogg"),
    "mp3": ("mp3", "libmp3lame", "mp3"),
    "m4a": ("ipod", "aac", "m4a"),
    "mp4": ("mp4", "aac", "m4a"),
    "wav": ("wav", "pcm_s16le", "wav"),
    "webm": ("webm", "libopus", "webm"),
    "flac": ("flac", "flac", "flac"),
    "mkv": ("matroska", "aac", None),
    "aac": ("adts", "aac", None),
    "mov": ("mov", "aac", None),
    "3gp": ("3gp", "aac", None),
    "aiff": ("aiff", "pcm_s16be", None),
    "caf": ("caf", "pcm_s16le", None),
}


def talk(*parts: tuple[float, float]) -> np.ndarray:
    """Parts of seconds and loudness (0..1), one after the other: a tone, or silence at 0."""
    tones = [
        loud * 20_000 * np.sin(np.arange(int(seconds * RATE)) * 2 * np.pi * 300 / RATE)
        for seconds, loud in parts
    ]
    return np.concatenate(tones).astype(np.int16)


def recorded(
    kind: str = "ogg", parts: Sequence[tuple[float, float]] = ((1.0, 0.5),), *, rate: int = RATE
) -> bytes:
    muxer, codec, _ = KINDS[kind]
    file = io.BytesIO()
    with av.open(file, "w", format=muxer) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        assert isinstance(stream, AudioStream)
        frame = av.AudioFrame.from_ndarray(talk(*parts).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def film(*, with_sound: bool = False) -> bytes:
    """An MP4 of a few black frames."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10, width=32, height=32, pix_fmt="yuv420p")
        sound = container.add_stream("aac", rate=RATE, layout="mono") if with_sound else None
        for _ in range(5):
            picture = np.zeros((32, 32, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
        if sound is not None:
            assert isinstance(sound, AudioStream)
            frame = av.AudioFrame.from_ndarray(
                talk((1, 0.5)).reshape(1, -1), format="s16", layout="mono"
            )
            frame.sample_rate = RATE
            container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    return file.getvalue()


def length_of(data: bytes) -> float:
    """Seconds of it that can be heard: what somebody else's decoder finds."""
    with av.open(io.BytesIO(data), mode="r") as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
