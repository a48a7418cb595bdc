"""Pictures, masks and previews, as services ask for them."""

from typing import Any

from bot.domain.media import (
    MAX_PIXELS,
    MODELS_SEE,
    Picture,
    PictureFacts,
    PictureFormat,
    PictureWanted,
    Region,
)
from bot.media._calls import Calls
from bot.media._frames import Message

FIT_S = 20.0  # scaling 25 megapixels down until they fit takes several tries
PREVIEW = PictureWanted(format=PictureFormat.WEBP, longest=1024, max_bytes=4 << 20)


class Pictures:
    """PNG, JPEG, WebP and GIF, recognised by content, up to 25 megapixels (MAX_PIXELS).

    Every method may raise FileError: not a picture, damaged, or too many pixels.
    `name` is what the person calls the file; only errors use it.
    """

    max_pixels = MAX_PIXELS

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def inspect(self, data: bytes, *, name: str) -> PictureFacts:
        return await self._calls.do("pictures.inspect", _facts, files=[(name, data)])

    async def fit(self, data: bytes, *, name: str, wanted: PictureWanted) -> Picture:
        """The first frame, upright and without its metadata, as `wanted`."""
        return await self._calls.do(
            "pictures.fit", _picture, facts=_asked(wanted), files=[(name, data)], limit_s=FIT_S
        )

    async def for_chat(self, data: bytes, *, name: str, max_bytes: int = 8 << 20) -> Picture:
        """As chat models see it: at most 2,048 pixels a side; PNG if transparent, else JPEG."""
        return await self._calls.do(
            "pictures.for_chat",
            _picture,
            facts={"longest": MODELS_SEE, "max_bytes": max_bytes},
            files=[(name, data)],
            limit_s=FIT_S,
        )

    async def fit_with_mask(
        self,
        data: bytes,
        *,
        name: str,
        wanted: PictureWanted,
        mask: tuple[str, bytes] | Region,
    ) -> tuple[Picture, Picture]:
        """The picture as `wanted`, and its mask in the same shape and size, always PNG.

        mask  a file (its name and bytes), or the part to change. In a mask without transparency,
              white is the part to change.

        Raises:
            MaskSizeError: the mask is not as large as the picture.
            FileError: also when the mask marks nothing.
        """
        files, region = [(name, data)], None
        if isinstance(mask, Region):
            region = mask.value
        else:
            files.append(mask)
        return await self._calls.do(
            "masks.fit_with_mask",
            _pair,
            facts={**_asked(wanted), "region": region},
            files=files,
            limit_s=FIT_S,
        )

    async def preview(
        self, picture: Picture, mask: Picture, *, wanted: PictureWanted = PREVIEW
    ) -> Picture:
        """The picture with the part to change tinted; both as `fit_with_mask` made them."""
        return await self._calls.do(
            "masks.preview",
            _picture,
            facts=_asked(wanted),
            files=[("picture", picture.data), ("mask", mask.data)],
            limit_s=FIT_S,
        )


def _asked(wanted: PictureWanted) -> dict[str, Any]:
    return {
        "format": wanted.format.value,
        "alpha": wanted.alpha,
        "shape": wanted.shape.value,
        "longest": wanted.longest,
        "max_bytes": wanted.max_bytes,
    }


def _facts(answer: Message) -> PictureFacts:
    facts = answer.facts
    return PictureFacts(
        format=PictureFormat(facts["format"]),
        width=int(facts["width"]),
        height=int(facts["height"]),
        frames=int(facts["frames"]),
        transparent=bool(facts["transparent"]),
    )


def _picture(answer: Message) -> Picture:
    facts = answer.facts
    (data,) = answer.blobs
    return Picture(
        format=PictureFormat(facts["format"]),
        width=int(facts["width"]),
        height=int(facts["height"]),
        data=data,
    )


def _pair(answer: Message) -> tuple[Picture, Picture]:
    first, second = answer.blobs
    picture = _picture(Message(answer.facts, [first]))
    mask = Picture(
        format=PictureFormat.PNG, width=picture.width, height=picture.height, data=second
    )
    return picture, mask
