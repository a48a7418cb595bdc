"""Hand clocks for the whole bot."""

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from typing_extensions import override

from sandbox.clock import HandClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_TURNS = 100  # of the event loop: sockets of one process need a handful for each request


class PatientClock(HandClock):
    """`quiet` are waited for before and after time is moved: the database's threads, for one.

    Without that, minutes could pass on this clock while a thread has not yet come back, and time
    limits would strike that nobody has reached.
    """

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.quiet: list[Callable[[], Awaitable[object]]] = []

    @override
    async def advance(self, seconds: float) -> None:
        await self._settle()
        await super().advance(seconds)
        await self._settle()

    async def _settle(self) -> None:
        for _ in range(_TURNS):
            for quiet in self.quiet:
                await quiet()
            await asyncio.sleep(0)  # noqa: TID251  a turn of the loop, no time


class SkewedClock:
    """One machine's clock beside the world's, as somebody sets it: only the date jumps."""

    def __init__(self, world: HandClock) -> None:
        self._world = world
        self.ahead = timedelta()

    def now(self) -> datetime:
        return self._world.now() + self.ahead

    def monotonic(self) -> float:
        return self._world.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._world.sleep(seconds)
