"""Charts, looked at: which colours are where, and what is written is only compared."""

import io

import pytest
from PIL import Image

from bot.domain.media import Curve, Label, Picture, Series
from bot.media import Media

pytestmark = pytest.mark.asyncio(loop_scope="session")

TITLE, UNIT = Label("Cost", "Cost"), Label("USD", "USD")
BLUE, ORANGE = (86, 180, 233), (230, 159, 0)


def image_of(picture: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.data)).convert("RGB")
    assert image.size == (picture.width, picture.height) == (960, 480)
    return image


def share(picture: Picture, colour: tuple[int, int, int]) -> int:
    """How many pixels have this colour."""
    counted = image_of(picture).getcolors(picture.width * picture.height) or []
    return {each: count for count, each in counted}.get(colour, 0)


async def usage(media: Media, *series: Series, title: Label = TITLE, days: int = 2) -> Picture:
    return await media.charts.usage(
        title=title, unit=UNIT, days=[f"11-{day:02}" for day in range(1, days + 1)], series=series
    )


def named(name: str) -> Label:
    return Label(name, name)


async def test_bars_of_a_day_are_stacked_as_high_as_their_values(media: Media) -> None:
    chart = await usage(
        media, Series(named("chat"), (1.0, 3.0)), Series(named("images"), (2.0, 0.0))
    )

    assert share(chart, BLUE) == pytest.approx(2 * share(chart, ORANGE), rel=0.05)


@pytest.mark.parametrize("days", [1, 31, 120])
async def test_any_number_of_days_is_drawn_even_without_any_use(media: Media, days: int) -> None:
    used = await usage(media, Series(named("chat"), (1.0,) * days), days=days)
    unused = await usage(media, Series(named("chat"), (0.0,) * days), days=days)

    assert share(used, BLUE) > 5_000
    assert share(unused, BLUE) < 1_000  # its mark in the legend


async def test_twelve_series_have_twelve_colours(media: Media) -> None:
    chart = await usage(media, *(Series(named(f"model {n}"), (1.0, 1.0)) for n in range(12)))

    counted = image_of(chart).getcolors(1 << 20) or []
    assert len([count for count, _ in counted if count > 6_000]) == 13  # and the ground


async def test_words_that_no_font_here_can_write_are_written_plainly(media: Media) -> None:
    series = Series(named("x"), (1.0, 2.0))

    nowhere = await usage(media, series, title=Label("\U0001f63a \U000e0041", "Cats"))
    plain = await usage(media, series, title=named("Cats"))
    empty = await usage(media, series, title=named(""))

    assert nowhere.data == plain.data != empty.data


@pytest.mark.parametrize("name", ["$x^2$", "_hidden", "a\nb", "$\\frac", "%s {0}", "x" * 500, ""])
async def test_names_are_only_names(media: Media, name: str) -> None:
    chart = await usage(media, Series(named(name), (1.0, 2.0)), title=named(name))

    assert share(chart, BLUE) > 5_000


async def test_what_cannot_be_drawn_is_refused_before_a_worker_has_it(media: Media) -> None:
    with pytest.raises(ValueError, match="one value for each day"):
        await usage(media, Series(named("chat"), (1.0,)))
    with pytest.raises(ValueError, match="12 series"):
        await usage(media, *(Series(named("x"), (1.0, 1.0)) for _ in range(13)))
    with pytest.raises(ValueError, match="points"):
        await media.charts.loss(title=TITLE, steps=UNIT, loss=[])


async def test_loss_is_drawn_by_step_and_accuracy_has_its_own_scale(media: Media) -> None:
    training = Curve(named("training"), tuple((float(x), 5000 / (1 + x)) for x in range(100)))
    accuracy = Curve(named("accuracy"), tuple((float(x), x / 100) for x in range(100)))

    alone = await media.charts.loss(title=TITLE, steps=named("step"), loss=[training])
    both = await media.charts.loss(
        title=TITLE, steps=named("step"), loss=[training], accuracy=[accuracy]
    )

    rows = [
        at // 960 for at, pixel in enumerate(image_of(both).get_flattened_data()) if pixel == ORANGE
    ]
    assert share(alone, BLUE) > 300
    assert share(alone, ORANGE) == 0
    assert max(rows) - min(rows) > 250  # not flattened by a loss of thousands


async def test_a_single_point_and_numbers_that_are_none_can_be_drawn(media: Media) -> None:
    point = Curve(named("training"), ((1.0, 2.0),))
    holes = Curve(named("training"), ((1.0, float("nan")), (2.0, float("inf")), (3.0, 1.0)))

    assert share(await media.charts.loss(title=TITLE, steps=UNIT, loss=[point]), BLUE) > 10
    assert image_of(await media.charts.loss(title=TITLE, steps=UNIT, loss=[holes]))
