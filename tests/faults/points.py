"""Every resumption of a task of the bot is a point, counted; at one of them it dies by SIGKILL.

So is every statement and every commit, since a whole transaction may be one visit to a thread.

The count is in memory that the process shares with whoever watches it, so that it can be read and
the place of death be set from outside, at any time.
"""

import asyncio
import mmap
import os
import signal
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event
from typing_extensions import override

_CELLS, _PLACE = 16, 1024  # two numbers, then the place of death in words


class Points:
    """passed  how many there were; kill_at: the one that is not survived, 0 for none."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(bytes(_CELLS + _PLACE))
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), _CELLS + _PLACE)
        self._numbers = memoryview(self._memory)[:_CELLS].cast("Q")

    @property
    def passed(self) -> int:
        return self._numbers[0]

    @property
    def place(self) -> str:
        """Where it died."""
        return self._memory[_CELLS:].rstrip(b"\0").decode("utf-8", "replace")

    def begin(self, kill_at: int) -> None:
        self._memory[:] = bytes(_CELLS + _PLACE)
        self._numbers[1] = kill_at

    def arm(self, further: int) -> int:
        """Die `further` points from here; which one that is."""
        self._numbers[1] = self._numbers[0] + further
        return self._numbers[1]

    def reach(self, where: Callable[[], str]) -> None:
        self._numbers[0] += 1
        # Not ==: it may be armed while points pass.
        if 0 < self._numbers[1] <= self._numbers[0]:
            place = where().encode()[:_PLACE]
            self._memory[_CELLS : _CELLS + len(place)] = place
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, engines: Any) -> None:
        """Count what goes to databases, each just before it does."""

        def execute(_c: object, _u: object, statement: str, *_: object) -> None:
            self.reach(lambda: statement)

        event.listen(engines, "before_cursor_execute", execute)
        event.listen(engines, "commit", lambda _: self.reach(lambda: "COMMIT"))

    def task(
        self, loop: asyncio.AbstractEventLoop, work: Any, **options: Any
    ) -> "asyncio.Task[Any]":
        """A task factory."""
        return asyncio.Task(_Counted(work, self), loop=loop, **options)


def _place(coroutine: Any) -> str:
    """All that awaits each other there, the innermost first, as function and line."""
    awaits: list[str] = []
    while (frame := getattr(coroutine, "cr_frame", None)) is not None:
        awaits.append(f"{frame.f_code.co_qualname}:{frame.f_lineno}")
        coroutine = getattr(coroutine, "cr_await", None)
    return " < ".join(reversed(awaits))


class _Counted(Coroutine[Any, Any, Any]):
    """A coroutine of which each step is a point."""

    def __init__(self, work: Any, points: Points) -> None:
        self._work = work
        self._points = points

    def __getattr__(self, name: str) -> Any:  # cr_frame and the like, which libraries look at
        return getattr(self._work, name)

    @override
    def send(self, value: Any, /) -> Any:
        self._points.reach(partial(_place, self._work))
        return self._work.send(value)

    @override
    def throw(self, *error: Any) -> Any:
        self._points.reach(partial(_place, self._work))
        return self._work.throw(*error)

    @override
    def close(self) -> None:
        self._work.close()

    @override
    def __await__(self) -> Generator[Any, Any, Any]:
        return self._work.__await__()
