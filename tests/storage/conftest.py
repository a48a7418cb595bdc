"""Every test of a repository runs on both databases; each is migrated once for all tests."""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sandbox.clock import HandClock
from storage.database import Database
from tests.factories import NOON
from tests.postgres import PostgresServer, postgres

__all__ = ["postgres"]


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "template.db"
    asyncio.run(_migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres: PostgresServer) -> str:
    async def make() -> str:
        name = await postgres.create()
        await _migrate(postgres.url(name))
        return name

    return asyncio.run(make())


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    path = tmp_path / "switchboard.db"
    shutil.copyfile(migrated_file, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
async def postgresql_url(postgres: PostgresServer, migrated_database: str) -> str:
    await postgres.empty(migrated_database)
    return postgres.url(migrated_database)


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest) -> str:
    """A migrated database with nothing in it."""
    return request.getfixturevalue(f"{kind}_url")


@pytest.fixture
def sqlite_empty_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
async def postgresql_empty_url(postgres: PostgresServer) -> AsyncGenerator[str, None]:
    async with postgres.database() as url:
        yield url


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest) -> str:
    """A database that nobody has opened yet."""
    return request.getfixturevalue(f"{kind}_empty_url")


@pytest.fixture
async def database(url: str, clock: HandClock) -> AsyncGenerator[Database, None]:
    async with Database.open(url, clock=clock) as opened:
        yield opened


async def _migrate(url: str) -> None:
    async with Database.open(url, clock=HandClock(NOON)):
        pass
