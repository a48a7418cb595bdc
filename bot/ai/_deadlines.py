"""Time limits of one call, measured by our clock and enforced on whoever is waiting."""

import asyncio
import math
from collections.abc import Awaitable
from types import TracebackType
from typing import Self, TypeVar

from bot.domain.clock import Clock
from bot.domain.errors import UpstreamTimeoutError
from bot.tasks import spawn

T = TypeVar("T")


class Deadlines:
    """Used as `async with`; every wait inside goes through `wait`.

    One watcher sleeps on the clock for the whole call, instead of one timer for each piece of an
    answer: at 50 pieces a second in hundreds of answers, timers would cost more than the bytes.
    """

    def __init__(self, clock: Clock, *, overall: float) -> None:
        self._clock = clock
        self._overall = overall
        self._end = clock.monotonic() + overall
        self._due = self._end
        self._wakes_at = math.inf
        self._waiting: asyncio.Timeout | None = None
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._watcher is not None:
            # Not awaited: a cancellation of the caller's, meanwhile, would be taken for its end.
            self._watcher.cancel()

    async def wait(self, work: Awaitable[T], *, limit: float = math.inf) -> T:
        """The result of `work`, unless it takes `limit` seconds, or the call its overall limit.

        Raises:
            UpstreamTimeoutError: `after` is the limit that was passed.
        """
        self._due = min(self._clock.monotonic() + limit, self._end)
        if self._due < self._wakes_at:
            self._watch()
        try:
            async with asyncio.timeout(None) as self._waiting:
                return await work
        except TimeoutError:
            if self._waiting is None or not self._waiting.expired():
                raise  # somebody else's
            overall = self._clock.monotonic() >= self._end
            raise UpstreamTimeoutError(after=self._overall if overall else limit) from None
        finally:
            self._waiting = None

    def _watch(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
        self._wakes_at = self._due
        self._watcher = spawn(self._expire_when_due(), name="deadline")

    async def _expire_when_due(self) -> None:
        while True:
            now = self._clock.monotonic()
            if now < self._due:
                self._wakes_at = self._due
                await self._clock.sleep(self._due - now)
            elif self._waiting is not None:
                self._waiting.reschedule(asyncio.get_running_loop().time())
                self._wakes_at = math.inf
                return
            else:  # nobody waits for the server: the reader is busy, which is no stall
                self._wakes_at = math.inf
                return
