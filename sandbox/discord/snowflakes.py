"""Ids: milliseconds since 2015, shifted by 22, and a counter for what falls in one millisecond."""

from datetime import UTC, datetime, timedelta

from sandbox.clock import Clock

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_COUNTER_BITS = 22


class Snowflakes:
    """Always growing, never the same twice, and dated by the sandbox's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        milliseconds = (self._clock.now() - EPOCH) // timedelta(milliseconds=1)
        self._last = max(self._last + 1, milliseconds << _COUNTER_BITS)
        return self._last


def created_at(snowflake: int) -> datetime:
    return EPOCH + timedelta(milliseconds=snowflake >> _COUNTER_BITS)
