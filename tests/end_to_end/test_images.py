"""Pictures: drawn, changed and varied, from the command to the buttons under them."""

import io
from base64 import b64encode
from typing import Any

import pytest
from PIL import Image

from bot.app import App
from bot.domain.ids import GuildId, UserId
from bot.domain.preferences import FEATURES, server_scope
from sandbox.clock import HandClock
from sandbox.driver import ClientRefused, Invocation, Message
from sandbox.openai.recorded import RecordedRequest
from sandbox.server import Sandbox
from tests.pictures import a_png

pytestmark = pytest.mark.usefixtures("app")

EVERY = pytest.mark.parametrize("sandbox", ["modern", "legacy", "both"], indirect=True)
MODERN = pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
LEGACY = pytest.mark.parametrize("sandbox", ["legacy"], indirect=True)
NOT_MODERN = pytest.mark.parametrize("sandbox", ["legacy", "both"], indirect=True)
GENERATE = "POST /images/generations"


def ended(asked: Invocation) -> Message | None:
    message = asked.messages[-1] if asked.messages else None
    again = message and any(each.custom_id.startswith("retry:") for each in message.buttons)
    return message if again else None


async def whole(asked: Invocation) -> Message:
    """The message of a finished answer."""
    return await asked.until(ended)


def drawn(message: Message) -> list[str]:
    return [each.name for each in message.attachments]


def labels(message: Message) -> list[str]:
    return [each.label for each in message.buttons]


def asked_for(sandbox: Sandbox, ending: str) -> list[RecordedRequest]:
    """Of the pictures that came out well."""
    return [
        each
        for each in sandbox.openai.requests
        if each.path.endswith(ending) and each.status == 200
    ]


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def a_photograph(width: int = 60, height: int = 30) -> bytes:
    """Upright it is `height` wide: it says itself that it lies on its side."""
    image = Image.new("RGB", (width, height), "teal")
    exif = image.getexif()
    exif[0x0112] = 6
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    return file.getvalue()


def a_mask(size: tuple[int, int] = (8, 8)) -> bytes:
    """Black, with its left half white; nothing in it is transparent."""
    image = Image.new("RGB", size, "black")
    image.paste("white", (0, 0, size[0] // 2, size[1]))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


# Drawing


@EVERY
async def test_a_picture_comes_as_a_file_with_its_description_and_buttons(
    sandbox: Sandbox,
) -> None:
    message = await whole(await sandbox.user("ada").slash("image generate", prompt="a red cat"))

    [picture] = message.raw["attachments"]
    assert (picture["filename"], picture["description"]) == ("picture-1.png", "a red cat")
    assert labels(message)[:3] == ["Again", "Vary", "Edit"]
    assert message.button("Retry") is None
    assert message.content == ""
    [request] = asked_for(sandbox, "/generations")
    assert request.body["prompt"] == "a red cat"
    assert opened(message.attachments[0].data).size == (1024, 1024)


@MODERN
async def test_every_option_reaches_the_api(sandbox: Sandbox) -> None:
    message = await whole(
        await sandbox.user("ada").slash(
            "image generate",
            prompt="a cat",
            model="gpt-image-2.5",
            n=2,
            size="1536x1024",
            quality="xhigh",
            background="transparent",
            output_format="webp",
            output_compression=40,
            moderation="low",
        )
    )

    [request] = asked_for(sandbox, "/generations")
    assert request.body == {
        "model": "gpt-image-2.5",
        "prompt": "a cat",
        "n": 2,
        "size": "1536x1024",
        "quality": "xhigh",
        "background": "transparent",
        "output_format": "webp",
        "output_compression": 40,
        "moderation": "low",
    }
    assert drawn(message) == ["picture-1.webp", "picture-2.webp"]
    assert opened(message.attachments[0].data).size == (1536, 1024)


@EVERY
async def test_ten_pictures_stand_in_one_message(sandbox: Sandbox) -> None:
    asked = await sandbox.user("ada").slash("image generate", prompt="cats", n=10)
    message = await whole(asked)

    assert drawn(message) == [f"picture-{number}.png" for number in range(1, 11)]
    assert len(asked.messages) == 1
    assert all(each["description"] == "cats" for each in message.raw["attachments"])


@MODERN
async def test_a_picture_is_shown_while_it_is_drawn_and_stop_keeps_what_there_is(
    sandbox: Sandbox,
) -> None:
    gate = sandbox.openai.answers.hold(after=1, route=GENERATE)
    ada = sandbox.user("ada")

    asked = await ada.slash("image generate", prompt="a cat")
    await asked.until(lambda asked: asked.messages and asked.messages[-1].attachments)
    message = asked.messages[-1]
    first = message.attachments[0].data
    gate.release(1)
    await asked.until(lambda _: message.attachments[0].data != first)
    second = message.attachments[0].data
    shown, while_drawn = message.content, labels(message)
    await ada.press(message, "Stop")
    await whole(asked)

    assert "Drawing" in shown
    assert while_drawn == ["Stop"]
    assert message.attachments[0].data == second
    assert labels(message)[:3] == ["Again", "Vary", "Edit"]
    [request] = [each for each in sandbox.openai.requests if each.path.endswith("/generations")]
    assert (request.body["stream"], request.body["partial_images"]) == (True, 2)


@MODERN
async def test_what_a_fast_picture_or_several_would_not_show_is_not_paid_for(
    sandbox: Sandbox,
) -> None:
    ada = sandbox.user("ada")
    await whole(await ada.slash("image generate", prompt="a cat", quality="low"))
    await whole(await ada.slash("image generate", prompt="a cat", n=2))

    assert not any("stream" in each.body for each in asked_for(sandbox, "/generations"))


@NOT_MODERN
async def test_links_are_followed_at_once_and_sent_as_files(sandbox: Sandbox) -> None:
    message = await whole(
        await sandbox.user("ada").slash(
            "image generate",
            prompt="a cat",
            model="dall-e-2",
            size="256x256",
            response_format="url",
        )
    )

    assert "url" in asked_for(sandbox, "/generations")[0].answer["data"][0]
    assert opened(message.attachments[0].data).size == (256, 256)


@MODERN
async def test_a_response_format_that_is_gone_is_named_and_the_picture_comes(
    sandbox: Sandbox,
) -> None:
    message = await whole(
        await sandbox.user("ada").slash("image generate", prompt="a cat", response_format="url")
    )

    assert "response_format" in message.text
    assert drawn(message) == ["picture-1.png"]


async def test_what_the_model_made_of_the_prompt_is_said_and_describes_the_picture(
    sandbox: Sandbox,
) -> None:
    revised = {"b64_json": b64encode(a_png()).decode(), "revised_prompt": "A grey *cat*, asleep"}
    sandbox.openai.faults.add(
        GENERATE, "status", status=200, body={"created": 1, "data": [revised]}
    )

    message = await whole(await sandbox.user("ada").slash("image generate", prompt="cat"))

    assert "A grey \\*cat\\*, asleep" in message.text
    assert message.raw["attachments"][0]["description"] == "A grey *cat*, asleep"
    assert not message.raw["attachments"][0].get("flags")


async def test_what_discord_would_refuse_is_shown_smaller_and_that_is_said(
    sandbox: Sandbox,
) -> None:
    file = io.BytesIO()
    Image.new("L", (3400, 3400)).save(file, "PNG", compress_level=0)  # not compressed at all
    body = {"created": 1, "data": [{"b64_json": b64encode(file.getvalue()).decode()}]}
    sandbox.openai.faults.add(GENERATE, "status", status=200, body=body)

    message = await whole(await sandbox.user("ada").slash("image generate", prompt="noise"))

    assert len(file.getvalue()) > 10 << 20
    assert drawn(message) == ["picture-1.webp"]
    assert "picture-1.webp" in message.text
    assert len(message.attachments[0].data) <= 10 << 20


# Changing


@MODERN
async def test_a_picture_is_changed_upright_and_whole_without_a_mask(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")

    message = await whole(
        await ada.slash(
            "image edit",
            image=ada.upload("cat.jpg", a_photograph(), "image/jpeg"),
            image2=ada.upload("hat.png", a_png(9, 5), "image/png"),
            prompt="give it a hat",
            quality="low",
        )
    )

    [request] = asked_for(sandbox, "/edits")
    assert set(request.uploads) == {"image[]"}
    first, second = request.uploads["image[]"]
    assert (first.filename, opened(first.data).size) == ("cat.jpg", (30, 60))
    assert not opened(first.data).getexif()
    assert (second.filename, opened(second.data).size) == ("hat.png", (9, 5))
    assert drawn(message) == ["picture-1.png"]


@EVERY
@pytest.mark.parametrize("by", ["region", "mask"])
async def test_the_part_to_change_is_sent_as_a_mask_and_shown(sandbox: Sandbox, by: str) -> None:
    ada = sandbox.user("ada")
    mask = ada.upload("mask.png", a_mask(), "image/png")
    part: dict[str, Any] = {"region": "left"} if by == "region" else {"mask": mask}

    message = await whole(
        await ada.slash(
            "image edit",
            image=ada.upload("cat.png", a_png(), "image/png"),
            prompt="make it night",
            **part,
        )
    )

    request = asked_for(sandbox, "/edits")[-1]
    [sent] = request.uploads["mask"]
    alpha = opened(sent.data).getchannel("A")
    assert (alpha.getpixel((1, 4)), alpha.getpixel((6, 4))) == (0, 255)
    assert drawn(message) == ["picture-1.png", "region.webp"]
    tinted = opened(message.attachments[1].data).convert("RGB")
    assert tinted.getpixel((1, 4)) != tinted.getpixel((6, 4))


@LEGACY
async def test_a_server_of_2023_gets_the_square_png_it_wants_and_people_hear_of_it(
    sandbox: Sandbox,
) -> None:
    ada = sandbox.user("ada")

    async def edited() -> Message:
        photograph = ada.upload("cat.jpg", a_photograph(), "image/jpeg")
        return await whole(await ada.slash("image edit", image=photograph, prompt="a hat"))

    await edited()
    message = await edited()

    first, second = asked_for(sandbox, "/edits")
    [upload] = second.uploads["image"]
    picture = opened(upload.data)
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGBA", (30, 30))
    assert "cat.jpg" in message.text
    assert "nothing was" in message.text  # no mask and no transparency: nothing to paint on
    assert "mask" not in first.uploads
    # It is learnt: the second edit was not refused first.
    posts = [each for each in sandbox.openai.requests if each.method == "POST"]
    assert posts[-2:] == [first, second]


@MODERN
@pytest.mark.parametrize("settings", [{"openai_dialect": "legacy"}], indirect=True)
async def test_the_rules_of_2023_hold_where_the_operator_says_so(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")

    long = await whole(await ada.slash("image generate", prompt="x" * 1001))
    wide = await whole(await ada.slash("image generate", prompt="x", size="1536x1024"))

    assert "1..1000" in long.text
    assert "256x256" in wide.text
    assert not any("/images" in each.path for each in sandbox.openai.requests)


@LEGACY
async def test_a_model_is_named_as_left_out_only_where_somebody_chose_it(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")

    usual = await whole(await ada.slash("image generate", prompt="a cat"))
    chosen = await whole(await ada.slash("image generate", prompt="a cat", model="dall-e-2"))
    again = await whole(await ada.slash("image generate", prompt="a cat"))

    assert [drawn(each) for each in (usual, chosen, again)] == [["picture-1.png"]] * 3
    assert "`model`" not in usual.text + again.text
    assert "This model does not take `model`: it was left out." in chosen.text


@MODERN
async def test_how_much_of_the_picture_is_kept_can_be_said_where_the_model_knows_it(
    sandbox: Sandbox,
) -> None:
    ada = sandbox.user("ada")
    options = {"prompt": "at night", "input_fidelity": "high"}

    def cat() -> Any:
        return ada.upload("cat.png", a_png(), "image/png")

    known = await whole(
        await ada.slash("image edit", image=cat(), model="gpt-image-1.5", options=options)
    )
    other = await whole(await ada.slash("image edit", image=cat(), options=options))

    first, second = asked_for(sandbox, "/edits")
    assert first.body["input_fidelity"] == "high"
    assert "input_fidelity" not in second.body
    assert "input_fidelity" not in known.text
    assert "does not take `input_fidelity`" in other.text


# Varying


@NOT_MODERN
async def test_variations_are_made_where_they_still_are(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")

    message = await whole(
        await ada.slash(
            "image variation",
            image=ada.upload("cat.jpg", a_photograph(), "image/jpeg"),
            n=2,
            size="256x256",
        )
    )

    assert "dall-e-2" not in message.text, "nobody chose another"
    [request] = asked_for(sandbox, "/variations")
    [upload] = request.uploads["image"]
    assert opened(upload.data).size == (30, 30)
    assert drawn(message) == ["picture-1.png", "picture-2.png"]
    assert "cat.jpg" in message.text  # its middle was sent


@NOT_MODERN
async def test_a_chosen_model_is_named_where_it_can_not_vary(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    cat = ada.upload("cat.png", a_png(), "image/png")

    message = await whole(await ada.slash("image variation", image=cat, model="gpt-image-2"))

    assert "does not take `model`" in message.text, "it has but one, and no name for it"


@MODERN
async def test_where_they_are_gone_an_edit_stands_in_and_is_named(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")

    message = await whole(
        await ada.slash(
            "image variation",
            image=ada.upload("cat.jpg", a_photograph(), "image/jpeg"),
            size="256x256",
        )
    )

    [request] = asked_for(sandbox, "/edits")
    [upload] = request.uploads["image"]
    assert opened(upload.data).size == (30, 60)  # edits take it as it is
    assert request.body["size"] == "1024x1024"
    assert "/images/edits" in message.text
    assert "`size`" in message.text
    assert "`model`" not in message.text
    assert "cat.jpg" not in message.text


async def test_a_picture_that_may_have_been_drawn_is_not_ordered_twice(sandbox: Sandbox) -> None:
    sandbox.openai.faults.add(GENERATE, "empty_stream", times=1)
    ada = sandbox.user("ada")

    asked = await ada.slash("image generate", prompt="a cat")
    message = await whole(asked)
    orders = [each for each in sandbox.openai.requests if each.path.endswith("/generations")]
    said = message.text
    await ada.press(message, "Retry")
    again = await asked.until(lambda asked: drawn(asked.messages[-1]))

    assert len(orders) == 1
    assert "API" in said
    assert again == ["picture-1.png"]
    assert "stream" not in sandbox.openai.requests[-1].body, "this model does not stream here"


# What can't be used


async def test_what_is_no_picture_is_refused_before_it_is_fetched(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    notes = ada.upload("notes.txt", b"hello", "text/plain")
    cat = ada.upload("cat.png", a_png(), "image/png")

    for attached in ({"image": notes}, {"image": cat, "mask": notes}):
        answer = await (await ada.slash("image edit", options=attached, prompt="x")).answer()
        assert answer.ephemeral
        assert "notes.txt" in answer.text

    assert not any("/images" in each.path for each in sandbox.openai.requests)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "damaged"),
        (a_png()[:-30], "damaged"),
        (b"GIF89a" + bytes.fromhex("ffffffff000000"), "megapixels"),
        (b"just text", "not a picture"),
    ],
    ids=["header", "cut", "bomb", "text"],
)
async def test_a_picture_that_is_none_costs_nothing_and_is_told(
    sandbox: Sandbox, data: bytes, said: str
) -> None:
    ada = sandbox.user("ada")

    message = await whole(
        await ada.slash("image edit", image=ada.upload("x.png", data, "image/png"), prompt="x")
    )

    assert said in message.text
    assert "x.png" in message.text
    assert not any("/images" in each.path for each in sandbox.openai.requests)


async def test_a_mask_of_another_size_or_of_nothing_is_refused(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    cat = ada.upload("cat.png", a_png(), "image/png")

    other = await whole(
        await ada.slash(
            "image edit",
            image=cat,
            prompt="x",
            mask=ada.upload("mask.png", a_mask((4, 4)), "image/png"),
        )
    )
    black = io.BytesIO()
    Image.new("RGB", (8, 8)).save(black, "PNG")
    empty = await whole(
        await ada.slash(
            "image edit",
            image=cat,
            prompt="x",
            mask=ada.upload("black.png", black.getvalue(), "image/png"),
        )
    )

    assert "8x8" in other.text
    assert "4x4" in other.text
    assert "black.png" in empty.text
    assert not any("/images" in each.path for each in sandbox.openai.requests)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"size": "big"}, ["size", "big", "1024x1024"]),
        ({"size": "100x100"}, ["size", "100x100", "655360"]),
        ({"size": "1024x1024", "output_compression": 50}, ["output_compression", "50", "webp"]),
        ({"background": "transparent", "output_format": "jpeg"}, ["background", "png"]),
    ],
)
async def test_an_option_that_discord_can_t_check_is_refused_with_its_range(
    sandbox: Sandbox, options: dict[str, Any], named: list[str]
) -> None:
    asked = await sandbox.user("ada").slash("image generate", prompt="x", **options)
    answer = await asked.answer()

    assert answer.ephemeral
    assert all(word in answer.text for word in named)


async def test_a_mask_and_a_region_are_refused_together(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    cat = ada.upload("cat.png", a_png(), "image/png")

    asked = await ada.slash("image edit", image=cat, prompt="x", mask=cat, region="left")

    assert "region" in (await asked.answer()).text


async def test_what_discord_can_check_its_client_refuses(sandbox: Sandbox) -> None:
    for wrong in ({"n": 11}, {"output_compression": 101}, {"quality": "best"}):
        with pytest.raises(ClientRefused):
            await sandbox.user("ada").slash("image generate", options=wrong, prompt="x")


# When it does not work

UNVERIFIED = {
    "error": {"message": "Your organization must be verified to use the model `gpt-image-2`."}
}
REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "safety": ({"error": "content_filter"}, "safety system"),
    "unverified": ({"status": 403, "body": UNVERIFIED}, "verified"),
    "too large": ({"status": 413, "body": {"error": {"message": "Too big"}}}, "Too big"),
    "rate limit": ({"error": "rate_limit_without_retry_after"}, "too many requests"),
    "no quota": ({"error": "insufficient_quota"}, "no credit"),
    "fault": ({"error": "server_error"}, "failed on its side"),
    "html": ({"status": 502, "body": "<html>Bad gateway</html>"}, "failed on its side"),
    "private link": (
        {"status": 200, "body": {"data": [{"url": "https://169.254.169.254/x.png"}]}},
        "documented form",
    ),
}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda name: name.replace(" ", "_"))
async def test_a_refusal_ends_in_words_and_a_retry_that_works(
    sandbox: Sandbox, refusal: str
) -> None:
    fault, words = REFUSALS[refusal]
    sandbox.openai.faults.add(GENERATE, "status", **fault)
    ada = sandbox.user("ada")

    asked = await ada.slash("image generate", prompt="a cat")
    message = await whole(asked)
    sandbox.openai.faults.clear()
    said, files = message.text, drawn(message)
    await ada.press(message, "Retry")
    await asked.until(lambda _: drawn(message))
    await whole(asked)

    assert words in said
    assert files == []
    assert drawn(message) == ["picture-1.png"]


@EVERY
async def test_a_prompt_that_the_safety_system_blocks_has_its_sentence(sandbox: Sandbox) -> None:
    message = await whole(await sandbox.user("ada").slash("image generate", prompt="forbidden"))

    assert "safety system" in message.text
    assert drawn(message) == []


@EVERY
async def test_a_dead_link_is_told_and_nothing_is_paid_for_twice(sandbox: Sandbox) -> None:
    link = f"{sandbox.openai_base_url}/sandbox-pictures/gone.png"
    sandbox.openai.faults.add(GENERATE, "status", status=200, body={"data": [{"url": link}]})

    message = await whole(await sandbox.user("ada").slash("image generate", prompt="a cat"))

    assert message.embeds
    assert drawn(message) == []
    assert [each.status for each in sandbox.openai.requests if each.method == "POST"] == [200]


@MODERN
@pytest.mark.parametrize("fault", ["cut", "end", "malformed", "error_event", "stall"])
async def test_half_a_picture_is_never_passed_off_as_whole(
    sandbox: Sandbox, clock: HandClock, fault: str
) -> None:
    sandbox.openai.faults.add(GENERATE, fault, after=1)

    asked = await sandbox.user("ada").slash("image generate", prompt="a cat")
    if fault == "stall":
        request = await sandbox.openai.asked(GENERATE)
        await asked.until(lambda asked: asked.messages and asked.messages[-1].attachments)
        await clock.advance(60)
        await request.ended.wait()
    message = await whole(asked)

    assert message.embeds
    assert drawn(message) == []
    assert message.button("Vary") is None


# The buttons


async def test_again_adds_a_page_and_both_stay(sandbox: Sandbox, clock: HandClock) -> None:
    ada = sandbox.user("ada")
    asked = await ada.slash("image generate", prompt="a cat", quality="low")
    message = await whole(asked)

    await ada.press(message, "Again")
    await asked.until(lambda _: "2/2" in labels(message))
    await clock.advance(1)  # two presses at once are one
    await ada.press(message, "◀")
    await asked.until(lambda _: "1/2" in labels(message))

    assert drawn(message) == ["picture-1.png"]
    assert len(asked_for(sandbox, "/generations")) == 2
    assert {"Again", "Vary", "Edit", "◀", "▶"} <= set(labels(message))


async def test_anybody_may_vary_a_picture_and_pays_for_it_in_a_message_of_its_own(
    sandbox: Sandbox,
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    message = await whole(await ada.slash("image generate", prompt="a cat", quality="low"))

    varied = await whole(await ben.press(message, "Vary"))

    assert varied.id != message.id
    assert varied.raw["attachments"][0]["description"] == "a cat"
    assert not varied.ephemeral
    [request] = asked_for(sandbox, "/variations")
    [upload] = request.uploads["image"]
    assert opened(upload.data).size == (1024, 1024)


async def test_of_several_pictures_a_form_asks_which_one(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    message = await whole(await ada.slash("image generate", prompt="cats", n=3, quality="low"))

    form = await (await ada.press(message, "Vary")).form()
    varied = await whole(await ada.submit(form, {"Which picture?": "3"}))

    assert drawn(varied) == ["picture-1.png"]
    [request] = asked_for(sandbox, "/variations")
    sent, third = (
        opened(data).convert("RGB")
        for data in (request.uploads["image"][0].data, message.attachments[2].data)
    )
    assert sent.tobytes() == third.tobytes()


@EVERY
async def test_a_picture_is_changed_by_a_form_with_a_part_of_it(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    message = await whole(await ada.slash("image generate", prompt="cats", n=2))

    form = await (await ada.press(message, "Edit")).form()
    fields = {"Which picture?": "2", "What should change?": "make it\nnight", "Where?": "top"}
    changed = await whole(await ada.submit(form, fields))

    request = asked_for(sandbox, "/edits")[-1]
    assert request.body["prompt"] == "make it\nnight"
    assert opened(request.uploads["image"][0].data).size == (1024, 1024)
    alpha = opened(request.uploads["mask"][0].data).getchannel("A")
    assert (alpha.getpixel((5, 5)), alpha.getpixel((5, 1000))) == (0, 255)
    assert drawn(changed) == ["picture-1.png", "region.webp"]
    assert labels(changed)[:3] == ["Again", "Vary", "Edit"]


async def test_what_comes_of_a_private_picture_is_private(
    sandbox: Sandbox, clock: HandClock
) -> None:
    ada = sandbox.user("ada")
    message = await whole(
        await ada.slash("image generate", prompt="a cat", quality="low", private=True)
    )

    varied = await whole(await ada.press(message, "Vary"))
    await clock.advance(1)
    form = await (await ada.press(message, "Edit")).form()
    changed = await whole(await ada.submit(form, {"What should change?": "night"}))

    assert message.ephemeral
    assert varied.ephemeral
    assert changed.ephemeral
    assert sandbox.user("ben").sees("general") == []


async def test_pictures_of_any_message_are_changed_by_its_menu(sandbox: Sandbox) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    said = await ben.say(
        "look",
        files=[
            ben.upload("notes.txt", b"x", "text/plain"),
            ben.upload("cat.png", a_png(9, 5), "image/png"),
            ben.upload("dog.png", a_png(7, 5), "image/png"),
        ],
    )

    form = await (await ada.message_menu("Edit image", said)).form()
    fields = {"Which picture?": "2", "What should change?": "make it night"}
    changed = await whole(await ada.submit(form, fields))

    [request] = asked_for(sandbox, "/edits")
    [upload] = request.uploads["image"]
    assert (upload.filename, opened(upload.data).size) == ("dog.png", (7, 5))
    assert drawn(changed) == ["picture-1.png"]


async def test_a_message_without_a_picture_has_nothing_to_change(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    said = await ada.say("no picture here")

    asked = await ada.message_menu("Edit image", said)
    answer = await asked.answer()

    assert "no picture" in answer.text
    assert answer.ephemeral


async def test_where_pictures_are_switched_off_old_buttons_draw_none(
    sandbox: Sandbox, app: App
) -> None:
    ada = sandbox.user("ada")
    asked = await ada.slash("image generate", prompt="a cat", quality="low")
    message = await whole(asked)
    assert message.stored.channel.guild
    guild = GuildId(message.stored.channel.guild.id)
    await app.services.preferences.put(server_scope(guild), FEATURES, "-image", UserId(ada.id))

    answers = [
        await (await ada.press(message, label)).until(
            lambda _: next(
                (each for each in ada.sees("general") if "switched off" in each.text), None
            )
        )
        for label in ("Again", "Vary")
    ]

    assert all(each.ephemeral for each in answers)
    assert len(asked_for(sandbox, "/generations")) == 1
    assert asked_for(sandbox, "/variations") == []


# Suggestions


async def test_models_that_draw_and_sizes_that_they_take_are_suggested(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    await (await ada.slash("models list")).answer()

    models = await ada.autocomplete("image generate", "model", "")
    free = await ada.autocomplete("image generate", "size", "", model="gpt-image-2")
    old = await ada.autocomplete("image variation", "size", "2", model="dall-e-2")

    assert models[0].value == "gpt-image-2"
    assert "image" in str(models[1].value)
    assert "3840x2160" in [each.value for each in free]
    assert [each.value for each in old] == ["1024x1024", "512x512", "256x256"]


@MODERN
async def test_the_model_that_is_set_draws(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    await (
        await ada.slash("preferences set", key="image_model", value="gpt-image-2.6-flare")
    ).answer()

    await whole(await ada.slash("image generate", prompt="a cat", quality="low"))

    assert asked_for(sandbox, "/generations")[0].body["model"] == "gpt-image-2.6-flare"
