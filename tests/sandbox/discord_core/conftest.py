"""A sandbox whose clock stands still, and the smallest clients that can talk to it."""

from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

from sandbox.clock import HandClock
from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Rest, Socket, Sockets
from tests.sandbox.discord_description import PATH, check_answer


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncGenerator[Sandbox, None]:
    """Without rate limits: the tests about them set their own.

    Every answer it gave is held against Discord's description at the end, where that is present.
    """
    async with Sandbox(clock=clock) as running:
        running.discord.limits.lift()
        yield running
    if PATH.exists():
        for recorded in running.discord.requests:
            check_answer(recorded)


@pytest.fixture
async def http() -> AsyncGenerator[aiohttp.ClientSession, None]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def rest(sandbox: Sandbox, http: aiohttp.ClientSession) -> Rest:
    """The bot's REST client."""
    return Rest(http, sandbox.discord_api_url, sandbox.discord_token)


@pytest.fixture
async def sockets(sandbox: Sandbox, http: aiohttp.ClientSession) -> AsyncGenerator[Sockets, None]:
    opened: list[Socket] = []

    async def connect(**query: Any) -> Socket:
        raw = await http.ws_connect(
            sandbox.discord.gateway_url, params={"v": 10, "encoding": "json", **query}
        )
        socket = Socket(raw, sandbox.discord_token, query.get("compress"))
        opened.append(socket)
        return socket

    yield connect
    for socket in opened:
        await socket.close()
