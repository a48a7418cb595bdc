"""A list of the API server's, remembered for autocomplete: Discord does not wait for it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from bot import tasks
from bot.domain.clock import Clock
from bot.domain.errors import UpstreamError

log = structlog.stdlib.get_logger(__name__)

T = TypeVar("T")
Fetch = Callable[[], Awaitable[Sequence[T]]]
"""Raises UpstreamError where the server does not give its list."""


class Remembered(Generic[T]):
    """items  what is known, from memory; empty before the list was fetched for the first time"""

    def __init__(self, name: str, fetch: Fetch[T], clock: Clock, *, fresh_s: float) -> None:
        """`fresh_s` is how long a list serves before it is fetched anew."""
        self.items: tuple[T, ...] = ()
        self._name = name
        self._fetch = fetch
        self._clock = clock
        self._fresh_s = fresh_s
        self._asked_at: float | None = None
        self._asking = False

    @property
    def fresh(self) -> bool:
        """It was asked for lately; a server that refused it is left in peace as long."""
        asked_at = self._asked_at
        return asked_at is not None and self._clock.monotonic() - asked_at < self._fresh_s

    def put(self, items: Sequence[T]) -> None:
        """What somebody has just been given by the server."""
        self.items = tuple(items)
        self._asked_at = self._clock.monotonic()

    def add(self, item: T) -> None:
        self.items = (item, *self.items)

    def drop(self, gone: Callable[[T], bool]) -> None:
        self.items = tuple(each for each in self.items if not gone(each))

    def warm(self) -> None:
        """Fetch it in the background where it is missing or old."""
        if not self._asking and not self.fresh:
            self._asking = True
            tasks.spawn(self._refresh(), name=self._name)

    async def _refresh(self) -> None:
        try:
            self.put(await self._fetch())
        except UpstreamError as error:
            self._asked_at = self._clock.monotonic()
            log.warning(
                "not_listed", what=self._name, error=type(error).__name__, status=error.status
            )
        finally:
            self._asking = False
