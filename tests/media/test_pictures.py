"""Pictures through a real worker, looked at with Pillow."""

import io
import zlib
from typing import Any

import pytest
from PIL import Image, ImageDraw

from bot.domain.errors import FileError, FileFault
from bot.domain.media import (
    MAX_PIXELS,
    PICTURE_2023,
    Picture,
    PictureFormat,
    PictureWanted,
    Shape,
)
from bot.media import Media

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME = "cat.png"
LEFT, RIGHT = (200, 30, 30), (30, 30, 200)


def two_halves(size: tuple[int, int] = (40, 20), mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, LEFT)
    image.paste(RIGHT, (size[0] // 2, 0, *size))
    return image.convert(mode)


def file_of(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def seen(picture: Picture) -> Image.Image:
    """What a viewer makes of it, and proof that its facts are true."""
    image = Image.open(io.BytesIO(picture.data))
    image.load()
    assert (image.size, image.format) == (
        (picture.width, picture.height),
        picture.format.value.upper(),
    )
    return image


def close(first: Any, second: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= 12 for a, b in zip(first, second, strict=True))


def claiming(width: int, height: int) -> bytes:
    """A PNG whose header says it is that large."""
    file = bytearray(file_of(two_halves()))
    file[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    file[29:33] = zlib.crc32(file[12:29]).to_bytes(4, "big")
    return bytes(file)


def animated() -> bytes:
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "green", "blue")]
    return file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])


def turned(form: str = "JPEG") -> bytes:
    """Stored lying, to be shown upright: a phone's photograph."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "maker"
    return file_of(two_halves(), form, exif=exif)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (file_of(two_halves()), (PictureFormat.PNG, 40, 20, 1, False)),
        (file_of(two_halves(), "WEBP"), (PictureFormat.WEBP, 40, 20, 1, False)),
        (file_of(two_halves(mode="CMYK"), "JPEG"), (PictureFormat.JPEG, 40, 20, 1, False)),
        (turned(), (PictureFormat.JPEG, 20, 40, 1, False)),
        (animated(), (PictureFormat.GIF, 9, 9, 3, False)),
        (file_of(Image.new("RGBA", (5, 4), (1, 2, 3, 254))), (PictureFormat.PNG, 5, 4, 1, True)),
        (file_of(Image.new("RGBA", (5, 4), (1, 2, 3, 255))), (PictureFormat.PNG, 5, 4, 1, False)),
        (file_of(Image.new("P", (5, 4)), transparency=0), (PictureFormat.PNG, 5, 4, 1, True)),
        (file_of(Image.new("LA", (5, 4), (9, 0))), (PictureFormat.PNG, 5, 4, 1, True)),
    ],
    ids=["png", "webp", "cmyk", "turned", "gif", "alpha", "opaque", "palette", "grey"],
)
async def test_a_picture_is_known_by_its_content(
    media: Media, data: bytes, expected: tuple[PictureFormat, int, int, int, bool]
) -> None:
    facts = await media.pictures.inspect(data, name="lie.txt")

    assert expected == (facts.format, facts.width, facts.height, facts.frames, facts.transparent)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", FileFault.NOT_A_PICTURE),
        (b"hello", FileFault.NOT_A_PICTURE),
        (file_of(two_halves(), "BMP"), FileFault.NOT_A_PICTURE),  # known to Pillow, not allowed
        (file_of(two_halves(), "TIFF"), FileFault.NOT_A_PICTURE),
        (file_of(two_halves())[:60], FileFault.DAMAGED),
        (file_of(two_halves(), "JPEG")[:-40], FileFault.DAMAGED),
        (animated()[:30], FileFault.DAMAGED),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 500, FileFault.DAMAGED),
        (b"\xff\xd8\xff", FileFault.DAMAGED),
    ],
    ids=["empty", "text", "bmp", "tiff", "png", "jpeg", "gif", "garbage", "start"],
)
async def test_what_cannot_be_used_is_refused_and_why(
    media: Media, data: bytes, fault: FileFault
) -> None:
    with pytest.raises(FileError) as refused:
        await media.pictures.inspect(data, name=NAME)

    assert (refused.value.filename, refused.value.fault) == (NAME, fault)


async def test_too_many_pixels_are_refused_from_the_header_alone(media: Media) -> None:
    with pytest.raises(FileError) as refused:
        await media.pictures.inspect(claiming(5001, 5001), name=NAME)

    assert (refused.value.fault, refused.value.limit) == (FileFault.TOO_MANY_PIXELS, MAX_PIXELS)


async def test_a_photograph_becomes_the_square_png_of_2023(media: Media) -> None:
    photograph = file_of(Image.effect_noise((1500, 1200), 90).convert("RGB"), "JPEG")

    made = await media.pictures.fit(photograph, name=NAME, wanted=PICTURE_2023)

    assert seen(made).mode == "RGBA"
    assert 512 < made.width == made.height <= 1024
    assert len(made.data) < 4_000_000


async def test_a_turned_picture_is_made_upright_and_says_nothing_of_its_maker(
    media: Media,
) -> None:
    made = await media.pictures.fit(turned(), name=NAME, wanted=PictureWanted())

    image = seen(made)
    assert image.size == (20, 40)
    assert close(image.getpixel((10, 2)), LEFT)
    assert close(image.getpixel((10, 37)), RIGHT)
    assert not image.getexif()
    assert b"maker" not in made.data


async def test_cropping_keeps_the_middle_and_padding_keeps_everything(media: Media) -> None:
    wide = two_halves((60, 20))
    ImageDraw.Draw(wide).rectangle((0, 0, 9, 19), fill="white")

    cropped = await media.pictures.fit(
        file_of(wide), name=NAME, wanted=PictureWanted(shape=Shape.CROPPED)
    )
    padded = await media.pictures.fit(
        file_of(wide), name=NAME, wanted=PictureWanted(shape=Shape.PADDED)
    )

    assert seen(cropped).size == (20, 20)
    assert seen(cropped).getpixel((0, 0)) == LEFT
    assert seen(padded).size == (60, 60)
    assert seen(padded).getpixel((30, 0)) == (255, 255, 255, 0)
    assert seen(padded).getpixel((45, 30)) == (*RIGHT, 255)


@pytest.mark.parametrize("form", [PictureFormat.PNG, PictureFormat.JPEG, PictureFormat.WEBP])
async def test_a_picture_that_is_too_large_is_scaled_until_it_fits(
    media: Media, form: PictureFormat
) -> None:
    noise = file_of(Image.effect_noise((600, 300), 90))

    made = await media.pictures.fit(
        noise, name=NAME, wanted=PictureWanted(format=form, max_bytes=20_000)
    )

    assert len(made.data) <= 20_000
    assert 100 < made.width < 600
    assert abs(made.width - 2 * made.height) <= 2
    seen(made)


async def test_a_limit_that_no_picture_fits_is_refused(media: Media) -> None:
    with pytest.raises(FileError) as refused:
        await media.pictures.fit(
            file_of(two_halves()), name=NAME, wanted=PictureWanted(max_bytes=10)
        )

    assert refused.value.fault is FileFault.TOO_LARGE


async def test_transparency_shows_white_where_it_cannot_be_kept(media: Media) -> None:
    glass = file_of(Image.new("RGBA", (8, 8), (0, 0, 0, 0)))

    jpeg = await media.pictures.fit(
        glass, name=NAME, wanted=PictureWanted(format=PictureFormat.JPEG)
    )
    plain = await media.pictures.fit(glass, name=NAME, wanted=PictureWanted(alpha=False))
    kept = await media.pictures.fit(glass, name=NAME, wanted=PictureWanted())

    assert close(seen(jpeg).getpixel((4, 4)), (255, 255, 255))
    assert seen(plain).getpixel((4, 4)) == (255, 255, 255)
    assert seen(kept).getpixel((4, 4))[3] == 0  # type: ignore[index]


async def test_sixteen_bits_of_grey_are_not_clipped_to_white(media: Media) -> None:
    grey = file_of(Image.new("I;16", (8, 8), 0x8000))

    made = await media.pictures.fit(grey, name=NAME, wanted=PictureWanted(alpha=False))

    assert close(seen(made).getpixel((4, 4)), (128, 128, 128))


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16", "CMYK"])
async def test_every_colour_mode_is_taken(media: Media, mode: str) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"

    made = await media.pictures.fit(
        file_of(Image.new(mode, (8, 8)), form), name=NAME, wanted=PictureWanted(alpha=True)
    )

    assert seen(made).mode == "RGBA"


async def test_for_chat_a_drawing_stays_sharp_and_a_photograph_small(media: Media) -> None:
    drawing = await media.pictures.for_chat(file_of(two_halves((3000, 600))), name=NAME)
    photograph = await media.pictures.for_chat(file_of(two_halves((3000, 600)), "JPEG"), name=NAME)
    heavy = await media.pictures.for_chat(
        file_of(Image.effect_noise((500, 500), 90)), name=NAME, max_bytes=100_000
    )

    assert (seen(drawing).size, drawing.mime) == ((2048, 410), "image/png")
    assert (seen(photograph).size, photograph.extension) == ((2048, 410), "jpg")
    assert heavy.format is PictureFormat.JPEG
    assert len(heavy.data) <= 100_000


async def test_a_small_picture_is_never_enlarged(media: Media) -> None:
    made = await media.pictures.fit(
        file_of(two_halves()), name=NAME, wanted=PictureWanted(longest=1024)
    )

    assert (made.width, made.height) == (40, 20)


async def test_the_largest_picture_there_may_be_is_made_fit(media: Media) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    largest = file_of(Image.new("RGBA", (5000, 5000), (9, 9, 9, 9)), compress_level=1, exif=exif)

    made = await media.pictures.fit(largest, name=NAME, wanted=PICTURE_2023)

    assert seen(made).size == (1024, 1024)
