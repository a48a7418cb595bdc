"""The same bot with the other database."""

import asyncio

from bot.app import assembled
from sandbox.clock import HandClock
from sandbox.driver import Invocation, Message
from sandbox.server import Sandbox
from tests.end_to_end.conftest import NewSettings
from tests.postgres import PostgresServer


async def whole(asked: Invocation) -> Message:
    await asked.until(lambda asked: asked.messages and asked.messages[-1].button("Retry"))
    return asked.messages[-1]


async def test_a_conversation_is_kept_on_postgresql_too(
    sandbox: Sandbox, clock: HandClock, new_settings: NewSettings, postgres: PostgresServer
) -> None:
    name = await postgres.create()
    settings = new_settings(database_url=postgres.url(name))
    async with assembled(settings, clock=clock) as built:
        online = asyncio.ensure_future(built.bot.start(sandbox.discord_token))
        await sandbox.until(lambda: sandbox.discord.gateway.sessions)
        await sandbox.user("ben").can_use("chat")
        ben = sandbox.user("ben")
        await whole(await ben.slash("chat", message="one"))
        asked = await ben.slash("chat", message="two")
        await whole(asked)
        sent = sandbox.openai.requests[-1].body["messages"]
        await built.services.conversations.close(limit_s=0)
        await built.bot.close()
        await online

    assert [message["content"] for message in sent][0::2] == ["one", "two"]
