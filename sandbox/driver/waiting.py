"""Waiting for the world to be so: woken by its changes, never by a timer."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sandbox.discord.state import World

T = TypeVar("T")
SAFETY_SECONDS = 60.0  # of real time; only a test that is about to fail waits this long


async def until(world: World, look: Callable[[], T | None], what: str = "what was waited for") -> T:
    """The first true value of `look`; one that finds a list still too short is asked again.

    Raises:
        TimeoutError: it did not come; the message names it.
        Exception: whatever `look` raised.
    """
    found: list[T] = []
    raised: list[Exception] = []

    def condition() -> bool:
        # this runs in the midst of whatever changed the world, which must not see our errors
        try:
            value = look()
        except LookupError:
            return False
        except Exception as error:  # noqa: BLE001  raised again below, to whom it belongs
            raised.append(error)
            return True
        if value:
            found.append(value)
        return bool(value)

    try:
        async with asyncio.timeout(SAFETY_SECONDS):
            await world.until(condition)
    except TimeoutError:
        raise TimeoutError(f"{what} did not happen within {SAFETY_SECONDS:g} s") from None
    if raised:
        raise raised[0]
    return found[0]
