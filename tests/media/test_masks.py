"""Masks: transparent is what is to be changed."""

import pytest
from PIL import Image

from bot.domain.errors import FileError, FileFault, MaskSizeError
from bot.domain.media import PICTURE_2023, PictureFormat, PictureWanted, Region, Shape
from bot.media import Media
from tests.media.test_pictures import close, file_of, seen, turned, two_halves

pytestmark = pytest.mark.asyncio(loop_scope="session")

PICTURE = file_of(two_halves((40, 20)))
CORNERS = {"top left": (1, 1), "top right": (38, 1), "bottom": (20, 18), "middle": (20, 10)}


def a_mask(size: tuple[int, int] = (40, 20), *, left: int = 0) -> bytes:
    """Its left half can be seen through."""
    mask = Image.new("RGBA", size, (0, 0, 0, 255))
    mask.paste((0, 0, 0, left), (0, 0, size[0] // 2, size[1]))
    return file_of(mask)


async def changed_at(media: Media, region: Region) -> set[str]:
    _, mask = await media.pictures.fit_with_mask(
        PICTURE, name="cat.png", wanted=PictureWanted(), mask=region
    )
    alpha = seen(mask).getchannel("A")
    return {name for name, place in CORNERS.items() if alpha.getpixel(place) == 0}


@pytest.mark.parametrize(
    ("region", "changed"),
    [
        (Region.WHOLE, set(CORNERS)),
        (Region.LEFT, {"top left"}),
        (Region.RIGHT, {"top right", "bottom", "middle"}),
        (Region.TOP, {"top left", "top right"}),
        (Region.BOTTOM, {"bottom", "middle"}),
        (Region.CENTRE, {"middle"}),
        (Region.BORDER, {"top left", "top right", "bottom"}),
    ],
)
async def test_a_region_is_the_part_to_change(
    media: Media, region: Region, changed: set[str]
) -> None:
    assert await changed_at(media, region) == changed


@pytest.mark.parametrize("region", Region)
@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 50), (3, 3)])
async def test_every_region_of_a_tiny_picture_changes_something(
    media: Media, region: Region, size: tuple[int, int]
) -> None:
    _, mask = await media.pictures.fit_with_mask(
        file_of(Image.new("RGB", size)), name="cat.png", wanted=PictureWanted(), mask=region
    )

    assert seen(mask).size == size
    assert seen(mask).getchannel("A").getextrema()[0] == 0


async def test_a_mask_takes_every_step_of_its_picture(media: Media) -> None:
    picture, mask = await media.pictures.fit_with_mask(
        turned(),
        name="cat.jpg",
        wanted=PictureWanted(alpha=True, shape=Shape.CROPPED, longest=10),
        mask=("mask.png", a_mask((20, 40))),
    )

    assert seen(picture).size == seen(mask).size == (10, 10)
    assert (seen(picture).mode, seen(mask).mode) == ("RGBA", "RGBA")
    alpha = seen(mask).getchannel("A")
    assert alpha.getpixel((1, 5)) == 0
    assert alpha.getpixel((8, 5)) == 255


@pytest.mark.parametrize("form", [PictureFormat.PNG, PictureFormat.JPEG])
async def test_a_picture_that_must_shrink_takes_its_mask_along(
    media: Media, form: PictureFormat
) -> None:
    noise = file_of(Image.effect_noise((600, 300), 90))

    picture, mask = await media.pictures.fit_with_mask(
        noise,
        name="cat.png",
        wanted=PictureWanted(format=form, max_bytes=20_000),
        mask=("mask.png", a_mask((600, 300))),
    )

    assert picture.width < 600
    assert seen(mask).size == seen(picture).size
    assert mask.format is PictureFormat.PNG


async def test_white_is_the_part_to_change_in_a_mask_without_transparency(media: Media) -> None:
    drawn = Image.new("L", (40, 20), 0)
    drawn.paste(255, (0, 0, 20, 20))

    _, mask = await media.pictures.fit_with_mask(
        PICTURE, name="cat.png", wanted=PICTURE_2023, mask=("mask.jpg", file_of(drawn, "JPEG"))
    )

    alpha = seen(mask).getchannel("A")  # of the middle square
    assert alpha.getpixel((2, 10)) == 0
    assert alpha.getpixel((17, 10)) == 255


async def test_a_photograph_with_a_hole_is_a_small_mask(media: Media) -> None:
    photograph = Image.effect_noise((600, 600), 90).convert("RGBA")
    photograph.paste((0, 0, 0, 0), (0, 0, 300, 600))

    _, mask = await media.pictures.fit_with_mask(
        file_of(Image.new("RGB", (600, 600))),
        name="cat.png",
        wanted=PictureWanted(),
        mask=("cat-with-a-hole.png", file_of(photograph)),
    )

    assert len(mask.data) < 10_000
    assert seen(mask).getchannel("A").getextrema() == (0, 255)


async def test_a_mask_of_another_size_is_refused_and_both_sizes_are_named(media: Media) -> None:
    with pytest.raises(MaskSizeError) as refused:
        await media.pictures.fit_with_mask(
            PICTURE, name="cat.png", wanted=PICTURE_2023, mask=("mask.png", a_mask((20, 20)))
        )

    assert (refused.value.picture, refused.value.mask) == ((40, 20), (20, 20))


@pytest.mark.parametrize(
    ("mask", "fault"),
    [
        (file_of(Image.new("RGB", (40, 20), "black")), FileFault.MASK_EMPTY),
        (b"hello", FileFault.NOT_A_PICTURE),
        (a_mask()[:70], FileFault.DAMAGED),
    ],
    ids=["black", "text", "cut"],
)
async def test_a_mask_that_cannot_be_used_is_refused_by_its_own_name(
    media: Media, mask: bytes, fault: FileFault
) -> None:
    with pytest.raises(FileError) as refused:
        await media.pictures.fit_with_mask(
            PICTURE, name="cat.png", wanted=PICTURE_2023, mask=("mask.png", mask)
        )

    assert (refused.value.filename, refused.value.fault) == ("mask.png", fault)


async def test_the_preview_tints_what_will_change_and_nothing_else(media: Media) -> None:
    pair = await media.pictures.fit_with_mask(
        PICTURE, name="cat.png", wanted=PictureWanted(), mask=Region.LEFT
    )

    preview = await media.pictures.preview(*pair, wanted=PictureWanted())

    image = seen(preview)
    assert image.size == (40, 20)
    assert not close(image.getpixel((5, 10)), (200, 30, 30))
    assert close(image.getpixel((35, 10)), (30, 30, 200))
