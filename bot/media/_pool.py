"""Worker processes for what parsers do: kept warm, bounded, replaced when one breaks."""

import asyncio
import logging
from collections.abc import Generator, Mapping
from contextlib import AsyncExitStack, contextmanager
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from bot.domain.clock import Clock
from bot.domain.errors import MediaError, MediaFailure, ShuttingDownError
from bot.media._frames import FrameError, Message
from bot.media._process import WorkerProcess
from bot.tasks import spawn

log = logging.getLogger(__name__)

PROCESSES = 2
JOBS_EACH = 500  # then a fresh one: what libraries leak is bounded too
MAX_WAITING = 64
LONG_S = 60.0  # jobs that may take longer leave a process to the others, where there are two
GRACE_S = 2.0  # for a process to end by itself, once it is told to


class WorkerPool:
    """At most `processes` workers; none is started before the first job needs it."""

    def __init__(
        self,
        clock: Clock,
        *,
        processes: int = PROCESSES,
        jobs_each: int = JOBS_EACH,
        max_waiting: int = MAX_WAITING,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._clock = clock
        self._free = asyncio.Semaphore(processes)
        self._long = asyncio.Semaphore(max(1, processes - 1))
        self._jobs_each = jobs_each
        self._max_waiting = max_waiting
        self._environment = environment or {}
        self._waiting = 0
        self._under_way = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._idle: list[WorkerProcess] = []
        self._all: set[WorkerProcess] = set()
        self._scratch: TemporaryDirectory[str] | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes there are now."""
        return tuple(each.pid for each in self._all if each.alive)

    async def run(self, message: Message, *, limit_s: float, filename: str = "") -> Message:
        """Do one job, in at most `limit_s` seconds from when a worker has it.

        Raises:
            MediaError: the worker crashed, was out of memory or time, or too many jobs wait.
            ShuttingDownError: the pool is closed.
        """
        if self._waiting >= self._max_waiting:
            raise MediaError(MediaFailure.BUSY, filename)
        async with AsyncExitStack() as places:
            self._waiting += 1
            try:
                if limit_s > LONG_S:
                    await places.enter_async_context(self._long)
                await places.enter_async_context(self._free)
            finally:
                self._waiting -= 1
            places.enter_context(self._at_work())
            return await self._given(message, limit_s, filename)

    @contextmanager
    def _at_work(self) -> Generator[None]:
        self._under_way += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._quiet.set()

    async def quiet(self) -> None:
        """Until no job is under way: a test's clock must not outrun a process that is at work."""
        await self._quiet.wait()

    async def _given(self, message: Message, limit_s: float, filename: str) -> Message:
        worker = await self._worker()
        answer: Message | None = None
        try:
            answer = await self._within(limit_s, worker, message)
            return answer  # noqa: TRY300  `finally` looks at it
        except TimeoutError:
            raise MediaError(MediaFailure.TIMED_OUT, filename) from None
        except (OSError, EOFError, FrameError) as error:
            if self._closed:
                raise ShuttingDownError from error
            log.warning("A media worker broke down: %s", type(error).__name__)
            raise MediaError(MediaFailure.CRASHED, filename) from error
        finally:
            if answer is None or self._closed:
                self._end(worker)
            elif answer.facts.get("tired") or worker.jobs >= self._jobs_each:
                self._end(worker, politely=True)
            else:
                self._idle.append(worker)

    async def _worker(self) -> WorkerProcess:
        while self._idle:
            if (worker := self._idle.pop()).alive:
                return worker
            self._all.discard(worker)
        if self._closed:
            raise ShuttingDownError
        if self._scratch is None:
            self._scratch = TemporaryDirectory(prefix="switchboard-", ignore_cleanup_errors=True)
        worker = await WorkerProcess.start(self._scratch.name, self._environment)
        self._all.add(worker)
        if self._closed:  # meanwhile
            self._end(worker)
            raise ShuttingDownError
        return worker

    async def _within(self, limit_s: float, worker: WorkerProcess, message: Message) -> Message:
        work = asyncio.ensure_future(worker.ask(message))
        patience = asyncio.ensure_future(self._clock.sleep(limit_s))
        try:
            await asyncio.wait((work, patience), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise TimeoutError
            return work.result()
        finally:
            work.cancel()
            patience.cancel()
            await asyncio.gather(work, patience, return_exceptions=True)

    def _end(self, worker: WorkerProcess, *, politely: bool = False) -> None:
        if not politely:
            worker.kill()
        spawn(self._seen_off(worker), name="media worker's end")

    async def _seen_off(self, worker: WorkerProcess) -> None:
        """Until the process has really ended: nothing is left behind, not even its number."""
        worker.dismiss()
        ended = asyncio.ensure_future(worker.ended())
        patience = asyncio.ensure_future(self._clock.sleep(GRACE_S))
        await asyncio.wait((ended, patience), return_when=asyncio.FIRST_COMPLETED)
        patience.cancel()
        worker.kill()
        await ended
        self._all.discard(worker)

    async def close(self) -> None:
        """End all workers; a job under way fails with ShuttingDownError."""
        self._closed = True
        idle, self._idle = self._idle, []
        for worker in self._all.difference(idle):
            worker.kill()
        await asyncio.gather(*(self._seen_off(worker) for worker in tuple(self._all)))
        if self._scratch is not None:
            self._scratch.cleanup()
