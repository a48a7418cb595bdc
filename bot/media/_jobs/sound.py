"""Sound: what it is, made fit for a server, and how it looks. Runs in the worker."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bot.domain.errors import FileFault
from bot.domain.media import Container
from bot.media._frames import MAX_BLOBS, Message
from bot.media._jobs._decoding import RATE, Samples, opened, samples, seconds_of
from bot.media._jobs._pieces import Piece, encoded, encoding_for, longest
from bot.media._refusal import refused

LEVELS = 256  # Discord's limits for waveforms: as many bytes, one for each 100 ms at most
LEVEL_S = 0.1
LONGEST_VOICE_S = 4 * 3600


def probe(_: dict[str, Any], blobs: Sequence[bytes]) -> Message:
    sound = opened(blobs[0])
    codec = sound.stream.codec_context
    return Message(
        {
            "container": None if sound.kind is None else sound.kind.value,
            "codec": codec.name,
            "channels": sound.stream.channels,
            "rate": sound.stream.rate,
            "seconds": seconds_of(blobs[0]),
        }
    )


def fit(facts: dict[str, Any], blobs: Sequence[bytes]) -> Message:
    data = blobs[0]
    containers = {Container(each) for each in facts["containers"]}
    limit_s, piece_s = facts["max_seconds"], facts["piece_seconds"]
    kind, seconds = opened(data).kind, seconds_of(data)
    if seconds > limit_s:
        raise refused(FileFault.TOO_LONG, limit=int(limit_s))
    if (
        kind in containers
        and len(data) <= facts["max_bytes"]
        and (piece_s is None or seconds <= piece_s)
    ):
        assert kind is not None  # noqa: S101  it is one of them
        return Message({"container": kind.value, "pieces": [[0.0, seconds]]}, [data])
    encoding = encoding_for(containers)
    limit = longest(encoding, facts["max_bytes"], piece_s)
    pieces = list(encoded(_within(samples(data), limit_s), encoding, limit))
    return _pieces(encoding.container, pieces, facts["max_bytes"])


def voice_message(_: dict[str, Any], blobs: Sequence[bytes]) -> Message:
    encoding = encoding_for({Container.OGG})
    heard: list[float] = []
    sound = _metered(_within(samples(blobs[0]), LONGEST_VOICE_S), heard)
    made = _pieces(encoding.container, list(encoded(sound, encoding, 1 << 40)), MAX_BLOBS)
    seconds = sum(length for _, length in made.facts["pieces"])
    return Message({**made.facts, "seconds": seconds}, [*made.blobs, levels_of(heard)])


def waveform(_: dict[str, Any], blobs: Sequence[bytes]) -> Message:
    heard: list[float] = []
    sound = _metered(_within(samples(blobs[0]), LONGEST_VOICE_S), heard)
    length = sum(len(part) for part in sound)
    if not length:
        raise refused(FileFault.WITHOUT_SOUND)
    return Message({"seconds": length / RATE}, [levels_of(heard)])


def _pieces(container: Container, pieces: Sequence[Piece], max_bytes: int) -> Message:
    if not pieces:
        raise refused(FileFault.WITHOUT_SOUND)
    if any(len(piece.data) > max_bytes for piece in pieces):
        raise refused(FileFault.TOO_LARGE, limit=max_bytes)
    times = [[piece.start / RATE, piece.length / RATE] for piece in pieces]
    return Message(
        {"container": container.value, "pieces": times}, [piece.data for piece in pieces]
    )


def _within(sound: Iterator[Samples], limit_s: float) -> Iterator[Samples]:
    """The same, refused where it goes on for longer: packets may hold more than they say."""
    left = limit_s * RATE
    for part in sound:
        left -= len(part)
        if left < -RATE:  # a second more is the decoders' rounding
            raise refused(FileFault.TOO_LONG, limit=int(limit_s))
        yield part


def _metered(sound: Iterator[Samples], levels: list[float]) -> Iterator[Samples]:
    """The same; the loudness of each 100 ms goes to `levels`."""
    size = int(RATE * LEVEL_S)
    rest = np.zeros(0, np.int16)
    for part in sound:
        rest = np.concatenate([rest, part])
        whole = len(rest) // size * size
        blocks = rest[:whole].reshape(-1, size).astype(np.float64)
        levels.extend(np.sqrt(np.mean(np.square(blocks), axis=1)).tolist())
        rest = rest[whole:]
        yield part
    if len(rest):
        levels.append(float(np.sqrt(np.mean(np.square(rest.astype(np.float64))))))


def levels_of(heard: Sequence[float]) -> bytes:
    """1 to 256 bytes, the loudest 255."""
    count = min(LEVELS, max(1, len(heard)))
    loudest = max(heard, default=0.0)
    if loudest <= 0:
        return bytes(count)
    step = len(heard) / count
    groups = (
        heard[int(at * step) : max(int(at * step) + 1, math.floor((at + 1) * step))]
        for at in range(count)
    )
    return bytes(round(255 * max(group) / loudest) for group in groups)
