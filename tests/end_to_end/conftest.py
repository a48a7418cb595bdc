"""The whole bot against the whole sandbox: in this process by a hand clock, or as a process."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, assembled
from bot.domain.clock import Clock
from bot.settings import Settings
from sandbox.server import Sandbox
from tests.clocks import PatientClock
from tests.end_to_end.process import BotProcess
from tests.factories import NOON
from tests.postgres import postgres  # noqa: F401  a fixture
from tests.sandbox import discord_description
from tests.sandbox.openai import descriptions

NewSettings = Callable[..., Settings]


@pytest.fixture
def clock() -> PatientClock:
    return PatientClock(NOON)


@pytest.fixture
async def sandbox(
    clock: PatientClock, request: pytest.FixtureRequest
) -> AsyncGenerator[Sandbox, None]:
    """Parametrized by the dialect where a test needs another."""
    async with Sandbox(clock=clock, dialect=getattr(request, "param", "both")) as running:
        yield running


@pytest.fixture
def new_settings(sandbox: Sandbox, tmp_path: Path) -> NewSettings:
    """Settings for a bot in the sandbox; keyword arguments change them."""

    def build(**changes: Any) -> Settings:
        values: dict[str, Any] = {
            "discord_token": sandbox.discord_token,
            "discord_api_url": sandbox.discord_api_url,
            "openai_api_key": sandbox.openai_api_key,
            "openai_base_url": sandbox.openai_base_url,
            "database_url": f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}",
            "chat_model": "gpt-6-luna",
            "http_port": 0,
        }
        return Settings(_env_file=None, **{**values, **changes})  # pyright: ignore[reportCallIssue]

    return build


@pytest.fixture
def settings(new_settings: NewSettings, request: pytest.FixtureRequest) -> Settings:
    """Parametrized by what a test needs otherwise."""
    return new_settings(**getattr(request, "param", {}))


@pytest.fixture
def own_clock(clock: PatientClock) -> Clock:
    """The bot's; overridden where it is to be another than the world's."""
    return clock


@pytest.fixture
async def app(
    settings: Settings, sandbox: Sandbox, clock: PatientClock, own_clock: Clock
) -> AsyncGenerator[App, None]:
    """The bot, online in the sandbox."""
    async with assembled(settings, clock=own_clock) as built:
        clock.quiet += [built.database._idle.wait, built.media.quiet]
        online = asyncio.ensure_future(built.bot.start(settings.discord_token.get_secret_value()))
        await sandbox.user("ada").can_use("chat")
        yield built
        sandbox.openai.answers.clear()
        await built.services.conversations.close(limit_s=0)
        await built.bot.close()
        await online
    as_described(sandbox)


def as_described(sandbox: Sandbox) -> None:
    """Every request the bot made is one that the vendors describe, where their files are here."""
    if discord_description.PATH.exists():
        for sent in sandbox.discord.requests:
            discord_description.check_request(sent)
    if descriptions.has_folder():
        said = [
            problem
            for asked in sandbox.openai.requests
            for problem in descriptions.check(asked, sandbox.dialect)
        ]
        assert said == []


@pytest.fixture
async def real_time() -> AsyncGenerator[Sandbox, None]:
    """A sandbox by the machine's clock, for bots that run as a process of their own."""
    async with Sandbox() as running:
        yield running


@pytest.fixture
async def process(real_time: Sandbox, tmp_path: Path) -> AsyncGenerator[BotProcess, None]:
    bot = BotProcess(real_time, tmp_path)
    yield bot
    await bot.kill()
