"""A few plain requests to Discord, for what can be known without going online."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord

from bot.settings import Settings

AGENT = "DiscordBot (self-hosted Switchboard, 0.1)"
PATIENCE = aiohttp.ClientTimeout(total=20)


class DiscordApi:
    """Discord's REST API with the bot's token.

    Every call may raise discord.LoginFailure (401), discord.HTTPException, or aiohttp.ClientError.
    """

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = base

    async def get(self, path: str) -> Any:
        return await self._request("GET", path)

    async def put(self, path: str, body: object) -> Any:
        return await self._request("PUT", path, body)

    async def _request(self, method: str, path: str, body: object = None) -> Any:
        async with self._session.request(method, f"{self._base}{path}", json=body) as answer:
            if answer.status == 401:  # noqa: PLR2004  Unauthorized
                raise discord.LoginFailure("401")
            try:
                content: Any = await answer.json(content_type=None)
            except ValueError:
                content = f"no JSON at {answer.url.host}; is DISCORD_API_URL right?"
                raise discord.HTTPException(answer, content) from None
            if answer.status >= 400:  # noqa: PLR2004  the first error status
                raise discord.HTTPException(answer, content)
            return content


@asynccontextmanager
async def discord_api(settings: Settings) -> AsyncGenerator[DiscordApi, None]:
    headers = {
        "Authorization": f"Bot {settings.discord_token.get_secret_value()}",
        "User-Agent": AGENT,
    }
    async with aiohttp.ClientSession(headers=headers, timeout=PATIENCE, trust_env=True) as session:
        yield DiscordApi(session, settings.discord_api_url)
