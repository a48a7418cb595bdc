"""Pictures and sounds to send, made on the spot."""

import io

from PIL import Image

from sandbox.openai import sound


def picture(size: tuple[int, int] = (256, 256), *, mode: str = "RGBA", form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, form)
    return out.getvalue()


def tone(seconds: float = 2.0, form: str = "wav") -> bytes:
    return sound.tone(seconds, form)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))
