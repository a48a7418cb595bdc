"""Our client, online in the sandbox; behind it the real services on SQLite, and a fake model."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override
from yarl import URL

from bot.client import Bot, Services
from bot.domain.calls import Record, unrecorded
from bot.domain.conversations import Author, TurnView, channel_place
from bot.domain.ids import ChannelId, UserId
from bot.domain.models import ModelInfo
from bot.services.api_calls import ApiCalls
from bot.services.conversations import Conversations
from bot.services.models import Models
from bot.services.operators import Operators
from bot.services.policy import Policy
from bot.services.preferences import Preferences
from bot.services.privacy import Privacy
from bot.services.rulings import Rulings
from bot.services.usage import Usage
from bot.services.watches import Watches
from sandbox.clock import HandClock
from sandbox.driver.user import User
from sandbox.server import Sandbox
from storage.database import Database
from tests.doors import a_door
from tests.factories import NOON, a_question
from tests.fakes import FakeChatModel, FakeModels, an_answer

KNOWN = (
    ModelInfo(id="gpt-6", owned_by="openai", created=datetime(2026, 9, 1, tzinfo=UTC)),
    ModelInfo(id="gpt-5", owned_by="openai", created=datetime(2025, 8, 7, tzinfo=UTC)),
    ModelInfo(id="llama", owned_by=None, created=None),
)


class SlowModels(FakeModels):
    """A list of models that can be held back, and broken in ways nobody planned for."""

    def __init__(self, *models: ModelInfo) -> None:
        super().__init__(*models)
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken: Exception | None = None

    @override
    async def list(self, record: Record = unrecorded) -> tuple[ModelInfo, ...]:
        await self.gate.wait()
        if self.broken:
            raise self.broken
        return await super().list(record)

    @override
    async def get(self, model: str, record: Record = unrecorded) -> ModelInfo:
        await self.gate.wait()
        return await super().get(model, record)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncGenerator[Sandbox, None]:
    async with Sandbox(clock=clock) as running:
        yield running


@pytest.fixture
async def database(tmp_path: Path, clock: HandClock) -> AsyncGenerator[Database, None]:
    async with Database.open(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}", clock=clock) as opened:
        yield opened


@pytest.fixture
def model() -> FakeChatModel:
    return FakeChatModel()


@pytest.fixture
def models() -> SlowModels:
    return SlowModels(*KNOWN)


@pytest.fixture
async def services(
    database: Database, model: FakeChatModel, models: FakeModels, clock: HandClock
) -> AsyncGenerator[Services, None]:
    calls = a_door(database, clock)
    conversations = Conversations(
        database=database, model=model, default_model="gpt-6", clock=clock, calls=calls
    )
    preferences = Preferences(database, clock)
    await preferences.refresh()
    operators = Operators((), database, clock)
    nothing: Any = None  # tests/operators looks at these, with the API behind them
    yield Services(
        api_calls=ApiCalls(database, base_url="http://127.0.0.1:1/v1"),
        calls=calls,
        conversations=conversations,
        datasets=nothing,
        files=nothing,
        fine_tunes=nothing,
        watches=Watches(database=database, tuning=nothing, files=nothing, clock=clock, media=None),
        operators=operators,
        overview=nothing,
        unasked_sound=nothing,
        rulings=Rulings(database, clock, always=frozenset()),
        models=Models(models, "gpt-6", clock),
        moderations=nothing,
        policy=Policy(user_install=True),
        preferences=preferences,
        privacy=Privacy(
            database=database, conversations=conversations, preferences=preferences, clock=clock
        ),
        usage=Usage(database=database, calls=calls, clock=clock),
        recordings=None,
        clock=clock,
    )
    model.release()
    await conversations.close(limit_s=0)


Online = Callable[..., AbstractAsyncContextManager[Bot]]


@pytest.fixture
def online(sandbox: Sandbox, services: Services) -> Online:
    @asynccontextmanager
    async def online(offered: Services = services, **options: Any) -> AsyncGenerator[Bot, None]:
        """A bot, from its first connection to its end."""
        async with Bot(offered, api=URL(sandbox.discord_api_url), **options) as bot:
            running = asyncio.ensure_future(bot.start(sandbox.discord_token))
            using = asyncio.ensure_future(sandbox.user("ada").can_use("chat"))
            await asyncio.wait((running, using), return_when=asyncio.FIRST_COMPLETED)
            using.cancel()
            if running.done():
                running.result()
            yield bot
            await bot.answers.close(0)
            await bot.close()
            await running

    return online


@pytest.fixture
async def bot(online: Online) -> AsyncGenerator[Bot, None]:
    async with online() as running:
        yield running


@pytest.fixture
def ada(sandbox: Sandbox) -> User:
    """Owner of the first server, speaks English."""
    return sandbox.user("ada")


@pytest.fixture
def ben(sandbox: Sandbox) -> User:
    """A plain member, speaks English."""
    return sandbox.user("ben")


@pytest.fixture
def lin(sandbox: Sandbox) -> User:
    """Moderator of the first server, speaks Simplified Chinese."""
    return sandbox.user("lin")


@pytest.fixture
def manager(sandbox: Sandbox) -> User:
    """Has Manage Server in the first server, and not Manage Messages."""
    return sandbox.user("operator")


@pytest.fixture
def mia(sandbox: Sandbox) -> User:
    """A plain member, speaks Traditional Chinese."""
    return sandbox.user("mia")


Talk = Callable[..., Awaitable[TurnView]]


@pytest.fixture
def talk(services: Services, sandbox: Sandbox, model: FakeChatModel) -> Talk:
    """Have a question of ada's answered in #general before the test begins."""
    channel = ChannelId(sandbox.user("ada").places.channel("general").id)

    async def talk(text: str, answer: str = "Hello!", **changes: Any) -> TurnView:
        model.play(an_answer(answer))
        author = Author(user=UserId(sandbox.user("ada").id), name="Ada")
        place = channel_place(channel)
        question = a_question(text=text, author=author, channel=channel, place=place)
        live = await services.conversations.ask(replace(question, **changes))
        assert live
        view = live.snapshot()
        while not view.state.ended:
            view = await live.changed(after=view.version)
        return view

    return talk
