"""The fork server, from outside: bots that are started, die at a point, and are started again."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from tests.faults.environment import plain
from tests.faults.points import Points

PROJECT = Path(__file__).parents[2]


class Child:
    def __init__(self, process: int, ended: "asyncio.Future[int]") -> None:
        self._process = process
        self.ended = ended

    @property
    def alive(self) -> bool:
        return not self.ended.done()

    async def kill(self) -> None:
        if self.alive:
            os.kill(self._process, signal.SIGKILL)
        await self.ended


class Nursery:
    """One child at a time; what all of them logged is in `log`."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path, points: Points) -> None:
        self._process = process
        self._child: Child | None = None
        self.log = log
        self.points = points

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path) -> AsyncGenerator[Self, None]:
        log, points = folder / "children.log", folder / "points"
        shared = Points(points)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.nursery", str(log), str(points)),
            cwd=PROJECT,
            env=plain(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        nursery = cls(process, log, shared)
        try:
            yield nursery
        finally:
            if nursery._child is not None:
                await nursery._child.kill()
            assert process.stdin is not None
            process.stdin.close()
            await process.wait()

    async def start(self, settings: dict[str, Any], *, kill_at: int, later: float) -> Child:
        assert self._process.stdin is not None
        order = {"settings": settings, "kill_at": kill_at, "later": later}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        process = int(await self._line())
        self._child = Child(process, asyncio.ensure_future(self._status()))
        return self._child

    async def _status(self) -> int:
        return int(await self._line())

    async def _line(self) -> bytes:
        assert self._process.stdout is not None
        return await self._process.stdout.readline()
