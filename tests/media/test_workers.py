"""The processes behind bot.media: what is started, what reaches them, and what ends them."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import FileError, FileFault, MediaError, MediaFailure, ShuttingDownError
from bot.media import Media
from bot.media._frames import Message
from bot.media._pool import WorkerPool
from sandbox.clock import HandClock
from tests.media.workers import MEASURED, ended, environment_of, exists, handles_of
from tests.pictures import a_png

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("PIL", "av", "pypdf", "matplotlib", "numpy")


def opened(clock: HandClock | None = None, **settings: Any) -> Media:
    return Media(clock or HandClock(), environment=MEASURED, **settings)


async def inspected(media: Media) -> tuple[int, int]:
    facts = await media.pictures.inspect(a_png(3, 2), name="cat.png")
    return facts.width, facts.height


async def failure_of(work: Awaitable[object]) -> MediaFailure:
    with pytest.raises(MediaError) as failed:
        await work
    assert failed.value.filename == "cat.png"
    return failed.value.failure


def test_the_bot_itself_never_imports_a_parser() -> None:
    program = f"import sys, bot.media; print([m for m in {HEAVY!r} if m in sys.modules])"

    said = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == "[]"


async def test_no_process_is_started_before_the_first_job_and_one_does_many() -> None:
    async with opened() as media:
        before = media.pids
        await inspected(media)
        first = media.pids
        await inspected(media)

        assert before == ()
        assert len(first) == 1
        assert media.pids == first


async def test_two_jobs_at_once_get_two_processes_and_a_hundred_no_more() -> None:
    async with opened() as media:
        made = await asyncio.gather(*(inspected(media) for _ in range(60)))

        assert made == [(3, 2)] * 60
        assert len(media.pids) == 2


async def test_no_secret_of_the_bot_reaches_the_process_that_reads_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    monkeypatch.setenv("DISCORD_TOKEN", "planted")
    async with opened() as media:
        await inspected(media)
        (pid,) = media.pids

        environment = environment_of(pid)

        assert b"planted" not in environment
        assert b"PATH=" in environment
        assert len(handles_of(pid)) <= 5  # input, output, errors, answers, and one of coverage's


async def test_a_process_that_is_killed_fails_its_job_alone() -> None:
    async with opened(processes=1) as media:
        await inspected(media)
        (pid,) = media.pids
        os.kill(pid, signal.SIGSTOP)
        job = asyncio.ensure_future(inspected(media))
        await asyncio.sleep(0)  # noqa: TID251  a turn of the loop
        os.kill(pid, signal.SIGKILL)

        assert await failure_of(job) is MediaFailure.CRASHED
        assert await inspected(media) == (3, 2)
        await ended(pid)


async def test_a_process_that_died_while_idle_is_replaced_unnoticed() -> None:
    async with opened(processes=1) as media:
        await inspected(media)
        (pid,) = media.pids
        os.kill(pid, signal.SIGKILL)
        await ended(pid)

        assert await inspected(media) == (3, 2)
        assert pid not in media.pids


async def test_a_process_that_hangs_is_given_up_by_the_clock_and_ended() -> None:
    clock = HandClock()
    async with opened(clock, processes=1) as media:
        await inspected(media)
        (pid,) = media.pids
        os.kill(pid, signal.SIGSTOP)
        job = asyncio.ensure_future(inspected(media))
        await clock.advance(4.9)
        early = job.done()
        await clock.advance(0.2)

        assert not early
        assert await failure_of(job) is MediaFailure.TIMED_OUT
        await ended(pid)
        assert await inspected(media) == (3, 2)


async def test_time_spent_waiting_for_a_process_does_not_count() -> None:
    clock = HandClock()
    async with opened(clock, processes=1) as media:
        await inspected(media)
        (pid,) = media.pids
        os.kill(pid, signal.SIGSTOP)
        first = asyncio.ensure_future(inspected(media))
        await clock.advance(3)
        second = asyncio.ensure_future(inspected(media))
        await clock.advance(2.1)

        assert await failure_of(first) is MediaFailure.TIMED_OUT
        assert await second == (3, 2)


async def test_a_file_that_needs_too_much_memory_is_refused_and_the_next_one_is_read() -> None:
    async with opened(processes=1) as media:
        await inspected(media)
        (pid,) = media.pids
        resource.prlimit(pid, resource.RLIMIT_AS, (80 << 20, 80 << 20))
        large = media.pictures.inspect(a_png(4000, 4000), name="cat.png")

        assert await failure_of(large) is MediaFailure.OUT_OF_MEMORY
        assert await inspected(media) == (3, 2)
        assert pid not in media.pids  # what was left of its memory is nobody's risk


async def test_each_process_has_limits_of_memory_and_leaves_no_core_behind() -> None:
    async with opened() as media:
        await inspected(media)
        (pid,) = media.pids

        assert 0 < resource.prlimit(pid, resource.RLIMIT_AS)[1] <= 704 << 20
        assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
        assert 0 < resource.prlimit(pid, resource.RLIMIT_CPU)[0] <= 60


async def test_too_many_waiting_jobs_are_refused_at_once() -> None:
    async with WorkerPool(HandClock(), processes=1, max_waiting=2, environment=MEASURED) as pool:
        job = Message({"job": "pictures.inspect", "limit_s": 5}, [a_png()])
        jobs = [
            asyncio.ensure_future(pool.run(job, limit_s=5, filename="cat.png")) for _ in range(4)
        ]
        done = await asyncio.gather(*jobs, return_exceptions=True)

        refused = [each.failure for each in done if isinstance(each, MediaError)]
        assert refused == [MediaFailure.BUSY]
        assert len([each for each in done if isinstance(each, Message)]) == 3


async def test_a_file_larger_than_any_worker_takes_is_refused_before_one_has_it() -> None:
    async with opened() as media:
        with pytest.raises(FileError) as refused:
            await media.pictures.inspect(bytes((128 << 20) + 1), name="cat.png")

        assert refused.value.fault is FileFault.TOO_LARGE
        assert media.pids == ()


async def test_recordings_of_hours_leave_a_process_to_everybody_else() -> None:
    async with WorkerPool(HandClock(), environment=MEASURED) as pool:
        job = Message({"job": "pictures.inspect", "limit_s": 5}, [a_png()])
        await pool.run(job, limit_s=5)
        (pid,) = pool.pids
        os.kill(pid, signal.SIGSTOP)
        long = [asyncio.ensure_future(pool.run(job, limit_s=600)) for _ in range(3)]
        await asyncio.sleep(0)  # noqa: TID251  a turn of the loop

        await pool.run(job, limit_s=5)
        assert [each.done() for each in long] == [False] * 3

        os.kill(pid, signal.SIGCONT)
        await asyncio.gather(*long)


async def test_quiet_is_when_no_job_is_under_way() -> None:
    async with opened() as media:
        await media.quiet()
        job = asyncio.ensure_future(inspected(media))
        await asyncio.sleep(0)  # noqa: TID251  a turn of the loop

        await media.quiet()

        assert job.done()


async def test_a_process_is_replaced_after_a_number_of_jobs() -> None:
    async with WorkerPool(HandClock(), processes=1, jobs_each=2, environment=MEASURED) as pool:
        job = Message({"job": "pictures.inspect", "limit_s": 5}, [a_png()])
        await pool.run(job, limit_s=5)
        (first,) = pool.pids
        await pool.run(job, limit_s=5)
        await pool.run(job, limit_s=5)
        await ended(first)

        assert len(pool.pids) == 1


async def test_who_gives_up_a_job_ends_its_process() -> None:
    async with opened(processes=1) as media:
        await inspected(media)
        (pid,) = media.pids
        os.kill(pid, signal.SIGSTOP)
        job = asyncio.ensure_future(inspected(media))
        await asyncio.sleep(0)  # noqa: TID251  a turn of the loop
        job.cancel()

        await asyncio.gather(job, return_exceptions=True)
        await ended(pid)
        assert await inspected(media) == (3, 2)


async def test_closing_ends_every_process_and_fails_what_is_under_way() -> None:
    media = opened()
    async with media:
        await asyncio.gather(inspected(media), inspected(media))
        pids = media.pids
        os.kill(pids[0], signal.SIGSTOP)
        os.kill(pids[1], signal.SIGSTOP)
        jobs = [asyncio.ensure_future(inspected(media)) for _ in range(3)]
        await asyncio.sleep(0)  # noqa: TID251  a turn of the loop

    failed = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(each) for each in failed] == [ShuttingDownError] * 3
    assert [pid for pid in pids if exists(pid)] == []
    with pytest.raises(ShuttingDownError):
        await inspected(media)


async def test_a_process_ends_with_a_bot_that_is_killed() -> None:
    program = (
        "import asyncio, sys\n"
        "from bot.domain.clock import SystemClock\n"
        "from bot.media import Media\n"
        "async def main():\n"
        "    media = Media(SystemClock())\n"
        "    await media.pictures.inspect(sys.stdin.buffer.read(), name='x')\n"
        "    print(*media.pids, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert bot.stdin is not None
    assert bot.stdout is not None
    bot.stdin.write(a_png())
    bot.stdin.close()
    pid = int(await bot.stdout.readline())
    bot.kill()
    await bot.wait()

    await ended(pid, orphan=True)
