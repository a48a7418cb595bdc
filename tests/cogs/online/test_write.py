"""Questions by a form: `/write`, and `Ask about this` in the menu of a message."""

from typing import Any

import pytest

from bot.client import Services
from bot.domain.chat import ImageData
from bot.domain.ids import UserId
from bot.domain.preferences import FEATURES, PRIVATE
from sandbox.driver import Invocation
from sandbox.driver.user import User
from sandbox.server import Sandbox
from tests.cogs.online.conftest import Online
from tests.fakes import FakeChatModel
from tests.pictures import a_png

LONG = "a line\n" * 500
NAMES = {"ben": "Ask about this", "lin": "询问此消息", "mia": "詢問這則訊息"}


def asked(model: FakeChatModel) -> Any:
    return model.requests[-1].messages[-1].content


async def answered(sent: Invocation) -> Invocation:
    await sent.until(lambda one: "Hello!" in one.text)
    return sent


@pytest.mark.usefixtures("bot")
async def test_a_form_takes_long_texts_with_line_breaks_and_files(
    ben: User, model: FakeChatModel
) -> None:
    form = await (await ben.slash("write", model="llama")).form()
    files = [
        ben.upload("cat.png", a_png(), "image/png"),
        ben.upload("notes.txt", b"a note", "text/plain"),
    ]

    sent = await answered(await ben.submit(form, {"text": LONG, "files": files}))

    content = asked(model)
    words = "".join(part for part in content if isinstance(part, str))
    assert not sent.messages[0].ephemeral
    assert model.requests[0].model == "llama"
    assert LONG.strip() in words
    assert "a note" in words
    assert any(isinstance(part, ImageData) for part in content)


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("options", [{}, {"private": True}], ids=["preferred", "chosen"])
async def test_a_private_form_is_answered_in_private(
    ben: User, ada: User, services: Services, options: dict[str, bool]
) -> None:
    if not options:
        await services.preferences.put(f"user:{ben.id}", PRIVATE, "on", UserId(ben.id))

    form = await (await ben.slash("write", options=options)).form()
    sent = await answered(await ben.submit(form, {"text": "my secret"}))
    shown = await (await ben.slash("conversation show")).answer()

    assert sent.messages[0].ephemeral
    assert ada.sees() == []
    assert "my secret" not in shown.text


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("person", NAMES)
async def test_a_question_about_a_message_takes_its_words_and_pictures_along(
    sandbox: Sandbox, ada: User, model: FakeChatModel, person: str
) -> None:
    other = sandbox.user(person)
    picture = ada.upload("cat.png", a_png(), "image/png")
    said = await ada.say("Look at @ben\nand this", files=[picture])

    form = await (await other.message_menu(NAMES[person], said)).form()
    await answered(await other.submit(form, {"text": "Who is it?"}))

    content = asked(model)
    words = "".join(part for part in content if isinstance(part, str))
    assert "Who is it?\n\nAda:\n> Look at @Ben\n> and this" in words
    assert any(isinstance(part, ImageData) for part in content)


async def test_forms_that_were_open_during_a_restart_are_taken(
    online: Online, ben: User, ada: User, model: FakeChatModel
) -> None:
    said = await ada.say("the words in question")
    async with online():
        writing = await (await ben.slash("write", model="llama", private=True)).form()
        about = await (await ben.message_menu("Ask about this", said)).form()

    async with online():
        written = await answered(await ben.submit(writing, {"text": "hi"}))
        await answered(await ben.submit(about, {"text": "Why?"}))

    assert written.messages[0].ephemeral
    assert [request.model for request in model.requests] == ["llama", "gpt-6"]
    assert "> the words in question" in str(asked(model))


@pytest.mark.usefixtures("bot")
async def test_a_forged_form_reads_no_message_of_another_channel(
    ben: User, ada: User, model: FakeChatModel
) -> None:
    secret = await ada.say("the secret", channel="@bot")
    form = await (await ben.slash("write")).form()
    sent = []

    for number in (str(secret.id), "9" * 30, "", "x"):
        form.raw["custom_id"] = f"about::{number}"
        sent.append(await (await ben.submit(form, {"text": "What is it?"})).answer())

    assert all("expired" in one.text for one in sent)
    assert all("secret" not in str(request.messages) for request in model.requests[1:])


@pytest.mark.usefixtures("bot")
async def test_policy_is_asked_when_the_form_comes_back(
    ben: User, services: Services, model: FakeChatModel
) -> None:
    form = await (await ben.slash("write")).form()
    guild = ben.places.channel("general").guild
    assert guild
    await services.preferences.put(f"server:{guild.id}", FEATURES, "-chat", UserId(1))

    refused = await (await ben.submit(form, {"text": "hi"})).answer()
    unopened = await (await ben.slash("write")).answer()

    assert "`features`" in refused.text
    assert refused.ephemeral
    assert "`features`" in unopened.text
    assert model.requests == []


@pytest.mark.usefixtures("bot")
async def test_it_works_where_the_bot_is_no_member(ben: User, model: FakeChatModel) -> None:
    group = ben.group("ada")
    said = await ben.say("the words in question", channel=group)

    form = await (await ben.message_menu("Ask about this", said)).form()
    await answered(await ben.submit(form, {"text": "Why?"}))

    assert "> the words in question" in str(asked(model))
