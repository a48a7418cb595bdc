"""Pictures: what they are, and made fit for a server. Runs in the worker."""

import io
import math
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from bot.domain.errors import FileFault
from bot.domain.media import MAX_PIXELS, PictureFormat, PictureWanted, Shape
from bot.media._frames import Message
from bot.media._refusal import refused

# Our own check comes first and says how many are too many.
Image.MAX_IMAGE_PIXELS = None
ImageFile.LOAD_TRUNCATED_IMAGES = False

FORMATS = {"PNG": "png", "JPEG": "jpeg", "MPO": "jpeg", "WEBP": "webp", "GIF": "gif"}
READ = ("PNG", "JPEG", "WEBP", "GIF")  # Pillow knows forty more formats, hence forty more parsers

# Where a picture takes more bytes than allowed it is scaled by this at most, and at least, a try.
SHRINK_LEAST, SHRINK_MOST = 0.9, 0.25
SMALLEST = 16  # pixels along the longest side; below, no scaling helps
PAPER = (255, 255, 255)


def inspect(_: dict[str, Any], blobs: Sequence[bytes]) -> Message:
    image = opened(blobs[0])
    frames = int(getattr(image, "n_frames", 1))
    upright = decoded(image)
    return Message(
        {
            "format": FORMATS[image.format or ""],
            "width": upright.width,
            "height": upright.height,
            "frames": frames,
            "transparent": is_transparent(upright),
        }
    )


def fit(facts: dict[str, Any], blobs: Sequence[bytes]) -> Message:
    wanted = wanted_of(facts)
    image = shaped(decoded(opened(blobs[0]), wanted.longest), wanted)
    (data,), size = encoded([image], wanted)
    return answer(size, [data], wanted.format)


def for_chat(facts: dict[str, Any], blobs: Sequence[bytes]) -> Message:
    """PNG where it is transparent or drawn, JPEG where it is a photograph."""
    image = opened(blobs[0])
    longest, max_bytes = facts["longest"], facts["max_bytes"]
    lossless = image.format in {"PNG", "GIF"}
    upright = decoded(image, longest)
    if lossless:
        data = file_of(upright, PictureFormat.PNG)
        if len(data) <= max_bytes:
            return answer(upright.size, [data], PictureFormat.PNG)
    wanted = PictureWanted(format=PictureFormat.JPEG, longest=longest, max_bytes=max_bytes)
    (data,), size = encoded([shaped(upright, wanted)], wanted)
    return answer(size, [data], wanted.format)


def answer(size: tuple[int, int], files: Sequence[bytes], form: str) -> Message:
    return Message({"format": form, "width": size[0], "height": size[1]}, files)


def wanted_of(facts: dict[str, Any]) -> PictureWanted:
    return PictureWanted(
        format=PictureFormat(facts["format"]),
        alpha=facts["alpha"],
        shape=Shape(facts["shape"]),
        longest=facts["longest"],
        max_bytes=facts["max_bytes"],
    )


def opened(data: bytes, *, blob: int = 0) -> Image.Image:
    """The picture, its header read and nothing decoded.

    Raises:
        Refusal: it is no picture, damaged, or larger than what is decoded here.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=READ)
    except UnidentifiedImageError as error:
        known = data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8")) or data[8:12] == b"WEBP"
        raise refused(FileFault.DAMAGED if known else FileFault.NOT_A_PICTURE, blob=blob) from error
    except (OSError, ValueError, SyntaxError, struct.error, zlib.error) as error:
        raise refused(FileFault.DAMAGED, blob=blob) from error
    if image.width * image.height > MAX_PIXELS:
        raise refused(FileFault.TOO_MANY_PIXELS, blob=blob, limit=MAX_PIXELS)
    if not image.width * image.height:
        raise refused(FileFault.DAMAGED, blob=blob)
    return image


def decoded(image: Image.Image, longest: int | None = None, *, blob: int = 0) -> Image.Image:
    """The first frame, upright, as RGB or RGBA; scaled down to `longest` where that is given.

    Raises:
        Refusal: its data is cut or damaged.
    """
    try:
        image.seek(0)
        if longest is not None:
            image.draft("RGB", (longest, longest))  # JPEG can decode at half and quarter size
        image.load()
    except MemoryError:
        raise
    except Exception as error:  # Pillow's decoders raise a dozen kinds
        raise refused(FileFault.DAMAGED, blob=blob) from error
    orientation = image.getexif().get(0x0112, 1)
    plain = _plain(image)
    if longest is not None and max(plain.size) > longest:
        plain = scaled(plain, longest / max(plain.size))
    if orientation != 1:
        plain.getexif()[0x0112] = orientation
        plain = ImageOps.exif_transpose(plain)
    plain.info.clear()  # EXIF may hold the place where it was taken; profiles, comments
    return plain


def _plain(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        return _eight_bit(image)
    alpha = image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info
    mode = "RGBA" if alpha else "RGB"
    return image.convert(mode) if image.mode != mode else image.copy()


def _eight_bit(image: Image.Image) -> Image.Image:
    """16-bit grey, which a plain conversion would clip to white."""
    wide = image.convert("I") if image.mode.startswith("I;") else image
    return wide.point(lambda value: value * (1 / 256)).convert("L").convert("RGB")


def is_transparent(image: Image.Image) -> bool:
    if image.mode != "RGBA":
        return False
    lowest, _ = image.getchannel("A").getextrema()
    return int(lowest) < 255  # type: ignore[arg-type]  # noqa: PLR2004  opaque


def shaped(image: Image.Image, wanted: PictureWanted) -> Image.Image:
    """Square where wanted, in the colour mode wanted, no longer than wanted."""
    side = min(image.size)
    if wanted.shape is Shape.CROPPED and image.width != image.height:
        left, top = (image.width - side) // 2, (image.height - side) // 2
        image = image.crop((left, top, left + side, top + side))
    if wanted.longest is not None and max(image.size) > wanted.longest:
        image = scaled(image, wanted.longest / max(image.size))
    if wanted.shape is Shape.PADDED and image.width != image.height:
        image = _padded(image, max(image.size), see_through=wanted.alpha is not False)
    return with_alpha(image) if _keeps_alpha(image, wanted) else on_paper(image)


def _keeps_alpha(image: Image.Image, wanted: PictureWanted) -> bool:
    if wanted.format is PictureFormat.JPEG:
        return False
    return is_transparent(image) if wanted.alpha is None else wanted.alpha


def _padded(image: Image.Image, side: int, *, see_through: bool) -> Image.Image:
    colour = (*PAPER, 0) if see_through else (*PAPER, 255)
    square = Image.new("RGBA", (side, side), colour)
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square


def with_alpha(image: Image.Image) -> Image.Image:
    return image if image.mode == "RGBA" else image.convert("RGBA")


def on_paper(image: Image.Image) -> Image.Image:
    """Without transparency: what can be seen through shows white."""
    if image.mode != "RGBA":
        return image
    paper = Image.new("RGB", image.size, PAPER)
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def scaled(image: Image.Image, factor: float) -> Image.Image:
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def encoded(
    images: Sequence[Image.Image], wanted: PictureWanted
) -> tuple[list[bytes], tuple[int, int]]:
    """All in one size, the largest at which each fits `wanted.max_bytes`, and that size.

    Raises:
        Refusal: not even a tiny one fits.
    """
    factor = 1.0
    while True:
        size = images[0].size if factor == 1 else scaled(images[0], factor).size
        files = [
            file_of(each if factor == 1 else scaled(each, factor), wanted.format) for each in images
        ]
        largest = max(len(each) for each in files)
        if largest <= wanted.max_bytes:
            return files, size
        if max(size) <= SMALLEST:
            raise refused(FileFault.TOO_LARGE, limit=wanted.max_bytes)
        shrink = math.sqrt(wanted.max_bytes / largest) * 0.95
        factor *= min(SHRINK_LEAST, max(SHRINK_MOST, shrink))


def file_of(image: Image.Image, form: PictureFormat) -> bytes:
    file = io.BytesIO()
    options: dict[str, Any] = {
        PictureFormat.JPEG: {"quality": 90, "optimize": True},
        PictureFormat.WEBP: {"quality": 90, "method": 2},
        PictureFormat.PNG: {"compress_level": 6},
    }[form]
    image.save(file, form.value, **options)
    return file.getvalue()
