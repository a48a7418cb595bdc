"""All of it, one after the other; about ten minutes at full size.

python -m benchmarks --scale 0.1
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from benchmarks import _machine, acknowledged, footprint, many, page, stream, window

_BUSY = 0.3
Part = Callable[[], Coroutine[Any, Any, str]]


def parts(scale: float) -> list[Part]:
    """What is measured, at this share of the full size."""

    def of(count: int) -> int:
        return max(2, round(count * scale))

    return [
        lambda: stream.compare(answers=of(100), way="slash"),
        lambda: stream.compare(answers=of(200), way="slash"),
        lambda: stream.compare(answers=of(200), way="mention"),
        lambda: many.compare([of(count) for count in many.STEPS]),
        lambda: acknowledged.compare(streams=of(200), rate=of(100), slow="api"),
        lambda: acknowledged.compare(streams=of(200), rate=of(100), slow="database"),
        lambda: window.compare(of(2_000_000)),
        lambda: footprint.compare(guilds=of(2500), channels=of(1000)),
        lambda: page.compare(of(5000)),
    ]


async def run(scale: float) -> None:
    for part in parts(scale):
        sys.stdout.write(f"{await part()}\n\n")
        sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full size")
    options = parser.parse_args()
    busy = _machine.busy()
    _machine.take_the_stage()
    sys.stdout.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC. {_machine.described()}.\n")
    sys.stdout.write(f"Load before: {busy:.2f}.")
    sys.stdout.write(
        " Others use this machine: the figures are noisy.\n\n" if busy > 0.3 else "\n\n"
    )
    asyncio.run(run(options.scale))


if __name__ == "__main__":
    main()
