"""How soon people are acknowledged while the bot is busy and what it waits for is slow.

python -m benchmarks.acknowledged --streams 200 --rate 100 --slow database
"""

import argparse
import asyncio
import sqlite3
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import _machine
from benchmarks._figures import percentile, ratio, seconds, table
from benchmarks._stage import OURS, PLAIN, stage

_LOCKED_S, _FREE_S = 0.5, 0.1
_SLOW_API_S = 10.0
_TOO_LATE_S = 3.0


@dataclass(frozen=True, slots=True)
class Acknowledged:
    asked: int
    late: int  # not within Discord's three seconds, or never
    waits: list[float]


async def measure(
    command: Sequence[str], *, streams: int, rate: int, slow: str, lasting: int = 10
) -> Acknowledged:
    asked = rate * lasting
    folders: list[Path] = []
    async with stage(
        command, channels=streams + asked, prepare=lambda _, folder: folders.append(folder)
    ) as here:
        for _ in range(streams):
            await here.ask("slash", words=50 * (lasting + 20))
            await asyncio.sleep(0.01)
        await asyncio.sleep(3)
        loop = asyncio.get_running_loop()
        numbers: list[int] = []
        with _slow_database(folders[0] / "bot.db", on=slow == "database" and command is OURS):
            began = loop.time()
            for each in range(asked):
                await asyncio.sleep(max(0.0, began + each / rate - loop.time()))
                delay = _SLOW_API_S if slow == "api" else 0.0
                numbers.append(await here.ask("slash", words=3, delay=delay))
            await asyncio.sleep(_TOO_LATE_S + 1)
        waits = [
            seen.acked_at - seen.asked_at
            for seen in (here.seen[number] for number in numbers)
            if seen.acked_at is not None
        ]
    late = asked - len([wait for wait in waits if wait < _TOO_LATE_S])
    return Acknowledged(asked, late, waits)


@contextmanager
def _slow_database(path: Path, *, on: bool) -> Generator[None, None, None]:
    """Somebody else writes to the file most of the time, as a disk that hangs."""
    done = threading.Event()

    def write() -> None:
        connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        while not done.wait(_FREE_S):
            connection.execute("BEGIN IMMEDIATE")
            done.wait(_LOCKED_S)
            connection.execute("ROLLBACK")
        connection.close()

    thread = threading.Thread(target=write)
    if on:
        thread.start()
    try:
        yield
    finally:
        done.set()
        if on:
            thread.join()


async def compare(*, streams: int, rate: int, slow: str) -> str:
    ours = await measure(OURS, streams=streams, rate=rate, slow=slow)
    plain = await measure(PLAIN, streams=streams, rate=rate, slow=slow)
    head = f"{rate} commands/s beside {streams} streams, {slow} slow"

    def row(percent: float) -> tuple[str, str, str, str]:
        one, other = percentile(ours.waits, percent), percentile(plain.waits, percent)
        name = "acknowledged, max" if percent == 100 else f"acknowledged, p{percent:g}"
        return name, seconds(one), seconds(other), ratio(one, other)

    missed = "not within 3 s", f"{ours.late} of {ours.asked}", f"{plain.late} of {plain.asked}", ""
    return table([head, "Switchboard", "plain bot", "ratio"], [row(50), row(99), row(100), missed])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.acknowledged", description=__doc__)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--rate", type=int, default=100, help="new commands a second")
    parser.add_argument("--slow", choices=("api", "database", "nothing"), default="database")
    options = parser.parse_args()
    _machine.take_the_stage()
    found = asyncio.run(compare(streams=options.streams, rate=options.rate, slow=options.slow))
    sys.stdout.write(f"{found}\n")


if __name__ == "__main__":
    main()
