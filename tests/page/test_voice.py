"""Recordings on their way to being voice messages."""

import io
from typing import Any

import av
import pytest

from sandbox.openai.sound import tone
from sandbox.page.voice import as_voice_message


def in_webm(ogg: bytes) -> bytes:
    """As Chromium records it."""
    out = io.BytesIO()
    opened: Any = av.open  # PyAV's types do not tell its two kinds of containers apart
    with opened(io.BytesIO(ogg)) as source, opened(out, "w", format="webm") as target:
        sound = source.streams.audio[0]
        stream = target.add_stream_from_template(sound)
        for packet in source.demux(sound):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return out.getvalue()


def test_what_a_browser_recorded_is_put_into_ogg_unchanged() -> None:
    ogg, seconds = as_voice_message(in_webm(tone(2, "opus")))

    assert ogg.startswith(b"OggS")
    assert seconds == pytest.approx(2, abs=0.1)
    with av.open(io.BytesIO(ogg)) as container:
        assert container.streams.audio[0].codec_context.name in {"opus", "libopus"}


@pytest.mark.parametrize("data", [b"", b"no sound", tone(1, "wav"), tone(1, "mp3")])
def test_what_is_no_opus_sound_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"recording cannot be read|is Opus sound"):
        as_voice_message(data)
