"""Many answers at once: how soon each word is seen, what it costs, and what is lost.

python -m benchmarks.stream --answers 50 --way slash
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import _machine
from benchmarks._figures import percentile, ratio, seconds, table
from benchmarks._model import Said
from benchmarks._stage import OURS, PLAIN, Seen, Stage, stage

APART_S = 0.01
WORDS = 400
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds, unless said otherwise.

    asking     event in Discord to request at the model, by answer
    lag        age of the oldest word that was written and missing when a change arrived, by change
    first      first word to visible text, by answer
    delay      word to screen, by word
    last       last word to the final text, by answer
    cpu        of the bot, for 1,000 words
    stage_cpu  share of its core that the stage itself needed: over 0.8, it is the limit
    waited     share of the time in which others had the bot's core: over 0.05, the times are theirs
    refused    429s for 1,000 answers
    """

    answers: int
    lost: int
    asking: list[float]
    lag: list[float]
    first: list[float]
    delay: list[float]
    last: list[float]
    acked: list[float]
    cpu: float
    stage_cpu: float
    waited: float
    refused: float


async def measure(
    command: Sequence[str],
    *,
    answers: int,
    way: str,
    words: int = WORDS,
    apart: float = APART_S,
    steady: bool = False,
) -> Measured:
    """Let `answers` begin `apart` seconds from each other, and look at each until it is whole.

    steady  of token lag, only what was shown once all had begun
    """
    rate = 50.0
    async with stage(command, channels=answers) as here:
        warm = [await here.ask(way, words=3, delay=0) for _ in range(min(answers, 20))]
        await here.ended(warm, within=_PATIENCE_S)
        await asyncio.sleep(3)
        loop = asyncio.get_running_loop()
        waited = _machine.waited_seconds(here.pid)
        refused, cpu = here.refused, _machine.cpu_seconds(here.pid)
        own, began = _machine.cpu_seconds(os.getpid()), loop.time()
        numbers: list[int] = []
        for each in range(answers):
            await asyncio.sleep(max(0.0, began + each * apart - loop.time()))
            numbers.append(await here.ask(way, words=words, rate=rate))
        settled = time.monotonic() + 1
        lost = await here.ended(numbers, within=words / rate + _PATIENCE_S)
        took = loop.time() - began
        spent = _machine.cpu_seconds(here.pid) - cpu
        return _measured(
            here,
            [number for number in numbers if number not in lost],
            lost=len(lost),
            since=settled if steady else 0.0,
            cpu=spent / (answers * words) * 1000,
            stage_cpu=(_machine.cpu_seconds(os.getpid()) - own) / took,
            waited=(_machine.waited_seconds(here.pid) - waited) / took,
            refused=(here.refused - refused) / answers * 1000,
        )


def _measured(
    here: Stage,
    numbers: Sequence[int],
    *,
    lost: int,
    since: float,
    cpu: float,
    stage_cpu: float,
    waited: float,
    refused: float,
) -> Measured:
    pairs = [(here.seen[number], here.model.said[number]) for number in numbers]
    return Measured(
        answers=len(numbers) + lost,
        lost=lost,
        asking=[said.requested_at - seen.asked_at for seen, said in pairs],
        lag=[lag for pair in pairs for lag in _lags(*pair, since)],
        first=[seen.shown[0][0] - said.written[0] for seen, said in pairs],
        delay=[delay for pair in pairs for delay in _delays(*pair)],
        last=[
            next(at for at, count in seen.shown if count == said.words) - said.written[-1]
            for seen, said in pairs
        ],
        acked=[seen.acked_at - seen.asked_at for seen, _ in pairs if seen.acked_at is not None],
        cpu=cpu,
        stage_cpu=stage_cpu,
        waited=waited,
        refused=refused,
    )


def _lags(seen: Seen, said: Said, since: float) -> list[float]:
    return [
        max(0.0, at - said.written[count])
        for at, count in seen.shown
        if count < len(said.written) and at > since
    ]


def _delays(seen: Seen, said: Said) -> list[float]:
    found: list[float] = []
    for at, count in seen.shown:
        found += [at - said.written[word] for word in range(len(found), count)]
    return found


def rows(measured: Measured) -> list[tuple[str, float, str]]:
    """What the table shows: name, number, and the number as text."""
    m = measured

    def mean(values: Sequence[float]) -> float:
        return sum(values) / len(values) if values else float("nan")

    timed = [
        ("event to API request, p50", percentile(m.asking, 50)),
        ("event to API request, p99", percentile(m.asking, 99)),
        ("token lag, p50", percentile(m.lag, 50)),
        ("token lag, p99", percentile(m.lag, 99)),
        ("first token to visible text, p95", percentile(m.first, 95)),
        ("token to screen, mean", mean(m.delay)),
        ("last token to final text, p95", percentile(m.last, 95)),
    ]
    if m.acked:
        timed.append(("acknowledged, p99", percentile(m.acked, 99)))
    return [
        *((name, value, seconds(value)) for name, value in timed),
        ("CPU seconds per 1,000 tokens", m.cpu, f"{m.cpu:.3f}"),
        ("429s per 1,000 answers", m.refused, f"{m.refused:.0f}"),
        ("finals lost", float(m.lost), f"{m.lost} of {m.answers}"),
        ("(stage's share of its core)", 0.0, f"{m.stage_cpu:.0%}"),
        ("(others had the bot's core)", 0.0, f"{m.waited:.0%}"),
    ]


async def compare(*, answers: int, way: str, words: int = WORDS) -> str:
    ours = rows(await measure(OURS, answers=answers, way=way, words=words))
    plain = rows(await measure(PLAIN, answers=answers, way=way, words=words))
    by = "/chat" if way == "slash" else "mention"
    return table(
        [
            f"{answers} answers of {words} words, {APART_S * 1000:g} ms apart, by {by}",
            "Switchboard",
            "plain bot",
            "ratio",
        ],
        (
            (name, shown, other_shown, ratio(value, other))
            for (name, value, shown), (_, other, other_shown) in zip(ours, plain, strict=True)
        ),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stream", description=__doc__)
    parser.add_argument("--answers", type=int, default=50)
    parser.add_argument("--words", type=int, default=WORDS)
    parser.add_argument("--way", choices=("slash", "mention"), default="slash")
    parser.add_argument("--only", choices=("ours", "plain"))
    options = parser.parse_args()
    _machine.take_the_stage()
    sys.stdout.write(f"{_machine.described()}; load before {_machine.busy():.2f}\n\n")
    more = {"answers": options.answers, "way": options.way, "words": options.words}
    if options.only:
        command = OURS if options.only == "ours" else PLAIN
        found = asyncio.run(measure(command, **more))
        shown = table([f"{options.only}", ""], [(name, text) for name, _, text in rows(found)])
    else:
        shown = asyncio.run(compare(**more))
    sys.stdout.write(f"{shown}\n")


if __name__ == "__main__":
    main()
