"""Sound, encoded for speech and cut where it is quiet. Runs in the worker."""
# PyAV's packets are generic, and its own annotations leave out of what.
# pyright: reportUnknownMemberType=false

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import av
import numpy as np
from av.audio import AudioStream

from bot.domain.errors import FileFault
from bot.domain.media import Container
from bot.media._jobs._decoding import RATE, Samples
from bot.media._refusal import refused

WINDOW_S = 30  # before a piece's end: where the quietest moment is looked for
QUIET = RATE * 3 // 10  # samples: a pause between sentences
STEP = RATE // 20
MARGIN = 0.85  # of the size allowed: codecs aim at their bit rate and miss it a little
OVERHEAD = 4096  # bytes of a file that are no sound


@dataclass(frozen=True, slots=True)
class Encoding:
    container: Container
    muxer: str
    codec: str
    bits: int  # a second


# Best first: what speech models lose least with, at the smallest size.
ENCODINGS = (
    Encoding(Container.OGG, "ogg", "libopus", 24_000),
    Encoding(Container.MP3, "mp3", "libmp3lame", 32_000),
    Encoding(Container.M4A, "ipod", "aac", 32_000),
    Encoding(Container.WAV, "wav", "pcm_s16le", RATE * 16),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """start and length in samples."""

    start: int
    length: int
    data: bytes


def encoding_for(containers: Iterable[Container]) -> Encoding:
    taken = set(containers)
    for encoding in ENCODINGS:
        if encoding.container in taken:
            return encoding
    raise LookupError("no container to encode to")


def longest(encoding: Encoding, max_bytes: int, piece_seconds: float | None) -> int:
    """Samples that a piece may have.

    Raises:
        Refusal: not even a second fits.
    """
    fits = int((max_bytes - OVERHEAD) * MARGIN * 8 / encoding.bits * RATE)
    if piece_seconds is not None:
        fits = min(fits, int(piece_seconds * RATE))
    if fits < RATE:
        raise refused(FileFault.TOO_LARGE, limit=max_bytes)
    return fits


def encoded(sound: Iterable[Samples], encoding: Encoding, limit: int) -> Iterator[Piece]:
    """Pieces of at most `limit` samples, as they are finished."""
    start, writer = 0, _Writer(encoding)
    for part, ends in cut(sound, limit):
        if len(part):
            writer.add(part)
        if ends and writer.length:
            yield Piece(start, writer.length, writer.finished())
            start += writer.length
            writer = _Writer(encoding)


def cut(sound: Iterable[Samples], limit: int) -> Iterator[tuple[Samples, bool]]:
    """The same samples; True with the last ones of each piece."""
    certain = limit - min(WINDOW_S * RATE, limit // 3)  # is in this piece whatever comes
    length = 0
    undecided: list[Samples] = []
    held = 0
    for new in sound:
        arrived = new
        while len(arrived):
            if length < certain:
                part, arrived = arrived[: certain - length], arrived[certain - length :]
                length += len(part)
                yield part, False
                continue
            room = limit - length - held
            undecided.append(arrived[:room])
            held += min(room, len(arrived))
            arrived = arrived[room:]
            if length + held == limit:
                window = np.concatenate(undecided)
                at = quietest(window)
                yield window[:at], True
                arrived = np.concatenate([window[at:], arrived])
                undecided, held, length = [], 0, 0
    yield np.concatenate([*undecided, np.zeros(0, np.int16)]), True


def quietest(window: Samples) -> int:
    """The middle of the quietest moment; of several, the last. At least 1."""
    if len(window) <= QUIET:
        return len(window)
    energy = np.concatenate([[0.0], np.cumsum(np.square(window.astype(np.float64)))])
    starts = np.arange(0, len(window) - QUIET + 1, STEP)
    levels = energy[starts + QUIET] - energy[starts]
    last = len(starts) - 1 - int(np.argmin(levels[::-1]))
    return int(starts[last]) + QUIET // 2


class _Writer:
    def __init__(self, encoding: Encoding) -> None:
        self._file = io.BytesIO()
        self._container = av.open(self._file, "w", format=encoding.muxer)
        stream = self._container.add_stream(encoding.codec, rate=RATE, layout="mono")
        assert isinstance(stream, AudioStream)  # noqa: S101  of a codec for sound
        if encoding.codec == "libopus":
            stream.codec_context.options = {"application": "voip", "vbr": "constrained"}
        if encoding.container is not Container.WAV:
            stream.bit_rate = encoding.bits
        self._stream = stream
        self.length = 0

    def add(self, part: Samples) -> None:
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(part).reshape(1, -1), format="s16", layout="mono"
        )
        frame.sample_rate = RATE
        frame.pts = self.length
        self.length += len(part)
        self._container.mux(self._stream.encode(frame))

    def finished(self) -> bytes:
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._file.getvalue()
