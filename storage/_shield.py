"""Finishing what the database has begun, whatever happens to the task that asked for it."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def finished(work: Awaitable[T]) -> T:
    """Await `work` to its end; a cancellation goes on only after that.

    A statement that is left in the middle keeps SQLite's one connection busy, and the next writer
    waits for a lock that nobody will give back.
    """
    task = asyncio.ensure_future(work)  # kept by this frame, which outlives it
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled from (None if task.cancelled() else task.exception())
    return task.result()
