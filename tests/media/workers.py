"""What tests know about the processes behind bot.media."""

import asyncio
import os
from pathlib import Path

from typing_extensions import override

from sandbox.clock import HandClock

# Coverage is measured in the workers too; nothing else reaches them.
MEASURED = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}


class StandingClock(HandClock):
    """Its time never moves, so it need not remember who sleeps, a hundred thousand times over."""

    @override
    async def sleep(self, seconds: float) -> None:
        await asyncio.get_running_loop().create_future()


def memory_of(pid: int | str = "self") -> int:
    """Bytes that a process holds right now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_of(pid: int) -> int:
    """Bytes of memory that a process ever held at once."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split("kB")[0]) << 10


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def handles_of(pid: int) -> list[str]:
    return [each.name for each in Path(f"/proc/{pid}/fd").iterdir()]


async def ended(pid: int, *, orphan: bool = False) -> None:
    """Wait for the real end of a process, however long that takes.

    orphan  its parent is gone, so that it may stay a zombie for ever
    """
    while exists(pid) and not (orphan and _is_zombie(pid)):  # noqa: ASYNC110  nothing tells of it
        await asyncio.sleep(0.001)  # noqa: TID251
    for _ in range(3):
        await asyncio.sleep(0)  # noqa: TID251  the loop hears of its closed pipes


def _is_zombie(pid: int) -> bool:
    return ") Z " in Path(f"/proc/{pid}/stat").read_text("ascii")


def exists(pid: int) -> bool:
    """Also True for a process that has ended and that nobody has asked about: a zombie."""
    return Path(f"/proc/{pid}").exists()
