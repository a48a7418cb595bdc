"""Background work that can't vanish."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from bot.domain.clock import Clock

log = logging.getLogger(__name__)
_running: set[asyncio.Task[None]] = set()


def spawn(work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
    """Run `work` beside everything else; if it fails, the log says so."""
    task = asyncio.create_task(work, name=name)  # noqa: TID251  the one place that may
    _running.add(task)  # the event loop alone keeps only a weak reference
    task.add_done_callback(_finished)
    return task


async def drain(timeout: float, clock: Clock) -> tuple[str, ...]:  # noqa: ASYNC109  by our clock
    """Wait up to `timeout` seconds until all work has ended, also work that is spawned meanwhile.

    Nothing is cancelled: a task may be in the database. What is still running then is named.
    """
    patience = asyncio.ensure_future(clock.sleep(timeout))
    try:
        while (tasks := _others()) and not patience.done():
            await asyncio.wait({*tasks, patience}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        patience.cancel()
    return tuple(sorted(task.get_name() for task in _others()))


def _others() -> set[asyncio.Task[None]]:
    """What runs on this loop, without the task that asks: it would wait for itself."""
    loop, current = asyncio.get_running_loop(), asyncio.current_task()
    return {
        task
        for task in _running
        if task is not current and not task.done() and task.get_loop() is loop
    }


def _finished(task: asyncio.Task[None]) -> None:
    _running.discard(task)
    if not task.cancelled() and (error := task.exception()):
        log.error("Background task %s failed", task.get_name(), exc_info=error)
