"""What people and servers have set, answered from memory.

Who may ask, in which language, and whether in private has to be known before Discord has its
acknowledgement, so nothing here waits for the database but what changes something.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog

from bot.domain.clock import Clock
from bot.domain.errors import OptionError, StorageError
from bot.domain.ids import UserId
from bot.domain.preferences import KEYS, Key, Resolved, Scope, scopes_of
from bot.domain.whereabouts import Whereabouts
from storage.database import Database

if TYPE_CHECKING:
    from storage.preferences import Marker

log = structlog.stdlib.get_logger(__name__)

FRESH_S = 10.0
"""How long it takes at most until this process knows what another one has changed."""

_NOTHING: Mapping[str, object] = {}
_BY_NAME: Mapping[str, Key[Any]] = {key.name: key for key in KEYS}


class Preferences:
    """All of them in memory: some hundred bytes for each person and place that has set something.

    A change made here is known here at once, one made by another process within FRESH_S.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[Scope, Mapping[str, object]] = {}
        self._marker: Marker | None = None
        self._changing = asyncio.Lock()  # what was read before a change must not replace it

    async def refresh(self) -> None:
        """Read what is kept, if it is not what is known.

        Raises:
            StorageError: one of its leaves; what was known stays.
        """
        async with self._changing, self._database.reading() as tx:
            marker = await tx.preferences.marker()
            if marker == self._marker:
                return
            stored = await tx.preferences.all()
            self._known = {scope: _read(values) for scope, values in stored.items()}
            self._marker = marker

    async def keep_fresh(self) -> None:
        """Hear of what other processes change, until cancelled."""
        while True:
            await self._clock.sleep(FRESH_S)
            try:
                await self.refresh()
            except StorageError as error:
                log.warning("preferences_not_read", error=type(error).__name__)

    def resolve(self, where: Whereabouts) -> Resolved:
        """What applies there to that person; asks nobody, so it may stand before anything."""
        layers = [(scope, self._known.get(scope, _NOTHING)) for scope in scopes_of(where)]
        return Resolved([layer for layer in layers if layer[1]])

    def at(self, scope: Scope) -> Mapping[str, object]:
        """What is set right there, by the name of its key."""
        return self._known.get(scope, _NOTHING)

    def within(self, beginning: Scope) -> Mapping[Scope, Mapping[str, object]]:
        """Everything set in scopes that begin so: `role:1:` is all roles of a server."""
        return {
            scope: values for scope, values in self._known.items() if scope.startswith(beginning)
        }

    async def put(self, scope: Scope, key: Key[Any], typed: str, by: UserId) -> object:
        """Set what somebody typed, and return what it was understood as.

        Raises:
            OptionError: it is no value of this key.
            StorageError: it could not be kept.
        """
        try:
            value = key.kind.read(typed.strip())
        except ValueError:
            raise OptionError(key.name, typed, key.kind.allowed) from None
        async with self._changing:
            async with self._database.transaction() as tx:
                await tx.preferences.put(
                    scope, key.name, key.kind.write(value), by=by, at=self._clock.now()
                )
            self._known[scope] = {**self.at(scope), key.name: value}
        return value

    async def reset(self, scope: Scope, key: Key[Any]) -> bool:
        """Take the value away, so that what stands above applies; False where none was set."""
        async with self._changing:
            async with self._database.transaction() as tx:
                removed = await tx.preferences.remove(scope, key.name)
            left = {name: each for name, each in self.at(scope).items() if name != key.name}
            if left:
                self._known[scope] = left
            else:
                self._known.pop(scope, None)
        return removed


def _read(stored: Mapping[str, str]) -> Mapping[str, object]:
    """Stored texts as values. What this version does not know, or no longer takes, is left out."""
    values: dict[str, object] = {}
    for name, text in stored.items():
        key = _BY_NAME.get(name)
        if key is None:
            continue
        try:
            values[name] = key.kind.read(text)
        except ValueError:
            log.warning("preference_not_understood", key=name)
    return values
