"""Recordings as voice messages have them: Ogg with Opus, and their length."""

import io
from typing import Any

import av
from av.error import FFmpegError


def as_voice_message(data: bytes) -> tuple[bytes, float]:
    """Ogg bytes and seconds; Opus in another container (browsers record WebM) is put into Ogg.

    Raises:
        ValueError: there is no Opus sound in it.
    """
    try:
        return _in_ogg(data)
    except FFmpegError as error:
        raise ValueError("the recording cannot be read") from error


def _in_ogg(data: bytes) -> tuple[bytes, float]:
    out = io.BytesIO()
    seconds = 0.0
    opened: Any = av.open  # PyAV's own types leave open what is in a packet
    with opened(io.BytesIO(data)) as source, opened(out, "w", format="ogg") as target:
        sound = next(iter(source.streams.audio), None)
        if sound is None or sound.codec_context.name not in {"opus", "libopus"}:
            raise ValueError("a voice message is Opus sound")
        stream = target.add_stream_from_template(sound)
        for packet in source.demux(sound):
            if packet.dts is None:
                continue  # the empty one that ends a stream
            end = (packet.pts + (packet.duration or 0)) * float(packet.time_base)
            seconds = max(seconds, end)
            packet.stream = stream
            target.mux_one(packet)
    return out.getvalue(), seconds
