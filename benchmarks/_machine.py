"""The machine: what it is, which core does what, and what a process took of it."""

import gc
import os
import platform
import sys
from pathlib import Path

BOT_CORE, STAGE_CORE = 0, 1
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def described() -> str:
    """One line: processor, cores, kernel, Python."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.machine()
    python = ".".join(map(str, sys.version_info[:3]))
    return f"{name}, {os.cpu_count()} cores, Linux {platform.release()}, Python {python}"


def busy() -> float:
    """The load before a run: from 0.3 on, others use the machine and figures are noisy."""
    return os.getloadavg()[0]


def take_the_stage() -> None:
    """This process keeps to its core, and to what is measured: no collection in between."""
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {STAGE_CORE})
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def pin(process: int) -> None:
    """Before it has begun any thread, so that all of them inherit it."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(process, {BOT_CORE})


def cpu_seconds(process: int) -> float:
    """User and system time so far, of all its threads and of children that ended."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def waited_seconds(process: int) -> float:
    """How long its threads were ready and somebody else had the core: not the bot's doing."""
    waits = (
        path.read_text().split()[1] for path in Path(f"/proc/{process}/task").glob("*/schedstat")
    )
    return sum(map(int, waits)) / 1e9


def memory(process: int) -> int:
    """Resident bytes."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
