"""Sound: opened by content, measured, decoded to one channel. Runs in the worker."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from av.audio import AudioStream
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.error import FFmpegError
from numpy.typing import NDArray

from bot.domain.errors import FileFault
from bot.domain.media import Container
from bot.media._refusal import refused

Samples = NDArray[np.int16]

RATE = 16_000  # samples a second: what speech models hear
# Samples a second that a header may claim: it is damaged otherwise, and would take gigabytes.
SLOWEST, FASTEST = 1_000, 768_000

# Only these of libav's demuxers: others, such as playlists, open what a file names.
_CHUNKS = {b"WAVE": "wav", b"AIFF": "aiff", b"AIFC": "aiff"}
_STARTS = {
    b"OggS": "ogg",
    b"fLaC": "flac",
    b"\x1a\x45\xdf\xa3": "matroska",
    b"caff": "caf",
    b"ID3": "mp3",
    b"#!AMR": "amr",
}
_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})
_TAKEN_OGG = frozenset({"opus", "vorbis", "flac"})
_BRANDS_NOT_TAKEN = frozenset({b"qt  ", b"3gp4", b"3gp5", b"3gp6"})


@dataclass(frozen=True, slots=True)
class Opened:
    container: InputContainer
    stream: AudioStream
    kind: Container | None


def demuxer_of(data: bytes) -> str | None:
    """libav's name for what the first bytes are; None for what is not sound."""
    for start, name in _STARTS.items():
        if data.startswith(start):
            return name
    if data[:4] in {b"RIFF", b"FORM"}:
        return _CHUNKS.get(data[8:12])
    if data[4:8] in _BOXES:
        return "mov"
    if len(data) > 1 and data[0] == 0xFF:  # noqa: PLR2004  MPEG's frame sync, ISO 11172-3 2.4.1
        if data[1] & 0xF6 == 0xF0:  # noqa: PLR2004  layer 0: ADTS
            return "aac"
        if data[1] & 0xE0 == 0xE0 and data[1] & 0x06:  # noqa: PLR2004  the frame's sync bits
            return "mp3"
    return None


def opened(data: bytes) -> Opened:
    """The first sound track.

    Raises:
        Refusal: not sound, damaged, or a film without sound.
    """
    if (demuxer := demuxer_of(data)) is None:
        raise refused(FileFault.NOT_SOUND)
    try:
        container = av.open(
            io.BytesIO(data),
            mode="r",
            format=demuxer,
            metadata_errors="ignore",
            options={"protocol_whitelist": "", "enable_drefs": "0"},
        )
        if not container.streams.audio:
            raise refused(FileFault.WITHOUT_SOUND)
        stream = container.streams.audio[0]
        rate = stream.rate
    except (FFmpegError, ValueError) as error:
        _unless_memory(error)
        raise refused(FileFault.DAMAGED) from error
    if not SLOWEST <= rate <= FASTEST:
        raise refused(FileFault.DAMAGED)
    return Opened(container, stream, _kind(demuxer, stream.codec_context.name, data))


def _unless_memory(error: Exception) -> None:
    if isinstance(error, MemoryError):
        raise error


def _kind(demuxer: str, codec: str, data: bytes) -> Container | None:
    match demuxer:
        case "ogg" if codec in _TAKEN_OGG:
            return Container.OGG
        case "mov" if data[8:12] not in _BRANDS_NOT_TAKEN:
            return Container.M4A
        case "matroska" if b"webm" in data[:64]:
            return Container.WEBM
        case "mp3" | "flac" | "wav":
            return Container(demuxer)
        case _:
            return None


def seconds_of(data: bytes) -> float:
    """How long it is, packet by packet: what a header says may be a lie, or missing.

    Raises:
        Refusal: nothing is in it.
    """
    sound = opened(data)
    total, step = 0, sound.stream.time_base
    try:
        for packet in sound.container.demux(sound.stream):
            if not packet.size:
                continue
            if not packet.duration or step is None:
                return sum(len(each) for each in samples(data)) / RATE
            total += packet.duration
    except FFmpegError as error:
        _unless_memory(error)  # cut short: what came before counts
    if not total or step is None:
        raise refused(FileFault.WITHOUT_SOUND)
    return float(total * step)


def samples(data: bytes) -> Iterator[Samples]:
    """All of it as one channel of 16 bits at RATE; damaged packets are left out.

    Raises:
        Refusal: not one packet could be decoded.
    """
    sound = opened(data)
    mixer = _mixer()
    heard = False
    for frame in _frames(sound):
        frame.pts = None  # time stamps may jump; what follows follows
        try:
            mixed = mixer.resample(frame)
        except ValueError:  # from here on, another rate or other channels
            yield from _arrays(mixer.resample(None))
            mixer = _mixer()
            mixed = mixer.resample(frame)
        heard = True
        yield from _arrays(mixed)
    if not heard:
        raise refused(FileFault.DAMAGED)
    yield from _arrays(mixer.resample(None))


def _mixer() -> AudioResampler:
    return AudioResampler(format="s16", layout="mono", rate=RATE)


def _frames(sound: Opened) -> Iterator[av.AudioFrame]:
    packets = sound.container.demux(sound.stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except FFmpegError as error:
            _unless_memory(error)
            return  # cut short
        try:
            frames = packet.decode()
        except FFmpegError as error:
            _unless_memory(error)
            continue
        for frame in frames:
            if frame.samples:
                yield frame


def _arrays(frames: list[Any]) -> Iterator[Samples]:
    for frame in frames:
        yield frame.to_ndarray().reshape(-1)
