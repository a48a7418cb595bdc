"""How many answers at 50 tokens a second one core can show, with token lag p99 below 50 ms.

python -m benchmarks.many --steps 50 100 200
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from benchmarks import _machine
from benchmarks._figures import percentile, ratio, seconds, table
from benchmarks._stage import OURS, PLAIN
from benchmarks.stream import Measured, measure

STEPS = (50, 100, 150, 200, 300, 400, 500)
LAG_S = 0.05
_APART_S = 0.03  # what a beginning costs is measured elsewhere
_TOGETHER_S = 4


async def climb(command: Sequence[str], steps: Sequence[int]) -> list[Measured]:
    """Measure step by step, up to the first that is too much."""
    found: list[Measured] = []
    for answers in steps:
        words = round(50 * (answers * _APART_S + _TOGETHER_S))
        found.append(
            await measure(
                command, answers=answers, way="slash", words=words, apart=_APART_S, steady=True
            )
        )
        if not _good(found[-1]):
            break
    return found


def _good(measured: Measured) -> bool:
    return measured.lost == 0 and percentile(measured.lag, 99) < LAG_S


async def compare(steps: Sequence[int]) -> str:
    climbed = {"Switchboard": await climb(OURS, steps), "plain bot": await climb(PLAIN, steps)}
    most = {
        name: max((each.answers for each in found if _good(each)), default=0)
        for name, found in climbed.items()
    }
    rows = [
        (
            f"{answers} answers: token lag p99",
            *(
                next((_shown(each) for each in found if each.answers == answers), "")
                for found in climbed.values()
            ),
            "",
        )
        for answers in dict.fromkeys(steps)
    ]
    ours, plain = most.values()
    last = ("most with p99 below 50 ms", f"{ours}", f"{plain}", ratio(plain, ours))
    return table(["answers at once, 50 tokens/s each", *climbed, "ratio"], [*rows, last])


def _shown(measured: Measured) -> str:
    lost = f", {measured.lost} lost" if measured.lost else ""
    noise = f"stage {measured.stage_cpu:.0%}, others {measured.waited:.0%}"
    return f"{seconds(percentile(measured.lag, 99))}{lost} ({noise})"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many", description=__doc__)
    parser.add_argument("--steps", type=int, nargs="+", default=STEPS)
    options = parser.parse_args()
    _machine.take_the_stage()
    sys.stdout.write(f"{asyncio.run(compare(options.steps))}\n")


if __name__ == "__main__":
    main()
