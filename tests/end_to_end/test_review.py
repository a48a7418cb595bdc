"""The bot where the world is not as tidy as the sandbox: clocks, permissions, other servers."""

import asyncio
from datetime import timedelta

from bot.app import assembled
from bot.settings import Settings
from sandbox.clock import HandClock
from sandbox.server import Sandbox
from tests.end_to_end.test_chat import whole
from tests.factories import NOON


async def test_a_machine_whose_clock_is_an_hour_ahead_of_discords_answers_where_it_was_asked(
    settings: Settings, sandbox: Sandbox
) -> None:
    ahead = HandClock(NOON + timedelta(hours=1))
    async with assembled(settings, clock=ahead) as built:
        online = asyncio.ensure_future(built.bot.start(settings.discord_token.get_secret_value()))
        ada = sandbox.user("ada")
        await ada.can_use("chat")
        sandbox.openai.answers.queue("Here")
        asked = await ada.slash("chat", message="hi")
        secret = await ada.slash("chat", message="hi", private=True)

        message, hidden = await whole(asked), await whole(secret)

        assert message.content == "Here"
        assert hidden.ephemeral
        await built.services.conversations.close(limit_s=0)
        await built.bot.answers.close(0)
        await built.bot.close()
        await online
    assert not any(
        sent.method == "POST" and sent.path.endswith("/messages")
        for sent in sandbox.discord.requests
    )
