import asyncio
from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bot.ai.api import Api
from bot.ai.capabilities import Dialect
from bot.ai.client import open_client
from bot.ai.images import OpenAIImages
from bot.domain.calls import Exchange, FallbackUsed, Operation
from bot.domain.chat import ParameterChanged, StreamingDropped
from bot.domain.errors import (
    BadAnswerError,
    ContentRejectedError,
    Damage,
    FileError,
    ModelNotFoundError,
    OptionError,
    RequestRejectedError,
    ServerFaultError,
)
from bot.domain.images import (
    GenerationRequest,
    ImageEditRequest,
    ImageEvent,
    ImageInput,
    ImageParameters,
    PartialPicture,
    Picture,
    PicturesFinished,
    VariationRequest,
)
from sandbox.clock import HandClock
from sandbox.openai import OpenAIServer
from tests.ai.asking import all_of, ended
from tests.ai.conftest import KEY
from tests.ai.raw import End, RawServer, event
from tests.ai.test_completions import UNKNOWN_PATHS
from tests.pictures import a_png

PNG = ImageInput(filename="cat.png", data=a_png(64, 64), mime="image/png")
B64 = b64encode(PNG.data).decode()


def _mask(side: int) -> ImageInput:
    out = BytesIO()
    Image.new("RGBA", (side, side)).save(out, "PNG")
    return ImageInput(filename="mask.png", data=out.getvalue(), mime="image/png")


modern = pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
legacy = pytest.mark.parametrize("sandbox", ["legacy"], indirect=True)
both = pytest.mark.parametrize("sandbox", ["both"], indirect=True)


@pytest.fixture
def images(api: Api) -> OpenAIImages:
    return OpenAIImages(api)


@pytest.fixture
def sandboxed(sandbox_api: Api) -> OpenAIImages:
    return OpenAIImages(sandbox_api)


def a_picture(**given: Any) -> GenerationRequest:
    fields = {name: given.pop(name) for name in ("model", "stream", "prompt") if name in given}
    return GenerationRequest(
        model=fields.get("model", "gpt-image-2"),
        prompt=fields.get("prompt", "a cat"),
        stream=fields.get("stream", False),
        parameters=ImageParameters(**given),
    )


def pictures_of(events: list[ImageEvent]) -> list[Picture]:
    return [each for each in events if isinstance(each, Picture)]


def end_of(events: list[ImageEvent]) -> PicturesFinished:
    end = events[-1]
    assert isinstance(end, PicturesFinished)
    return end


@modern
async def test_pictures_are_made_as_asked_and_counted(
    sandbox: OpenAIServer, sandboxed: OpenAIImages
) -> None:
    exchanges: list[Exchange] = []
    request = a_picture(
        n=2, size="1536x1024", quality="low", background="transparent", output_format="webp"
    )

    events = await all_of(sandboxed.generate(request, exchanges.append))

    assert [(each.index, each.mime) for each in pictures_of(events)] == [
        (0, "image/webp"),
        (1, "image/webp"),
    ]
    end = end_of(events)
    assert (end.pictures, end.size, end.quality) == (2, "1536x1024", "low")
    assert end.usage
    assert end.usage.completion == 544
    [exchange] = exchanges
    assert (exchange.pictures, exchange.usage) == (2, end.usage)
    assert exchange.response["data"][0]["b64_json"].endswith(" bytes)")
    assert exchange.request == sandbox.requests[0].body


@modern
async def test_a_picture_that_is_drawn_before_our_eyes(
    sandbox: OpenAIServer, sandboxed: OpenAIImages
) -> None:
    exchanges: list[Exchange] = []

    events = await all_of(
        sandboxed.generate(
            a_picture(stream=True, partial_images=2, size="1024x1024"), exchanges.append
        )
    )

    assert [type(each) for each in events] == [
        PartialPicture,
        PartialPicture,
        Picture,
        PicturesFinished,
    ]
    assert end_of(events).usage
    [exchange] = exchanges
    assert exchange.streamed
    assert exchange.pictures == 1
    assert "type" not in exchange.response
    assert exchange.response["usage"] == sandbox.requests[0].events[-1]["usage"]


@modern
async def test_a_response_format_that_is_refused_is_left_out_and_remembered(
    sandbox: OpenAIServer, sandboxed: OpenAIImages
) -> None:
    request = a_picture(response_format="url", quality="low")

    first = await all_of(sandboxed.generate(request))
    second = await all_of(sandboxed.generate(request))

    for events in (first, second):
        assert events[0] == ParameterChanged(parameter="response_format")
        assert len(pictures_of(events)) == 1
    assert [record.status for record in sandbox.requests] == [400, 200, 200]


@legacy
async def test_a_server_of_2023_answers_with_links_that_are_followed_at_once(
    sandbox: OpenAIServer, sandboxed: OpenAIImages
) -> None:
    exchanges: list[Exchange] = []
    request = a_picture(size="256x256", n=2)

    first = await all_of(sandboxed.generate(request, exchanges.append))
    second = await all_of(sandboxed.generate(request))

    assert first[0] == ParameterChanged(parameter="model")
    assert [each.mime for each in pictures_of(first)] == ["image/png"] * 2
    assert second[0] == ParameterChanged(parameter="model")
    made = [each.body for each in sandbox.requests if each.path == "/images/generations"]
    assert ["model" in body for body in made] == [True, False, False]
    assert [each.status for each in exchanges] == [400, 200]
    assert exchanges[1].pictures == 2


@modern
async def test_several_pictures_are_edited_together(
    sandbox: OpenAIServer, sandboxed: OpenAIImages
) -> None:
    exchanges: list[Exchange] = []
    request = ImageEditRequest(
        model="gpt-image-2",
        prompt="join them",
        images=(PNG, PNG),
        parameters=ImageParameters(quality="low", n=1),
        stream=True,
    )

    events = await all_of(sandboxed.edit(request, exchanges.append))

    assert len(pictures_of(events)) == 1
    assert set(sandbox.requests[0].uploads) == {"image[]"}
    shown = exchanges[0].request
    one = {"filename": "cat.png", "content_type": "image/png", "bytes": len(PNG.data)}
    assert shown["image[]"] == [one, one]
    assert shown["prompt"] == "join them"


@pytest.mark.parametrize("sandbox", ["legacy", "both", "modern"], indirect=True)
async def test_one_picture_goes_by_the_name_that_old_servers_know(
    sandbox: OpenAIServer, sandboxed: OpenAIImages
) -> None:
    model = "gpt-image-2" if sandbox.dialect == "modern" else "dall-e-2"
    request = ImageEditRequest(model=model, prompt="x", images=(PNG,), mask=_mask(64))

    events = await all_of(sandboxed.edit(request))

    assert len(pictures_of(events)) == 1
    edits = [each for each in sandbox.requests if each.path == "/images/edits"]
    assert set(edits[-1].uploads) == {"image", "mask"}


@both
async def test_variations_where_they_are_still_made(
    sandbox: OpenAIServer, sandboxed: OpenAIImages
) -> None:
    request = VariationRequest(
        model="dall-e-2",
        image=PNG,
        parameters=ImageParameters(n=2, size="256x256", response_format="b64_json"),
        edit_model="gpt-image-2",
    )

    events = await all_of(sandboxed.vary(request))

    assert len(pictures_of(events)) == 2
    assert {record.path for record in sandbox.requests} == {"/images/variations"}


@modern
async def test_variations_by_editing_where_they_are_gone(
    sandbox: OpenAIServer, sandboxed: OpenAIImages
) -> None:
    exchanges: list[Exchange] = []
    request = VariationRequest(
        model="dall-e-2",
        image=PNG,
        parameters=ImageParameters(size="256x256", response_format="url"),
        edit_model="gpt-image-2",
    )

    events = await all_of(sandboxed.vary(request, exchanges.append))

    assert events[0] == FallbackUsed(
        operation=Operation.IMAGE_VARIATION,
        path="/images/edits",
        lost=("model", "size", "response_format"),
    )
    assert len(pictures_of(events)) == 1
    assert sandbox.requests[-1].body["size"] == "1024x1024"
    assert {each.operation for each in exchanges} == {Operation.IMAGE_VARIATION}


@pytest.mark.parametrize(("status", "body"), UNKNOWN_PATHS)
async def test_every_server_without_variations_is_asked_for_an_edit(
    raw: RawServer, images: OpenAIImages, status: int, body: object
) -> None:
    raw.answers(body, status)
    raw.answers({"created": 1, "data": [{"b64_json": B64}]})

    events = await all_of(images.vary(VariationRequest(model="m", image=PNG, edit_model="m")))

    assert events[0] == FallbackUsed(operation=Operation.IMAGE_VARIATION, path="/images/edits")
    assert [each.data for each in pictures_of(events)] == [PNG.data]


async def test_ollama_which_answers_base64_alone_is_read(
    raw: RawServer, images: OpenAIImages
) -> None:
    raw.answers({"created": 1, "data": [{"b64_json": f"data:image/png;base64,{B64}"}]})

    events = await all_of(images.generate(a_picture(stream=True)))

    assert events[0] == StreamingDropped()
    assert pictures_of(events)[0].data == PNG.data
    assert end_of(events).usage is None


async def test_a_link_to_the_servers_own_host_is_followed_without_the_key(
    raw: RawServer, images: OpenAIImages
) -> None:
    url = f"{raw.url}/generated/1.png?sig=secret"
    raw.answers({"data": [{"url": url, "revised_prompt": "a grey cat"}]})
    raw.answers(PNG.data, content_type="image/png")
    exchanges: list[Exchange] = []

    events = await all_of(images.generate(a_picture(), exchanges.append))

    [picture] = pictures_of(events)
    assert (picture.data, picture.revised_prompt) == (PNG.data, "a grey cat")
    assert "authorization" not in raw.requests[1].headers
    assert "secret" not in repr(exchanges)


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        pytest.param(302, b"", {"location": "http://169.254.169.254/"}, id="a redirect"),
        pytest.param(404, b"gone", {}, id="a dead link"),
        pytest.param(200, b"<html>hello</html>", {}, id="no picture"),
    ],
)
async def test_a_link_that_gives_no_picture_is_a_bad_answer_and_nothing_is_made_again(
    raw: RawServer, images: OpenAIImages, status: int, body: bytes, headers: dict[str, str]
) -> None:
    raw.answers({"data": [{"url": f"{raw.url}/1.png"}]})
    raw.answers(body, status, **headers)

    _, error = await ended(images.generate(a_picture()))

    assert isinstance(error, BadAnswerError)
    assert [request.method for request in raw.requests] == ["POST", "GET"]


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/picture.png",
        "http://example.com/picture.png",
        "file:///etc/passwd",
        "https://[::ffff:127.0.0.1]/x.png",
    ],
)
async def test_a_link_into_a_private_network_is_not_followed(
    raw: RawServer, images: OpenAIImages, url: str, clock: HandClock
) -> None:
    raw.answers({"data": [{"url": url}]})
    asking = asyncio.ensure_future(ended(images.generate(a_picture())))
    while not asking.done():
        await clock.advance(0.5)

    _, error = await asking
    assert isinstance(error, BadAnswerError)
    assert len(raw.requests) == 1


@pytest.mark.parametrize("broken", ["not base64!", "", "aGVsbG8=", None, 7])
async def test_what_is_no_picture_is_not_handed_on(
    raw: RawServer, images: OpenAIImages, broken: object
) -> None:
    raw.answers({"data": [{"b64_json": broken}]})

    _, error = await ended(images.generate(a_picture()))

    assert isinstance(error, BadAnswerError)
    assert error.damage is Damage.WRONG_SHAPE


async def test_pictures_are_not_paid_for_twice_after_a_fault_of_the_server(
    raw: RawServer, images: OpenAIImages
) -> None:
    raw.answers({"error": {"message": "oops"}}, 500)

    _, error = await ended(images.generate(a_picture()))

    assert isinstance(error, ServerFaultError)
    assert len(raw.requests) == 1


async def test_an_error_in_the_stream_keeps_what_was_drawn(
    raw: RawServer, images: OpenAIImages
) -> None:
    raw.streams(
        {"type": "image_generation.partial_image", "b64_json": B64, "partial_image_index": 0},
        b'event: error\ndata: {"error": {"code": "moderation_blocked", "message": "no"}}\n\n',
    )

    events, error = await ended(images.generate(a_picture(stream=True)))

    assert [type(each) for each in events] == [PartialPicture]
    assert isinstance(error, ContentRejectedError)


async def test_a_stream_without_an_event_is_not_asked_again_since_it_may_have_been_drawn(
    raw: RawServer, images: OpenAIImages
) -> None:
    raw.streams()
    exchanges: list[Exchange] = []

    events, error = await ended(images.generate(a_picture(stream=True), exchanges.append))

    assert isinstance(error, BadAnswerError)
    assert error.damage is Damage.EMPTY
    assert events == []
    [exchange] = exchanges
    assert not exchange.unmade


@pytest.mark.parametrize("code", ["rate_limit_exceeded", "moderation_blocked"])
async def test_a_refusal_at_the_beginning_of_a_stream_is_known_to_have_drawn_nothing(
    raw: RawServer, images: OpenAIImages, code: str
) -> None:
    refusal = {"type": "error", "error": {"code": code, "message": "No"}}
    raw.streams({"type": "image_generation.partial_image", "b64_json": B64}, refusal)
    raw.streams(refusal)
    exchanges: list[Exchange] = []

    for _ in range(2):
        await ended(images.generate(a_picture(stream=True), exchanges.append))

    assert [exchanges[0].unmade, exchanges[-1].unmade] == [False, True]


async def test_a_stream_that_ends_before_the_picture_is_cut(
    raw: RawServer, images: OpenAIImages
) -> None:
    raw.streams(event({"type": "image_generation.partial_image", "b64_json": B64}), end=End.CLEAN)

    _, error = await ended(images.generate(a_picture(stream=True)))

    assert isinstance(error, BadAnswerError)
    assert error.damage is Damage.CUT


@both
async def test_the_safety_system_turns_a_prompt_down(sandboxed: OpenAIImages) -> None:
    for model in ("gpt-image-2", "dall-e-2"):
        _, error = await ended(sandboxed.generate(a_picture(prompt="forbidden", model=model)))

        assert isinstance(error, ContentRejectedError)


@modern
async def test_bad_values_are_refused_by_the_server_with_the_name_of_the_option(
    sandboxed: OpenAIImages,
) -> None:
    _, size = await ended(sandboxed.generate(a_picture(size="100x100")))
    opaque = ImageEditRequest(
        model="gpt-image-2",
        prompt="x",
        images=(PNG,),
        mask=ImageInput(filename="mask.png", data=a_png(8, 8), mime="image/png"),
    )
    _, mask = await ended(sandboxed.edit(opaque))
    _, model = await ended(sandboxed.generate(a_picture(model="dall-e-3")))

    assert isinstance(size, RequestRejectedError)
    assert size.parameter == "size"
    assert isinstance(mask, RequestRejectedError)
    assert mask.parameter == "mask"
    assert isinstance(model, ModelNotFoundError)


async def test_an_organization_that_is_not_verified_is_told(
    raw: RawServer, images: OpenAIImages
) -> None:
    raw.answers({"error": {"message": "Your organization must be verified to use the model"}}, 403)

    _, error = await ended(images.generate(a_picture()))

    assert error.status == 403
    assert "verified" in error.detail


@pytest.mark.parametrize(
    ("request_", "option"),
    [
        (a_picture(prompt="x" * 1001), "prompt"),
        (a_picture(size="1536x1024"), "size"),
        (a_picture(quality="high"), "quality"),
        (ImageEditRequest(model="m", prompt="x", images=(PNG, PNG)), "image2"),
        (
            ImageEditRequest(
                model="m",
                prompt="x",
                images=(ImageInput(filename="a.png", data=a_png(4, 8), mime="image/png"),),
            ),
            "image",
        ),
        (
            ImageEditRequest(
                model="m",
                prompt="x",
                images=(PNG,),
                mask=ImageInput(filename="m.png", data=a_png(8, 8), mime="image/png"),
            ),
            "mask",
        ),
    ],
)
async def test_the_rules_of_2023_are_kept_where_the_operator_says_it_is_2023(
    raw: RawServer, clock: HandClock, request_: Any, option: str
) -> None:
    async with open_client(base_url=raw.url, api_key=KEY) as client:
        images = OpenAIImages(Api(client, clock=clock, dialect="legacy"))
        generates = isinstance(request_, GenerationRequest)

        with pytest.raises(OptionError) as refused:
            await all_of(images.generate(request_) if generates else images.edit(request_))

    assert refused.value.option == option
    assert raw.requests == []


async def test_a_large_picture_or_another_format_is_refused_as_in_2023(
    raw: RawServer, clock: HandClock
) -> None:
    large = ImageInput(filename="a.png", data=PNG.data + bytes(4 << 20), mime="image/png")
    jpeg = ImageInput(filename="a.jpg", data=b"\xff\xd8\xff" + bytes(40), mime="image/jpeg")
    async with open_client(base_url=raw.url, api_key=KEY) as client:
        images = OpenAIImages(Api(client, clock=clock, dialect="legacy"))

        for image in (large, jpeg):
            with pytest.raises(FileError):
                await all_of(images.vary(VariationRequest(model="m", image=image)))


@legacy
@pytest.mark.parametrize("dialect", ["legacy"])
async def test_in_2023_no_model_is_sent(
    sandbox: OpenAIServer, openai_url: str, clock: HandClock, dialect: Dialect
) -> None:
    async with open_client(base_url=openai_url, api_key=KEY) as client:
        images = OpenAIImages(Api(client, clock=clock, dialect=dialect))

        events = await all_of(images.generate(a_picture(size="256x256", stream=True)))

    assert len(pictures_of(events)) == 1
    assert set(sandbox.requests[0].body) == {"prompt", "size"}
