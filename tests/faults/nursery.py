"""A fork server: imports the bot once, then starts it as often as it is told, one after the other.

    python -m tests.faults.nursery LOG POINTS

Each line of standard input is a JSON object {"kill_at": point or 0, "later": seconds, "settings":
{...}}; the answers are the child's process id, and after its end how it ended, as waitpid has it.
"""

import asyncio
import json
import os
import sys
import time
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import uvloop

from bot import app, logs
from bot.client import EXTENSIONS
from bot.settings import Settings
from tests.faults.points import Points

SPEED = 10
"""How much faster the bot's time goes: its pauses are no part of what is tested."""


class FastClock:
    """One time for all children, so that none begins before those that have died."""

    def __init__(self, later: float) -> None:
        self._later = later

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 12, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return time.monotonic() * SPEED % 10**7 + self._later  # noqa: TID251  a clock

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)  # noqa: TID251  a clock


def live(order: dict[str, Any], log: Path, points: Points) -> None:
    """The child: the bot as `python -m bot run` runs it, on the same event loop."""
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    os.dup2(2, 1)
    logs.configure("INFO", "json")
    settings = Settings(_env_file=None, **order["settings"])  # pyright: ignore[reportCallIssue]  pydantic's
    loop = uvloop.new_event_loop()
    loop.set_task_factory(points.task)
    points.watch(sa.Engine)
    asyncio.set_event_loop(loop)
    points.begin(order["kill_at"])
    loop.run_until_complete(app.run(settings, clock=FastClock(order["later"])))


def forked(order: dict[str, Any], log: Path, points: Points) -> int:
    process = os.fork()
    if process == 0:
        try:
            live(order, log, points)
        except BaseException:  # noqa: BLE001  told to whoever reads the log
            traceback.print_exc()
        finally:
            os._exit(1)  # no child may live on as its parent
    return process


def serve(log: Path, points: Points) -> None:
    for extension in EXTENSIONS:
        __import__(extension)
    for line in sys.stdin:
        process = forked(json.loads(line), log, points)
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()
        _, status = os.waitpid(process, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    match sys.argv[1:]:
        case [log, points]:
            serve(Path(log), Points(Path(points)))
        case _:
            sys.exit(__doc__)
