"""Forgetting what servers want deleted after so many days, and files that nobody needs again."""

from datetime import datetime, timedelta

import structlog

from bot.domain.clock import Clock
from bot.domain.errors import StorageError
from bot.domain.ids import GuildId
from bot.domain.preferences import RETENTION_DAYS
from bot.services.preferences import Preferences
from storage.database import Database

log = structlog.stdlib.get_logger(__name__)

BLOBS_KEPT = timedelta(days=30)
API_LOG_KEPT = timedelta(days=30)
PURGE_EVERY_S = 3600.0
AT_ONCE = 50  # turns in one transaction: others write between two


class Retention:
    def __init__(self, database: Database, preferences: Preferences, clock: Clock) -> None:
        self._database = database
        self._preferences = preferences
        self._clock = clock

    async def keep_purging(self) -> None:
        """Once an hour, until cancelled."""
        while True:
            try:
                await self.purge()
            except StorageError as error:
                log.warning("not_purged", error=type(error).__name__)
            await self._clock.sleep(PURGE_EVERY_S)

    async def purge(self) -> None:
        """Forget all whose time is over.

        Raises:
            StorageError: the rest is for the next time.
        """
        now = self._clock.now()
        await self._database.take_notes()
        async with self._database.transaction() as tx:
            await tx.blobs.purge(now - BLOBS_KEPT)
            await tx.api_log.purge(now - API_LOG_KEPT)
            await tx.budgets.purge(now.date().isoformat())
        any_forgotten = False
        for scope, values in self._preferences.within("server:").items():
            days = values.get(RETENTION_DAYS.name)
            if isinstance(days, int):
                guild = GuildId(int(scope.partition(":")[2]))
                before = now - timedelta(days=days)
                async with self._database.transaction() as tx:
                    await tx.api_log.purge_turnless(guild, before)
                forgotten = AT_ONCE
                while forgotten == AT_ONCE:
                    async with self._database.transaction() as tx:
                        forgotten = await tx.retention.forget(guild, before, AT_ONCE)
                    any_forgotten |= forgotten > 0
        if any_forgotten:
            await self._drop_orphans(now)

    async def _drop_orphans(self, now: datetime) -> None:
        """The files of what was forgotten, as far as nobody else has sent the same."""
        async with self._database.reading() as tx:
            orphans = await tx.people.orphans()
        if orphans:
            async with self._database.transaction() as tx:
                await tx.blobs.drop(orphans, now)
