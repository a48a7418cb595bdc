"""The server on a real socket, asked by the official SDK."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import web
from openai import AsyncOpenAI, DefaultAioHttpClient

from sandbox.clock import HandClock
from sandbox.openai import OpenAIServer
from tests.sandbox.openai import descriptions

KEY = "sk-sandbox-0123456789"
ON_BOTH_TRANSPORTS = {"test_chat", "test_faults"}  # streams, and connections that break


@dataclass
class Running:
    server: OpenAIServer
    clock: HandClock
    client: AsyncOpenAI
    url: str


Serve = Callable[[str], Awaitable[Running]]


@pytest.fixture
def transport(request: pytest.FixtureRequest) -> str:
    """The bot's own; both where how bytes travel can matter."""
    return getattr(request, "param", "aiohttp")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    module = metafunc.definition.path.stem
    if "transport" in metafunc.fixturenames and module in ON_BOTH_TRANSPORTS:
        metafunc.parametrize("transport", ["httpx2", "aiohttp"], indirect=True)


@pytest.fixture
async def serve(transport: str) -> AsyncIterator[Serve]:
    """Starts a server of a dialect.

    In the end all that was said is held against the vendor's descriptions, where they are.
    """
    running: list[Running] = []
    async with AsyncExitStack() as stack:

        async def start(dialect: str) -> Running:
            made = await stack.enter_async_context(_running(dialect, transport))
            running.append(made)
            return made

        yield start
        for each in running:
            each.server.close()
    if descriptions.has_folder():
        wrong = [
            f"{record.method} {record.path}: {problem}"
            for each in running
            for record in each.server.requests
            for problem in descriptions.check(record, str(each.server.dialect))
        ]
        assert wrong == []


@pytest.fixture
async def modern(serve: Serve) -> Running:
    return await serve("modern")


@pytest.fixture
async def legacy(serve: Serve) -> Running:
    return await serve("legacy")


@pytest.fixture
async def both(serve: Serve) -> Running:
    return await serve("both")


@asynccontextmanager
async def _running(dialect: str, transport: str) -> AsyncIterator[Running]:
    clock = HandClock()
    server = OpenAIServer(clock, KEY, dialect)
    app = web.Application()
    app.add_routes(server.routes())
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        async with AsyncOpenAI(
            api_key=KEY,
            base_url=url,
            max_retries=0,
            http_client=DefaultAioHttpClient() if transport == "aiohttp" else None,
        ) as client:
            yield Running(server, clock, client, url)
    finally:
        server.close()
        await runner.cleanup()
