"""A real PostgreSQL for tests: a server of its own, thrown away at the end.

Import the fixture `postgres` into a conftest.py to use it; with pytest-xdist each worker has one.
"""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

DEBIAN = Path("/usr/lib/postgresql")


class PostgresServer:
    """Listens on a socket in a folder of its own, nowhere else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://postgres@/{database}?host={self._folder}"

    async def create(self) -> str:
        """A new database without tables; its name."""
        name = f"test_{next(self._numbers)}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return name

    async def drop(self, name: str) -> None:
        await self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def empty(self, name: str) -> None:
        """Take all rows out of a migrated database, and whoever is still connected.

        As good as a copy of a template, and a hundred times faster than making its 300 files.
        """
        await self.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid != pg_backend_pid()",
            database=name,
        )
        await self.execute(
            "DO $$ BEGIN EXECUTE (SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ')"
            " || ' RESTART IDENTITY' FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename != 'alembic_version'); END $$",
            database=name,
        )

    async def execute(self, statement: str, *, database: str = "postgres") -> None:
        connection = await asyncpg.connect(
            host=str(self._folder), user="postgres", database=database
        )
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    @asynccontextmanager
    async def database(self) -> AsyncGenerator[str, None]:
        """The address of a new database that is dropped at the end."""
        name = await self.create()
        try:
            yield self.url(name)
        finally:
            await self.drop(name)


@pytest.fixture(scope="session")
def postgres() -> Generator[PostgresServer, None, None]:
    programs = _programs()
    if programs is None:
        reason = "no PostgreSQL server here (Debian: apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="switchboard-postgres-") as folder:
        data = Path(folder) / "data"
        user = _unprivileged()
        if user is not None:
            shutil.chown(folder, user)
        # No sync anywhere: these data are worth nothing after the test.
        _run(programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
             "--no-locale", "--no-sync", user=user)  # fmt: skip
        options = (
            f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
            " -c full_page_writes=off -c autovacuum=off -c max_connections=200"
        )
        log = Path(folder) / "log"
        _run(programs / "pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", options, user=user)
        try:
            yield PostgresServer(Path(folder))
        finally:
            _run(programs / "pg_ctl", "stop", "-m", "immediate", "-D", data, user=user)


def _programs() -> Path | None:
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    versions = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda found: float(found.parts[-3]))
    return versions[-1].parent if versions else None


def _unprivileged() -> str | None:
    """Whom the server runs as: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _run(*command: object, user: str | None) -> None:
    done = subprocess.run(  # noqa: S603  our own words
        [str(word) for word in command],
        user=user,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # not a pipe: the server would hold it open, and we would wait
        stderr=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}"
