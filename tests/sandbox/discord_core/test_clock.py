import asyncio
import logging
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox._tasks import Tasks
from sandbox.clock import HandClock, SystemClock
from sandbox.discord.snowflakes import Snowflakes, created_at


def start(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    return Tasks().spawn(work, name="test")


async def test_sleepers_wake_in_order_each_at_its_own_time() -> None:
    clock = HandClock()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, *naps: float) -> None:
        for nap in naps:
            await clock.sleep(nap)
            woken.append((name, clock.monotonic()))

    tasks = [start(sleeper("a", 3, 3)), start(sleeper("b", 5))]
    await clock.advance(10)

    assert woken == [("a", 3), ("b", 5), ("a", 6)]
    assert all(task.done() for task in tasks)
    assert clock.monotonic() == 10


async def test_no_time_passes_by_itself() -> None:
    clock = HandClock(datetime(2026, 2, 3, tzinfo=UTC))
    task = start(clock.sleep(0.001))
    await clock.advance(0)

    assert not task.done()
    assert clock.now() == datetime(2026, 2, 3, tzinfo=UTC)
    await clock.advance(1)
    assert task.done()
    assert clock.now() == datetime(2026, 2, 3, tzinfo=UTC) + timedelta(seconds=1)


async def test_a_cancelled_sleeper_does_not_hold_up_the_others() -> None:
    clock = HandClock()
    first, second = (start(clock.sleep(1)) for _ in "12")
    await clock.advance(0)
    first.cancel()

    await clock.advance(1)

    assert second.done()


async def test_the_system_clock_goes_forward() -> None:
    clock = SystemClock()
    before = clock.monotonic()

    await clock.sleep(0)

    assert clock.monotonic() >= before
    assert clock.now().tzinfo is UTC


async def test_a_task_that_fails_is_logged_and_the_others_are_ended(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tasks = Tasks()

    async def fail() -> None:
        raise ValueError("broken")

    forever = tasks.spawn(asyncio.Event().wait(), name="forever")
    with caplog.at_level(logging.ERROR):
        tasks.spawn(fail(), name="failing")
        await HandClock().advance(0)  # lets it run
    await tasks.close()

    assert "failing" in caplog.text
    assert forever.cancelled()


def test_snowflakes_grow_and_carry_the_time() -> None:
    clock = HandClock()
    snowflakes = Snowflakes(clock)

    ids = [snowflakes.next() for _ in range(5000)]
    past = [snowflakes.past() for _ in range(10)]

    assert sorted(set(ids)) == ids
    assert created_at(ids[0]) == clock.now()
    assert len({snowflake >> 22 for snowflake in past}) == 10
    assert max(past) < ids[0]
