"""`/help`: true for who asks, where they ask, in their language."""

from typing import Any

import pytest

from bot.client import Bot, Services
from bot.domain.ids import UserId
from bot.domain.preferences import AUTO_REPLY, FEATURES, Key
from sandbox.driver.user import User
from sandbox.server import Sandbox


async def helped(person: User, channel: str = "general") -> str:
    shown = await (await person.slash("help", channel=channel)).answer()
    assert shown.ephemeral
    return shown.text


async def set_here(services: Services, person: User, key: Key[Any], value: str) -> None:
    guild = person.places.channel("general").guild
    assert guild
    await services.preferences.put(f"server:{guild.id}", key, value, UserId(1))


async def test_it_names_all_that_one_may_use_and_nothing_else(
    bot: Bot, ben: User, manager: User
) -> None:
    plain, managing = await helped(ben), await helped(manager)

    for name in ("/chat", "/write", "/conversation undo", "/models list", "/preferences set"):
        assert f"`{name}`" in plain
        assert f"`{name}`" in managing
    assert "Ask about this" in plain
    assert "/settings" not in plain
    assert "`/settings set`" in managing
    assert "Mention the bot" in plain
    assert bot.services.models.default_chat_model in plain


@pytest.mark.usefixtures("bot")
async def test_what_is_switched_off_is_not_named(ben: User, services: Services) -> None:
    await set_here(services, ben, FEATURES, "-chat")

    shown = await helped(ben)
    topics = await ben.autocomplete("help", "topic", "")

    assert "switched off here" in shown
    assert "/chat" not in shown
    assert "Ask about this" not in shown
    assert "`/models list`" in shown
    assert not {"chat", "write"} & {str(topic.value) for topic in topics}


@pytest.mark.usefixtures("bot")
async def test_how_to_talk_depends_on_the_place(ben: User, services: Services) -> None:
    await set_here(services, ben, AUTO_REPLY, "on")

    assert "every message in this channel" in await helped(ben)
    direct = await helped(ben, "@bot")
    group = (await (await ben.slash("help", channel=ben.group("ada"))).answer()).text

    assert "every message here is a question" in direct
    assert "only commands reach it" in group


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("person", "words"),
    [("ben", "What you can do"), ("lin", "你在这里能做什么"), ("mia", "你在這裡能做什麼")],
)
async def test_it_speaks_the_persons_language(sandbox: Sandbox, person: str, words: str) -> None:
    assert words in await helped(sandbox.user(person))


@pytest.mark.usefixtures("bot")
async def test_a_topic_shows_its_options(ben: User) -> None:
    (choice,) = await ben.autocomplete("help", "topic", "/models info")

    shown = await (await ben.slash("help", topic=str(choice.value))).answer()
    menu = await (await ben.slash("help", topic="Ask about this")).answer()

    assert "`model`" in shown.text
    assert "required" in shown.text
    assert "under Apps" in menu.text


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("topic", ["settings set", "telepathy"])
async def test_a_topic_that_is_not_for_one_is_refused(ben: User, topic: str) -> None:
    refused = await (await ben.slash("help", topic=topic)).answer()

    assert "topic" in refused.text
    assert "chat" in refused.text
