"""Drawn pictures that say whose they are, and the links to them, which end after an hour."""

import colorsys
import textwrap
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from secrets import token_hex

from PIL import Image, ImageDraw, ImageFont

LINK_S = 3600  # OpenAI's own links die after an hour
_SHOWN = 220  # characters of the prompt


@dataclass(frozen=True, slots=True)
class Look:
    """What was asked for; compression 0..100 is for webp and jpeg, 100 being the best."""

    width: int
    height: int
    format: str = "png"
    transparent: bool = False
    compression: int = 100


@dataclass(slots=True)
class PictureStore:
    """Bytes by name, each until its link ends."""

    _pictures: dict[str, tuple[float, bytes]] = field(
        default_factory=dict[str, tuple[float, bytes]]
    )

    def put(self, data: bytes, now: float) -> str:
        """The name it can be had under until its link ends."""
        for name in [name for name, (end, _) in self._pictures.items() if end <= now]:
            del self._pictures[name]
        name = f"img-{token_hex(12)}.png"
        self._pictures[name] = (now + LINK_S, data)
        return name

    def get(self, name: str, now: float) -> bytes | None:
        end, data = self._pictures.get(name, (0.0, b""))
        return data if now < end else None


def draw(title: str, prompt: str, look: Look, *, sharpness: float = 1.0) -> bytes:
    """A picture of that size and format; below 1, sharpness gives the steps on the way to it."""
    colour = _colour(prompt)
    background = (0, 0, 0, 0) if look.transparent else (*colour, 255)
    image = Image.new("RGBA", (look.width, look.height), background)
    pen = ImageDraw.Draw(image)
    margin = min(look.width, look.height) // 16
    frame = (margin, margin, look.width - margin, look.height - margin)
    pen.rounded_rectangle(frame, margin, fill=(255, 255, 255, 230), outline=(*colour, 255), width=4)
    size = max(10, min(look.width, look.height) // 24)
    font = ImageFont.load_default(size)
    columns = max(8, int((look.width - 4 * margin) / (size * 0.6)))
    shown = prompt if len(prompt) <= _SHOWN else f"{prompt[:_SHOWN]}..."
    words = "\n".join([title, "", *textwrap.wrap(shown, columns)])
    pen.multiline_text((2 * margin, 2 * margin), words, fill=(20, 20, 20, 255), font=font)
    if sharpness < 1:
        small = (max(1, int(look.width * sharpness / 8)), max(1, int(look.height * sharpness / 8)))
        image = image.transform(small, Image.Transform.EXTENT, (0, 0, *image.size))
        image = image.transform((look.width, look.height), Image.Transform.EXTENT, (0, 0, *small))
    return _encoded(image, look)


def _encoded(image: Image.Image, look: Look) -> bytes:
    out = BytesIO()
    match look.format:
        case "jpeg":
            image.convert("RGB").save(out, "JPEG", quality=max(1, min(95, look.compression)))
        case "webp":
            image.save(out, "WEBP", quality=look.compression)
        case _:
            image.save(out, "PNG")
    return out.getvalue()


def _colour(prompt: str) -> tuple[int, int, int]:
    """Always the same for the same prompt."""
    red, green, blue = colorsys.hsv_to_rgb(
        zlib.crc32(prompt.encode("utf-8", "replace")) % 360 / 360, 0.45, 0.85
    )
    return int(red * 255), int(green * 255), int(blue * 255)
