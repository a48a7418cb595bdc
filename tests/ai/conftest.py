from collections.abc import AsyncGenerator

import pytest
from aiohttp import web

from bot.ai.api import Api
from bot.ai.chat import OpenAIChat
from bot.ai.client import open_client
from bot.ai.learned import InMemoryParameters
from bot.ai.models import OpenAIModels
from sandbox.clock import HandClock
from sandbox.openai import OpenAIServer
from tests.ai.raw import RawServer, raw_server
from tests.sandbox.openai import descriptions

KEY = "sk-sandbox-0123456789abcdef"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def learned() -> InMemoryParameters:
    return InMemoryParameters()


@pytest.fixture
async def raw() -> AsyncGenerator[RawServer, None]:
    async with raw_server() as server:
        yield server


@pytest.fixture
async def openai_url(sandbox: OpenAIServer) -> AsyncGenerator[str, None]:
    app = web.Application()
    app.add_routes(sandbox.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}/v1"
    sandbox.close()
    await runner.cleanup()
    if descriptions.has_folder():
        # Whatever was asked here and answered has to be as the vendor describes it.
        wrong = [
            f"{record.method} {record.path}: {problem}"
            for record in sandbox.requests
            for problem in descriptions.check(record, str(sandbox.dialect))
        ]
        assert wrong == []


@pytest.fixture
def sandbox(request: pytest.FixtureRequest, clock: HandClock) -> OpenAIServer:
    return OpenAIServer(clock, KEY, getattr(request, "param", "both"))


@pytest.fixture
async def chat(
    raw: RawServer, clock: HandClock, learned: InMemoryParameters
) -> AsyncGenerator[OpenAIChat, None]:
    """Against the raw server."""
    async with open_client(base_url=raw.url, api_key=KEY) as client:
        yield OpenAIChat(client, clock=clock, learned=learned)


@pytest.fixture
async def models(raw: RawServer, clock: HandClock) -> AsyncGenerator[OpenAIModels, None]:
    """Against the raw server."""
    async with open_client(base_url=raw.url, api_key=KEY) as client:
        yield OpenAIModels(client, clock=clock)


@pytest.fixture
async def sandbox_chat(
    openai_url: str, clock: HandClock, learned: InMemoryParameters
) -> AsyncGenerator[OpenAIChat, None]:
    async with open_client(base_url=openai_url, api_key=KEY) as client:
        yield OpenAIChat(client, clock=clock, learned=learned)


@pytest.fixture
async def api(
    raw: RawServer, clock: HandClock, learned: InMemoryParameters
) -> AsyncGenerator[Api, None]:
    """Against the raw server."""
    async with open_client(base_url=raw.url, api_key=KEY) as client:
        yield Api(client, clock=clock, learned=learned)


@pytest.fixture
async def sandbox_api(
    openai_url: str, clock: HandClock, learned: InMemoryParameters
) -> AsyncGenerator[Api, None]:
    async with open_client(base_url=openai_url, api_key=KEY) as client:
        yield Api(client, clock=clock, learned=learned)
