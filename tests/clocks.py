"""A hand clock for the whole bot: no time passes while the database's threads are at work."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from typing_extensions import override

from sandbox.clock import HandClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_TURNS = 100  # of the event loop: sockets of one process need a handful for each request


class PatientClock(HandClock):
    """`quiet` are waited for before and after time is moved.

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
