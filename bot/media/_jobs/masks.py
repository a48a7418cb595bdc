"""Masks: transparent where a picture is to be changed. Runs in the worker."""

from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageChops

from bot.domain.errors import FileFault
from bot.domain.media import PictureFormat, PictureWanted, Region
from bot.media._frames import Message
from bot.media._jobs import pictures
from bot.media._refusal import Refusal, refused

WHITE = 128  # a mask without transparency: from this grey on, it is the part to change
TINT = (235, 69, 158)
TINTED = 0.55
BORDER = 8  # the border is an eighth of the shorter side


def fit_with_mask(facts: dict[str, Any], blobs: Sequence[bytes]) -> Message:
    """Picture and mask, shaped and scaled alike; the mask from a file or from a region."""
    wanted = pictures.wanted_of(facts)
    picture = pictures.decoded(pictures.opened(blobs[0]))
    if facts["region"] is None:
        mask = mask_of(blobs[1], picture.size)
    else:
        mask = region_mask(Region(facts["region"]), picture.size)
    as_mask = PictureWanted(alpha=True, shape=wanted.shape, longest=wanted.longest)
    picture = pictures.shaped(picture, wanted)
    images = [picture, pictures.shaped(mask, as_mask)]
    if wanted.format is PictureFormat.PNG:
        files, size = pictures.encoded(images, wanted)
    else:
        (first,), size = pictures.encoded(images[:1], wanted)
        small = images[1].resize(size, Image.Resampling.LANCZOS)
        files = [first, pictures.file_of(small, PictureFormat.PNG)]
    return pictures.answer(size, files, wanted.format)


def mask_of(data: bytes, size: tuple[int, int]) -> Image.Image:
    """The mask in a file, as the API wants it.

    Raises:
        Refusal: it is no picture, of another size than `size`, or marks nothing.
    """
    mask = pictures.decoded(pictures.opened(data, blob=1), blob=1)
    if mask.size != size:
        raise Refusal("mask_size", picture=size, mask=mask.size)
    if pictures.is_transparent(mask):
        alpha = mask.getchannel("A")
    else:
        grey = mask.convert("L")
        alpha = grey.point([0 if level >= WHITE else 255 for level in range(256)])
        if int(alpha.getextrema()[0]) == 255:  # type: ignore[arg-type]  # noqa: PLR2004  opaque
            raise refused(FileFault.MASK_EMPTY, blob=1)
    # Its colours mean nothing, and as a photograph with a hole it would be over the 4 MB of masks.
    plain = Image.new("RGBA", size, (0, 0, 0, 255))
    plain.putalpha(alpha)
    return plain


def region_mask(region: Region, size: tuple[int, int]) -> Image.Image:
    width, height = size
    edge = max(1, min(size) // BORDER)
    boxes = {
        Region.WHOLE: (0, 0, width, height),
        Region.LEFT: (0, 0, (width + 1) // 2, height),
        Region.RIGHT: (width // 2, 0, width, height),
        Region.TOP: (0, 0, width, (height + 1) // 2),
        Region.BOTTOM: (0, height // 2, width, height),
        Region.CENTRE: (width // 4, height // 4, width - width // 4, height - height // 4),
        Region.BORDER: (edge, edge, max(edge, width - edge), max(edge, height - edge)),
    }
    alpha = Image.new("L", size, 255)
    alpha.paste(0, boxes[region])
    if region is Region.BORDER:
        alpha = ImageChops.invert(alpha)
    mask = Image.new("RGBA", size, (0, 0, 0, 255))
    mask.putalpha(alpha)
    return mask


def preview(facts: dict[str, Any], blobs: Sequence[bytes]) -> Message:
    """The picture with the part to change tinted."""
    wanted = pictures.wanted_of(facts)
    picture = pictures.on_paper(pictures.decoded(pictures.opened(blobs[0])))
    mask = mask_of(blobs[1], picture.size)
    changed = ImageChops.invert(mask.getchannel("A")).point(lambda level: level * TINTED)
    picture.paste(TINT, mask=changed)
    image = pictures.shaped(picture, wanted)
    (data,), size = pictures.encoded([image], wanted)
    return pictures.answer(size, [data], wanted.format)
