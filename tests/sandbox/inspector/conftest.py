"""A sandbox whose clock stands still, a foreign bot in it, and somebody who looks at both."""

from collections.abc import AsyncGenerator

import aiohttp
import pytest

from sandbox.clock import HandClock
from sandbox.server import Sandbox
from tests.sandbox.inspector.looking import Looker
from tests.sandbox.interactions.foreign import Bot, now, running


@pytest.fixture
def clock() -> HandClock:
    return HandClock(now())


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncGenerator[Sandbox, None]:
    async with Sandbox(clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncGenerator[Bot, None]:
    async with running(sandbox) as bot:
        yield bot


@pytest.fixture
async def http() -> AsyncGenerator[aiohttp.ClientSession, None]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def looker(sandbox: Sandbox, http: aiohttp.ClientSession) -> Looker:
    return Looker(sandbox, http)
