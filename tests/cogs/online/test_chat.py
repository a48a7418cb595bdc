from typing import Any

import pytest

from bot.domain.chat import ChatParameters, ImageData
from sandbox.driver import Invocation
from sandbox.driver.user import User
from tests.fakes import FakeChatModel
from tests.pictures import a_png


async def answered(asked: Invocation) -> Invocation:
    await asked.until(lambda one: "Hello!" in one.text)
    return asked


@pytest.mark.usefixtures("bot")
async def test_only_what_was_set_is_sent(ada: User, model: FakeChatModel) -> None:
    await answered(await ada.slash("chat", message="hi"))

    (request,) = model.requests
    assert request.parameters == ChatParameters()
    assert request.model == "gpt-6"
    assert request.stream


@pytest.mark.usefixtures("bot")
async def test_every_option_reaches_the_model(ada: User, model: FakeChatModel) -> None:
    options: dict[str, Any] = {
        "model": "llama",
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 100,
        "n": 2,
        "stop": r"END|\n\n",
        "presence_penalty": -1.5,
        "frequency_penalty": 2,
        "logprobs": 0,
        "logit_bias": '{"50256": -100}',
        "seed": 7,
        "reasoning_effort": "low",
        "verbosity": "high",
        "response_format": "json_object",
        "system": "Be brief.",
        "stream": False,
    }

    await answered(await ada.slash("chat", message="hi", **options))

    (request,) = model.requests
    assert request.parameters == ChatParameters(
        temperature=0.5,
        top_p=0.9,
        max_tokens=100,
        n=2,
        stop=("END", "\n\n"),
        presence_penalty=-1.5,
        frequency_penalty=2,
        logprobs=0,
        logit_bias={"50256": -100},
        seed=7,
        reasoning_effort="low",
        verbosity="high",
        response_format="json_object",
    )
    assert (request.model, request.stream) == ("llama", False)
    assert "Be brief." in str(request.messages[0].content)


@pytest.mark.usefixtures("bot")
async def test_three_attachments_go_along(ada: User, model: FakeChatModel) -> None:
    picture = ada.upload("cat.png", a_png(), "image/png")
    text = ada.upload("notes.txt", b"a note", "text/plain")
    code = ada.upload("x.py", b"print()", "text/x-python")

    await answered(
        await ada.slash(
            "chat", message="look", attachment=picture, attachment2=text, attachment3=code
        )
    )

    content = model.requests[0].messages[-1].content
    assert isinstance(content, tuple)
    assert sum(isinstance(part, ImageData) for part in content) == 1
    words = " ".join(part for part in content if isinstance(part, str))
    assert "a note" in words
    assert "print()" in words


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("name", "data", "mime"),
    [
        ("film.mp4", b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        ("all.zip", b"PK\x03\x04", "application/zip"),
        ("thing.bin", b"\x00\x01\x02", "application/octet-stream"),
    ],
)
async def test_a_file_that_can_not_be_used_is_named_and_nothing_is_sent(
    ada: User, model: FakeChatModel, name: str, data: bytes, mime: str
) -> None:
    asked = await ada.slash("chat", message="read", attachment=ada.upload(name, data, mime))

    await asked.until(lambda one: name in one.text)

    assert model.requests == []


@pytest.mark.usefixtures("bot")
async def test_private_is_private_and_stays_out_of_the_channel(
    ada: User, ben: User, model: FakeChatModel
) -> None:
    secret = await answered(await ada.slash("chat", message="my secret", private=True))
    await answered(await ada.slash("chat", message="in public"))

    assert secret.messages[0].ephemeral
    assert "my secret" not in str(model.requests[-1].messages)
    assert all("secret" not in message.text for message in ben.sees())


@pytest.mark.usefixtures("bot")
async def test_fresh_leaves_out_what_was_said(ada: User, model: FakeChatModel) -> None:
    await answered(await ada.slash("chat", message="the first subject"))
    await answered(await ada.slash("chat", message="the second", fresh=True))

    assert "the first subject" not in str(model.requests[-1].messages)


@pytest.mark.usefixtures("bot")
async def test_where_the_bot_is_no_member_the_history_is_ones_own(
    ada: User, ben: User, model: FakeChatModel
) -> None:
    group = ada.group("ben")
    await answered(await ada.slash("chat", channel=group, message="ada's words"))
    await answered(await ben.slash("chat", channel=group, message="ben's words"))

    assert "ada's words" not in str(model.requests[-1].messages)
