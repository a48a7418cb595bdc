"""Our client from login to goodbye, online in the sandbox."""

import logging

import pytest

from bot.client import Bot
from sandbox.discord.faults import Fault
from sandbox.driver.user import User
from sandbox.server import Sandbox
from tests.cogs.online.conftest import Online


def writes(sandbox: Sandbox) -> list[str]:
    """The requests that changed the registered commands."""
    return [
        each.method
        for each in sandbox.discord.requests
        if each.method != "GET" and each.path.endswith("/commands")
    ]


@pytest.mark.usefixtures("bot")
async def test_the_gateways_address_is_asked_for_once(sandbox: Sandbox) -> None:
    routes = [each.path for each in sandbox.discord.requests]

    assert routes.count("/gateway/bot") == 1


async def test_commands_are_registered_once_and_not_again_while_they_are_the_same(
    sandbox: Sandbox, online: Online
) -> None:
    async with online():
        pass
    async with online():
        pass

    assert writes(sandbox) == ["PUT"]


async def test_commands_that_differ_are_replaced(
    sandbox: Sandbox, online: Online, ada: User
) -> None:
    async with online():
        pass
    stored = next(one for one in ada.commands() if one["name"] == "models")
    stored["options"][0]["description"] = "something else"

    async with online():
        pass

    assert writes(sandbox) == ["PUT", "PUT"]


async def test_commands_that_can_not_be_registered_stay_and_the_bot_comes_online(
    sandbox: Sandbox, online: Online, ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    async with online():
        pass
    before = [one["name"] for one in ada.commands()]
    stored = next(one for one in ada.commands() if one["name"] == "models")
    stored["options"][0]["description"] = "something else"
    sandbox.discord.faults.add(Fault(route="PUT /applications/*/commands", status=403))

    with caplog.at_level(logging.ERROR):
        async with online():
            assert (await (await ada.slash("models list")).answer()).text

    assert [one["name"] for one in ada.commands()] == before
    assert "not registered" in caplog.text


async def test_a_missing_intent_is_said_and_not_fatal(
    sandbox: Sandbox, online: Online, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.discord.application.flags = 0

    async with online() as running:
        assert not running.message_content

    assert "Message Content" in caplog.text


async def test_a_gateway_that_refuses_the_intent_after_all_is_joined_without_it(
    sandbox: Sandbox, online: Online, ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    async with online():
        pass
    (allowed,) = [
        each.answer for each in sandbox.discord.requests if each.path == "/oauth2/applications/@me"
    ]
    sandbox.discord.application.flags = 0
    route = "GET /oauth2/applications/@me"
    sandbox.discord.faults.add(Fault(route=route, status=200, body=allowed))

    async with online() as running:
        listed = await (await ada.slash("models list")).answer()

        assert not running.message_content
    assert "gpt-6" in listed.text
    assert "refused the message content intent" in caplog.text


async def test_health_knows_when_each_shard_last_answered(bot: Bot) -> None:
    assert bot.gateway_ready()
    assert set(bot.heartbeat_ages()) == {0}
    assert all(age is None or age >= 0 for age in bot.heartbeat_ages().values())


async def test_one_process_can_have_one_of_several_shards(online: Online, ada: User) -> None:
    async with online(shard_count=2, shard_ids=[0]) as running:
        # direct messages are always shard 0's
        private = await (await ada.slash("models list", channel="@bot")).answer()

        assert set(running.heartbeat_ages()) == {0}
        assert running.gateway_ready()
    assert "gpt-6" in private.text


@pytest.mark.usefixtures("bot")
async def test_a_dropped_connection_comes_back_and_nothing_is_lost(
    sandbox: Sandbox, ada: User
) -> None:
    await sandbox.drop_gateway()
    asked = await ada.slash("models list")

    assert "gpt-6" in (await asked.answer()).text
