"""What services use: one object, built without a process, closed with all of them."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from bot.domain.clock import Clock
from bot.media._calls import Calls
from bot.media._charts import Charts
from bot.media._documents import Documents
from bot.media._pictures import Pictures
from bot.media._pool import WorkerPool
from bot.media._sounds import Sounds


class Media:
    """Used as `async with`. Every method may raise, beside what it says:

    MediaError         the worker crashed, or was out of memory or time, or too many jobs wait
    ShuttingDownError  the block has ended

    environment  for the workers, beside PATH and locale; nothing else of ours reaches them
    """

    def __init__(
        self,
        clock: Clock,
        *,
        processes: int = 2,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._pool = WorkerPool(clock, processes=processes, environment=environment)
        calls = Calls(self._pool)
        self.pictures = Pictures(calls)
        self.sounds = Sounds(calls)
        self.documents = Documents(calls)
        self.charts = Charts(calls)

    @property
    def pids(self) -> tuple[int, ...]:
        """The worker processes there are now; none before the first job."""
        return self._pool.pids

    async def quiet(self) -> None:
        """Until no job is under way: a test's clock must not outrun a process that is at work."""
        await self._pool.quiet()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._pool.close()
