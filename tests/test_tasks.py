import asyncio
import logging

import pytest

from bot.domain.clock import SystemClock
from bot.tasks import drain, spawn


class HandClock(SystemClock):
    """Sleeps until it is told to wake."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.asleep = asyncio.Event()
        self.wake = asyncio.Event()

    async def sleep(self, seconds: float) -> None:  # pyright: ignore[reportImplicitOverride]
        self.slept.append(seconds)
        self.asleep.set()
        await self.wake.wait()


async def turn_of_the_loop() -> None:
    await asyncio.ensure_future(_nothing())


async def _nothing() -> None: ...


async def test_work_that_fails_is_logged_by_its_name(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise ValueError("broken")

    task = spawn(fail(), name="mending")
    await asyncio.wait([task])
    await turn_of_the_loop()

    assert [record.getMessage() for record in caplog.records] == ["Background task mending failed"]
    assert caplog.records[0].levelno == logging.ERROR
    assert caplog.records[0].exc_info


async def test_work_that_was_cancelled_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    task = spawn(_forever(), name="waiting")
    task.cancel()
    await asyncio.wait([task])

    assert caplog.records == []


async def _forever() -> None:
    await asyncio.Event().wait()


async def test_drain_waits_for_work_and_for_what_that_work_started() -> None:
    clock, done = HandClock(), list[str]()

    async def second() -> None:
        await turn_of_the_loop()
        done.append("second")

    async def first() -> None:
        await turn_of_the_loop()
        spawn(second(), name="second")
        done.append("first")

    spawn(first(), name="first")
    left = await drain(30, clock)

    assert left == ()
    assert done == ["first", "second"]
    assert clock.slept == [30]


async def test_drain_gives_up_after_its_time_and_names_what_still_runs_uncancelled() -> None:
    clock = HandClock()
    slow = spawn(_forever(), name="slow")
    draining = asyncio.ensure_future(drain(30, clock))
    await clock.asleep.wait()

    clock.wake.set()

    assert await draining == ("slow",)
    assert not slow.cancelled()
    slow.cancel()


async def test_work_that_drains_does_not_wait_for_itself() -> None:
    left: list[tuple[str, ...]] = []

    async def last() -> None:
        left.append(await drain(30, HandClock()))

    await spawn(last(), name="last")

    assert left == [()]
