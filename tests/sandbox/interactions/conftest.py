"""A sandbox, and a foreign bot that is online in it."""

from collections.abc import AsyncGenerator

import pytest

from sandbox.clock import HandClock
from sandbox.server import Sandbox
from tests.sandbox.discord_description import PATH, check_answer
from tests.sandbox.interactions.foreign import Bot, now, running


@pytest.fixture
def clock() -> HandClock:
    return HandClock(now())


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncGenerator[Sandbox, None]:
    """Its time stands still; no rate limits.

    All its answers are held against Discord's own description at the end, where that is present.
    """
    async with Sandbox(clock=clock) as sandbox:
        sandbox.discord.limits.lift()
        yield sandbox
    if PATH.exists():
        for recorded in sandbox.discord.requests:
            check_answer(recorded)


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncGenerator[Bot, None]:
    async with running(sandbox) as bot:
        yield bot
