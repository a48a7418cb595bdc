"""What a model does not take and a server does not have: learnt once, kept in the database."""

from collections.abc import Mapping

import structlog

from bot.domain.calls import Capabilities, Capability
from bot.domain.clock import Clock
from bot.domain.errors import StorageError
from storage.database import Database

log = structlog.stdlib.get_logger(__name__)


class KeptParameters:
    """Serves from memory: the database is asked once per (server, model) and process.

    Another process learns the same by itself, at the price of one refused request.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[tuple[str, str], dict[str, str | None]] = {}

    async def of(self, base_url: str, model: str) -> Mapping[str, str | None]:
        """Parameter -> the name it goes by there, or None where it is left out."""
        key = (base_url, model)
        if key not in self._known:
            async with self._database.transaction() as tx:
                self._known[key] = dict(await tx.learned.of(base_url, model))
        return self._known[key]

    async def learn(
        self, base_url: str, model: str, parameter: str, renamed_to: str | None
    ) -> None:
        self._known.setdefault((base_url, model), {})[parameter] = renamed_to
        try:
            async with self._database.transaction() as tx:
                await tx.learned.put(base_url, model, parameter, renamed_to, self._clock.now())
        except StorageError as error:
            # The answer goes on: what was learnt holds until the process ends.
            log.warning("parameter_not_remembered", error=type(error).__name__)


class KeptEndpoints:
    """The same for endpoints: asked of the database once per server and process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, dict[str, Capability]] = {}

    async def of(self, base_url: str) -> Capabilities:
        if base_url not in self._known:
            async with self._database.transaction() as tx:
                self._known[base_url] = dict(await tx.endpoints.of(base_url))
        return self._known[base_url]

    async def learn(self, base_url: str, capability: Capability) -> None:
        self._known.setdefault(base_url, {})[capability.path] = capability
        try:
            async with self._database.transaction() as tx:
                await tx.endpoints.put(
                    base_url, capability.path, capability.learnt_at, present=capability.present
                )
        except StorageError as error:
            log.warning("endpoint_not_remembered", error=type(error).__name__)
