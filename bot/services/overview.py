"""How everything is, what is spent where, and a copy of the database: for operators."""

import platform
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from bot.domain.clock import Clock
from bot.domain.errors import StorageError, UpstreamError
from bot.domain.ids import GuildId
from bot.domain.operators import Acting, Change
from bot.services.calls import Calls
from bot.services.operators import Operators
from storage.database import Database
from storage.overview import Counts

PACKAGES = ("discord.py", "openai", "SQLAlchemy")

PROBE_S = 8.0
"""How long an API server may take to say what it has, before what is known is shown."""

Probe = Callable[[], Awaitable[object]]
"""Asks for what is not known of the endpoints, free of charge. Raises: UpstreamError."""

Known = Callable[[], Awaitable[Mapping[str, bool | None]]]
"""Which endpoints the API server has, in the order of `check`; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """database, api  "ok", or the name of an error; api is None before the first call"""

    database: str
    kind: str
    api: str | None
    server: str
    counts: Counts | None
    endpoints: Mapping[str, bool | None]
    versions: Mapping[str, str]


class Overview:
    def __init__(
        self,
        *,
        database: Database,
        calls: Calls,
        operators: Operators,
        clock: Clock,
        server: str,
        known: Known,
        probe: Probe,
    ) -> None:
        self._database = database
        self._calls = calls
        self._operators = operators
        self._clock = clock
        self._server = server
        self._known = known
        self._probe = probe

    async def health(self) -> Health:
        """Never raises: what is ill is said, the rest is told all the same."""
        database, counts, api = "ok", None, None
        endpoints: Mapping[str, bool | None] = {}
        try:
            await self._database.writable()
            async with self._database.reading() as tx:
                counts = await tx.overview.counts()
            try:
                await self._probe()
            except UpstreamError as error:
                api = type(error).__name__
            endpoints = await self._known()
        except StorageError as error:
            database = type(error).__name__
        return Health(
            database=database,
            kind="SQLite" if self._database.path else "PostgreSQL",
            api=api or self._calls.last,
            server=self._server,
            counts=counts,
            endpoints=endpoints,
            versions={
                "Python": platform.python_version(),
                **{name: version(name) for name in PACKAGES},
            },
        )

    async def spent_by_guild(
        self, since: datetime | None
    ) -> tuple[tuple[GuildId | None, int], ...]:
        async with self._database.reading() as tx:
            return await tx.overview.spent_by_guild(since)

    async def backup(self, who: Acting) -> tuple[Path, int]:
        """Where it is, and its size in bytes; made and read through beside the running bot.

        Raises:
            BackupError: this is PostgreSQL, or it could not be made.
        """
        name = f"switchboard-{self._clock.now():%Y%m%d-%H%M%S}.db"
        async with self._operators.changing(who, Change.BACKUP, name):
            return await self._database.backup(name)
