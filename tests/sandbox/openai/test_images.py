import base64
from typing import Any

import aiohttp
import pytest
from openai import BadRequestError, NotFoundError

from tests.sandbox.openai.conftest import Running
from tests.sandbox.openai.media import opened, picture

EDIT_FILE = ("cat.png", picture(), "image/png")


def decoded(picture: Any) -> Any:
    return opened(base64.b64decode(picture.b64_json))


@pytest.mark.parametrize(
    ("form", "size"), [("png", "1024x1024"), ("webp", "1536x1024"), ("jpeg", "1024x1536")]
)
async def test_a_picture_has_the_size_and_format_that_were_asked_for(
    modern: Running, form: Any, size: Any
) -> None:
    answer = await modern.client.images.generate(
        model="gpt-image-2", prompt="a cat", size=size, output_format=form, quality="low"
    )

    assert answer.data is not None
    image = decoded(answer.data[0])
    assert f"{image.width}x{image.height}" == size
    assert image.format.lower() == form
    assert answer.usage is not None
    assert answer.usage.output_tokens == 272
    assert answer.usage.total_tokens == answer.usage.input_tokens + 272


async def test_a_transparent_picture_is_transparent(modern: Running) -> None:
    answer = await modern.client.images.generate(
        model="gpt-image-1.5", prompt="a cat", background="transparent", size="1024x1024"
    )

    assert answer.data is not None
    assert decoded(answer.data[0]).getpixel((0, 0))[3] == 0


async def test_pictures_of_2023_come_by_links_that_end_after_an_hour(legacy: Running) -> None:
    answer = await legacy.client.images.generate(prompt="a cat", size="256x256", n=2)

    assert answer.data is not None
    link = answer.data[1].url
    assert link is not None
    assert link.startswith(legacy.url)
    async with aiohttp.ClientSession() as session:
        async with session.get(link) as response:
            assert response.content_type == "image/png"
            assert opened(await response.read()).size == (256, 256)
        await legacy.clock.advance(3601)
        async with session.get(link) as response:
            assert response.status == 404


async def test_pictures_of_2023_can_come_as_base64(legacy: Running) -> None:
    answer = await legacy.client.images.generate(
        prompt="a cat", size="512x512", response_format="b64_json"
    )

    assert answer.data is not None
    assert decoded(answer.data[0]).size == (512, 512)


async def test_a_stream_sends_the_steps_and_then_the_picture(modern: Running) -> None:
    stream = await modern.client.images.generate(
        model="gpt-image-2", prompt="a cat", stream=True, partial_images=2, size="1024x1024"
    )
    events = [event async for event in stream]

    assert [each.type for each in events] == [
        "image_generation.partial_image",
        "image_generation.partial_image",
        "image_generation.completed",
    ]
    assert len({each.b64_json for each in events}) == 3
    assert decoded(events[-1]).size == (1024, 1024)


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"response_format": "url"}, "unknown_parameter", "response_format"),
        ({"size": "256x256"}, "invalid_value", "size"),
        ({"size": "1000x1000"}, "invalid_value", "size"),
        ({"quality": "xhigh"}, "invalid_value", "quality"),
        ({"quality": "hd"}, "invalid_value", "quality"),
        ({"background": "transparent", "output_format": "jpeg"}, "unsupported_value", "background"),
        ({"output_compression": 50}, "invalid_png_output_compression", "output_compression"),
        ({"partial_images": 2}, None, "partial_images"),
        ({"n": 11}, "integer_above_max_value", "n"),
        ({"prompt": "x" * 32_001}, "string_above_max_length", "prompt"),
        ({"prompt": "something forbidden"}, "moderation_blocked", None),
    ],
)
async def test_what_gpt_image_does_not_take_is_refused(
    modern: Running, body: dict[str, Any], code: str, param: str
) -> None:
    with pytest.raises(BadRequestError) as caught:
        await modern.client.post(
            "/images/generations",
            cast_to=object,
            body={"model": "gpt-image-2", "prompt": "a cat", **body},
        )

    assert (caught.value.code, caught.value.param) == (code, param)


async def test_newer_models_take_more_sizes_and_qualities(modern: Running) -> None:
    answer = await modern.client.post(
        "/images/generations",
        cast_to=object,
        body={
            "model": "gpt-image-2.5",
            "prompt": "a cat",
            "size": "1600x640",
            "quality": "max",
        },
    )

    assert isinstance(answer, dict)
    assert answer["size"] == "1600x640"


async def test_dall_e_is_gone_from_the_server_of_today_only(serve: Any) -> None:
    modern, both = await serve("modern"), await serve("both")

    with pytest.raises(NotFoundError) as caught:
        await modern.client.images.generate(model="dall-e-2", prompt="a cat")
    answer = await both.client.images.generate(model="dall-e-2", prompt="a cat", size="256x256")

    assert caught.value.code == "model_not_found"
    assert answer.data[0].url


@pytest.mark.parametrize("count", [1, 3])
async def test_one_picture_or_several_can_be_edited(modern: Running, count: int) -> None:
    image: Any = EDIT_FILE if count == 1 else [EDIT_FILE] * count

    answer = await modern.client.images.edit(
        model="gpt-image-2", image=image, prompt="make it night", mask=EDIT_FILE
    )

    assert answer.data is not None
    assert decoded(answer.data[0]).format == "PNG"
    uploads = modern.server.requests[0].uploads
    assert len(uploads["image" if count == 1 else "image[]"]) == count


async def test_an_edit_can_be_streamed(modern: Running) -> None:
    stream = await modern.client.images.edit(
        model="gpt-image-2", image=EDIT_FILE, prompt="night", stream=True, partial_images=1
    )

    assert [each.type async for each in stream] == [
        "image_edit.partial_image",
        "image_edit.completed",
    ]


async def test_an_edit_can_be_asked_for_in_json(modern: Running) -> None:
    link = f"data:image/png;base64,{base64.b64encode(picture()).decode()}"

    answer = await modern.client.post(
        "/images/edits",
        cast_to=object,
        body={
            "model": "gpt-image-2",
            "prompt": "night",
            "images": [{"image_url": link}, {"image_url": "https://example.org/cat.png"}],
        },
    )

    assert isinstance(answer, dict)
    assert answer["usage"]["input_tokens_details"]["image_tokens"] == 2 * 765


async def test_an_edit_of_2023_takes_one_square_png(legacy: Running) -> None:
    answer = await legacy.client.images.edit(
        image=EDIT_FILE, prompt="night", size="256x256", response_format="b64_json"
    )

    assert answer.data is not None
    assert decoded(answer.data[0]).size == (256, 256)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"image": picture((256, 128))}, "must be square"),
        ({"image": picture(mode="RGB", form="JPEG")}, "must be a PNG"),
        ({"image": picture(mode="RGB")}, "got RGB"),
        ({"image": b"not a picture"}, "Invalid image file"),
        ({"image": picture(mode="RGB"), "mask": picture((128, 128))}, "same size"),
        ({"image": picture(mode="RGB"), "mask": picture(mode="RGB")}, "alpha channel"),
        ({"image": picture() + b"0" * 4 * 1024 * 1024}, "less than 4 MB"),
    ],
)
async def test_a_wrong_picture_is_refused_by_the_rules_of_2023(
    legacy: Running, files: dict[str, bytes], sentence: str
) -> None:
    named: Any = {name: (f"{name}.png", data, "image/png") for name, data in files.items()}

    with pytest.raises(BadRequestError) as caught:
        await legacy.client.images.edit(prompt="night", **named)

    assert caught.value.code == "invalid_image_file"
    assert sentence in str(caught.value)


async def test_a_list_of_pictures_is_unknown_in_2023(legacy: Running) -> None:
    with pytest.raises(BadRequestError, match=r"supplied: image\[\]"):
        await legacy.client.images.edit(prompt="night", image=[EDIT_FILE, EDIT_FILE])


async def test_a_gif_and_a_mask_of_another_size_are_refused_today(modern: Running) -> None:
    gif = ("a.gif", picture(mode="P", form="GIF"), "image/gif")
    small = ("mask.png", picture((64, 64)), "image/png")

    with pytest.raises(BadRequestError) as kind:
        await modern.client.images.edit(model="gpt-image-2", image=gif, prompt="x")
    with pytest.raises(BadRequestError) as size:
        await modern.client.images.edit(
            model="gpt-image-2", image=EDIT_FILE, mask=small, prompt="x"
        )

    assert kind.value.code == "unsupported_file_mimetype"
    assert size.value.code == "invalid_image_file"


@pytest.mark.parametrize("dialect", ["legacy", "both"])
async def test_variations_are_made_where_2023_is_spoken(serve: Any, dialect: str) -> None:
    running: Running = await serve(dialect)

    with pytest.warns(DeprecationWarning, match="deprecated"):
        answer = await running.client.images.create_variation(
            image=EDIT_FILE, n=2, size="256x256", response_format="b64_json"
        )

    assert answer.data is not None
    assert [decoded(each).size for each in answer.data] == [(256, 256)] * 2


async def test_variations_are_no_address_of_today(modern: Running) -> None:
    with (
        pytest.warns(DeprecationWarning, match="deprecated"),
        pytest.raises(NotFoundError) as caught,
    ):
        await modern.client.images.create_variation(image=EDIT_FILE)

    assert "Invalid URL (POST /v1/images/variations)" in str(caught.value)
