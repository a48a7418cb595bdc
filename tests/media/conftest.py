"""One pool of worker processes for all tests here: starting one takes as long as fifty jobs."""

from collections.abc import AsyncIterator

import pytest_asyncio

from bot.media import Media
from tests.media.workers import MEASURED, StandingClock


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def media() -> AsyncIterator[Media]:
    """Its time stands still, so nothing here depends on how fast the machine is."""
    async with Media(StandingClock(), environment=MEASURED) as opened:
        yield opened
