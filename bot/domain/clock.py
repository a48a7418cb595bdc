"""Time, as an argument."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the product may ask about time; tests pass one that they move by hand."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own time: the one place that may ask for it."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251  this class is the clock

    def monotonic(self) -> float:
        return time.monotonic()  # noqa: TID251  the one clock that may

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)  # noqa: TID251  likewise
