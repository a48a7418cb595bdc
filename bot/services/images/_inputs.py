"""What was attached, as the server takes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from bot.domain.chat import ImagePart
from bot.domain.conversations import Message, Produced
from bot.domain.errors import InputsGoneError
from bot.domain.images import PREVIEW, ImageInput
from bot.domain.media import PICTURE_2023, Picture, PictureFormat, PictureWanted, Region
from bot.media import Media
from storage.database import Database

LARGEST_SIDE = 3840  # no model draws a longer one
MAX_BYTES = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """`square` where the server takes nothing else.

    cropped  the first picture was not square, and its middle is sent
    marked   a mask says what to change, or the picture's own transparency
    preview  the first picture with the part to change tinted
    """

    images: tuple[ImageInput, ...]
    mask: ImageInput | None = None
    cropped: bool = False
    marked: bool = True
    preview: Produced | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    media: Media
    database: Database

    async def kept(self, question: Message) -> tuple[Produced, ...]:
        """The pictures of a question as they were attached.

        Raises:
            InputsGoneError: they had to make room; they have to be attached again.
        """
        parts = [part for part in question.parts if isinstance(part, ImagePart)]
        async with self.database.transaction() as tx:
            blobs = [await tx.blobs.get(part.sha256) for part in parts]
        both = tuple(zip(parts, blobs, strict=True))
        if gone := [part.name for part, data in both if data is None]:
            raise InputsGoneError(tuple(gone))
        return tuple(
            Produced(name=part.name, mime=part.mime, data=data)
            for part, data in both
            if data is not None
        )

    async def one(self, picture: Produced, *, square: bool) -> ImageInput:
        """Upright, its first frame, without its metadata, under the limits.

        Raises:
            FileError, MediaError: see `bot.media.Media`.
        """
        wanted = _wanted(picture, square=square)
        fitted = await self.media.pictures.fit(picture.data, name=picture.name, wanted=wanted)
        return _upload(picture.name, fitted)

    async def fit(
        self,
        pictures: Sequence[Produced],
        *,
        square: bool,
        mask: Produced | None = None,
        region: Region | None = None,
    ) -> Fitted:
        """The first of them with its mask, where there is one, and the others.

        Raises:
            MaskSizeError: the mask is not as large as the first picture.
            FileError, MediaError: see `bot.media.Media`; a mask that marks nothing is one.
        """
        first, *others = pictures
        cropped, marked = False, True
        if square:
            facts = await self.media.pictures.inspect(first.data, name=first.name)
            cropped = facts.width != facts.height
            marked = facts.transparent
        rest = [await self.one(each, square=square) for each in others]
        if mask is None and region is None:
            images = (await self.one(first, square=square), *rest)
            return Fitted(images=images, cropped=cropped, marked=marked)
        picture, fitted = await self.media.pictures.fit_with_mask(
            first.data,
            name=first.name,
            wanted=_wanted(first, square=square),
            mask=(mask.name, mask.data) if mask is not None else region or Region.WHOLE,
        )
        preview = await self.media.pictures.preview(picture, fitted)
        return Fitted(
            images=(_upload(first.name, picture), *rest),
            mask=_upload("mask", fitted),
            cropped=cropped,
            preview=Produced(
                name=f"{PREVIEW}.{preview.extension}", mime=preview.mime, data=preview.data
            ),
        )


def _wanted(picture: Produced, *, square: bool) -> PictureWanted:
    """Photographs stay JPEG: as PNG they would be ten times as large."""
    if square:
        return PICTURE_2023
    photograph = picture.mime == "image/jpeg"
    return PictureWanted(
        format=PictureFormat.JPEG if photograph else PictureFormat.PNG,
        longest=LARGEST_SIDE,
        max_bytes=MAX_BYTES,
    )


def _upload(name: str, picture: Picture) -> ImageInput:
    """Servers go by the ending of the name, whatever the person called it."""
    stem = PurePath(name).stem or "picture"
    return ImageInput(filename=f"{stem}.{picture.extension}", data=picture.data, mime=picture.mime)
