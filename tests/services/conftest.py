from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.services.conversations import Conversations
from sandbox.clock import HandClock
from storage.database import Database
from tests.doors import a_door
from tests.factories import NOON
from tests.fakes import FakeChatModel


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
async def database(tmp_path: Path, clock: HandClock) -> AsyncGenerator[Database, None]:
    async with Database.open(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}", clock=clock) as opened:
        yield opened


@pytest.fixture
def model() -> FakeChatModel:
    return FakeChatModel()


@pytest.fixture
async def conversations(
    database: Database, model: FakeChatModel, clock: HandClock
) -> AsyncGenerator[Conversations, None]:
    service = Conversations(
        database=database,
        model=model,
        default_model="sandbox-chat",
        clock=clock,
        calls=a_door(database, clock),
    )
    yield service
    model.release()
    await service.close(limit_s=0)
