"""Ids: milliseconds since 2015, shifted by 22, and a counter for what falls in one millisecond."""

from datetime import UTC, datetime, timedelta

from sandbox.clock import Clock

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
MAX_SNOWFLAKE = (1 << 63) - 1
_COUNTER_BITS = 22
_MAX_DIGITS = len(str(MAX_SNOWFLAKE))
_AGE = timedelta(days=365)  # of what is there from the beginning


class Snowflakes:
    """Always growing, never the same twice, and dated by the sandbox's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0
        self._past = _snowflake(clock.now() - _AGE)

    def next(self) -> int:
        self._last = max(self._last + 1, _snowflake(self._clock.now()))
        return self._last

    def past(self) -> int:
        """An id from before the sandbox began, each of another millisecond.

        Shards are counted by the millisecond: servers made in the same one share a shard.
        """
        self._past += 1 << _COUNTER_BITS
        return self._past


def _snowflake(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1) << _COUNTER_BITS


def is_snowflake(text: str) -> bool:
    """Whether these are the digits of one; longer ones are not even read as a number."""
    short = text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
    return short and int(text) <= MAX_SNOWFLAKE


def created_at(snowflake: int) -> datetime:
    return EPOCH + timedelta(milliseconds=snowflake >> _COUNTER_BITS)
