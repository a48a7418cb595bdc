"""A clock that a test moves by hand: everything that sleeps wakes in the right order."""

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta


class HandClock:
    def __init__(self) -> None:
        self._now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = itertools.count()

    def now(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=self._now)

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._count), waiting))
        await waiting

    async def move(self, seconds: float) -> None:
        """Let `seconds` pass, stopping at each moment somebody waits for."""
        end = self._now + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            at, _, waiting = heapq.heappop(self._sleepers)
            if not waiting.done():
                self._now = max(self._now, at)
                waiting.set_result(None)
                await settle()
        self._now = end
        await settle()


async def settle() -> None:
    """Let all that can go on without time or network do so."""
    for _ in range(40):
        await asyncio.sleep(0)  # noqa: TID251  yields, waits for no time
