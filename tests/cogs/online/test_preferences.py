"""`/preferences`: one's own, everywhere."""

from typing import Any

import pytest

from bot.client import Services
from bot.domain.ids import UserId
from bot.domain.preferences import CHAT_MODEL
from sandbox.driver import Invocation
from sandbox.driver.user import User
from tests.cogs.online.conftest import Online
from tests.fakes import FakeChatModel


async def prefer(person: User, key: str, value: str) -> str:
    options = {"key": key, "value": value}
    told = await (await person.slash("preferences set", options=options)).answer()
    assert told.ephemeral
    return told.text


async def answered(asked: Invocation) -> Invocation:
    await asked.until(lambda one: "Hello!" in one.text)
    return asked


@pytest.mark.usefixtures("bot")
async def test_they_are_set_shown_and_reset(ben: User, ada: User) -> None:
    told = await prefer(ben, "model", "llama")
    shown = await (await ben.slash("preferences show")).answer()
    others = await (await ada.slash("preferences show")).answer()
    reset = await (await ben.slash("preferences reset", key="model")).answer()
    again = await (await ben.slash("preferences reset", key="model")).answer()

    assert "`model` is now `llama`" in told
    assert "`model` `llama`" in shown.text
    assert "`model` not set" in others.text
    assert "is reset" in reset.text
    assert "was not set" in again.text
    assert len([message for message in ada.sees() if message.stored.author.bot]) == 1


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("key", "value", "said"),
    [("retention_days", "9", "model"), ("private", "perhaps", "on, off"), ("language", "x", "zh")],
)
async def test_what_is_none_is_refused(ben: User, key: str, value: str, said: str) -> None:
    options = {"key": key, "value": value}

    refused = await (await ben.slash("preferences set", options=options)).answer()

    assert said in refused.text


@pytest.mark.usefixtures("bot")
async def test_keys_and_values_are_suggested(mia: User) -> None:
    keys = await mia.autocomplete("preferences set", "key", "")
    values = await mia.autocomplete("preferences set", "value", "中文", key="language")

    assert [choice.value for choice in keys] == [
        "model",
        "image_model",
        "system_prompt",
        "language",
        "voice",
        "private",
        "training",
    ]
    assert [choice.value for choice in values] == ["zh-CN", "zh-TW"]


async def test_mine_wins_over_the_servers_everywhere_and_after_a_restart(
    online: Online, ben: User, services: Services, model: FakeChatModel
) -> None:
    guild = ben.places.channel("general").guild
    assert guild
    await services.preferences.put(f"server:{guild.id}", CHAT_MODEL, "gpt-5", UserId(1))
    async with online():
        await prefer(ben, "model", "llama")
        await prefer(ben, "system_prompt", "Be brief.")

    async with online():
        await answered(await ben.slash("chat", message="in a server"))
        await answered(await ben.slash("chat", channel="@bot", message="in private"))
        await answered(await ben.slash("chat", channel=ben.group("ada"), message="elsewhere"))
        await answered(await ben.slash("chat", message="chosen", model="gpt-6"))

    assert [each.model for each in model.requests] == ["llama"] * 3 + ["gpt-6"]
    assert {each.messages[0].content for each in model.requests} == {"Be brief."}


@pytest.mark.usefixtures("bot")
async def test_who_prefers_private_is_answered_in_private_unless_they_say_otherwise(
    ben: User, ada: User
) -> None:
    await prefer(ben, "private", "on")

    asked = await answered(await ben.slash("chat", message="my secret"))
    listed = await (await ben.slash("models list")).answer()
    nobody = ada.sees()
    public = await answered(await ben.slash("chat", message="for all", private=False))

    assert asked.messages[0].ephemeral
    assert listed.ephemeral
    assert nobody == []
    assert not public.messages[0].ephemeral


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("language", "yes"), [("zh-TW", "問題"), ("zh-CN", "问题"), ("en-US", "Yes?")]
)
async def test_the_preferred_language_replaces_that_of_discord(
    sandbox: Any, language: str, yes: str
) -> None:
    person = sandbox.user("ben" if language != "en-US" else "mia")
    await (await person.slash("models list")).answer()

    told = await prefer(person, "language", language)
    shown = await (await person.slash("preferences show")).answer()
    message = await person.reply_from_bot(await person.say("@Switchboard"))

    words = {"zh-TW": "你的偏好", "zh-CN": "你的偏好", "en-US": "Your preferences"}
    assert words[language] in shown.text
    assert "is now" not in told or language == "en-US"
    assert yes in message.text
