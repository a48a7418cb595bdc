"""Promise 4: killed at any await, the bot has lost nothing, pretends nothing, and goes on.

SWITCHBOARD_KILLS sets how many kills, SWITCHBOARD_SEED which points; what fails names both.  The
sandbox and the people live here, the bot in processes of a fork server; a point is a resumption of
one of its tasks (see Points).  Which await has which number depends on sockets and threads, so the
same seed comes close to the same place, not always to the very same.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest

from sandbox.clock import HandClock
from sandbox.server import Sandbox
from tests.factories import NOON
from tests.faults.children import Child, Nursery
from tests.faults.play import Play
from tests.faults.verdict import TURNS, problems
from tests.faults.world import World

KILLS = int(os.environ.get("SWITCHBOARD_KILLS", "30"))
SEED = int(os.environ.get("SWITCHBOARD_SEED", "1"))
KILLS_EACH = 15  # of one world and one database file
START = "start"
KILLED = -9


class Point(NamedTuple):
    """The n-th point of a step of the play, or of the way from the start until all is mended."""

    step: str
    n: int


@dataclass(slots=True)
class Tally:
    places: Counter[str] = field(default_factory=Counter[str])
    interrupted: int = 0
    questions: int = 0


@asynccontextmanager
async def new_world(nursery: Nursery, database: Path) -> AsyncGenerator[World, None]:
    clock = HandClock(NOON)
    async with Sandbox(clock=clock) as sandbox:
        sandbox.discord.limits.lift()  # Discord's time stands still while people wait
        yield World(nursery, sandbox, clock, database)


async def lengths(nursery: Nursery, database: Path) -> dict[str, int]:
    """How many points each step has, by playing them all once before anybody is killed."""
    async with new_world(nursery, database) as world:
        child = await world.start()
        assert await world.mended(child)
        play, found = Play(world), dict[str, int]()
        for step in play.steps:
            before = nursery.points.passed
            await play.step(step)
            found[step] = nursery.points.passed - before
        assert await world.mended(child)
        check(world, [])
        # A start that has something to mend.
        await played(world, child, Point("queued", found["queued"] // 2))
        child = await world.start()
        assert await world.mended(child)
        found[START] = nursery.points.passed
        await child.kill()
        return found


def walk(steps: dict[str, int], kills: int, chance: random.Random) -> list[Point]:
    """Points at even distances over all there are, each a little off, in any order."""
    distance = sum(steps.values()) / kills
    points: list[Point] = []
    for number in range(kills):
        n = int((number + chance.random()) * distance)
        for step, length in steps.items():
            if n < length:
                points.append(Point(step, n + 1))
                break
            n -= length
    chance.shuffle(points)
    return points


async def killed_again_and_again(world: World, points: list[Point], tally: Tally) -> None:
    """One kill for each point, and a look at everything as soon as a process has mended it."""
    unseen: list[Point] = []
    for point in points:
        early = point.step == START
        child = await world.start(kill_at=point.n if early else 0)
        if await world.mended(child):
            check(world, unseen)
            await played(world, child, Point("plainly", 1) if early else point)
        assert await child.ended == KILLED
        unseen.append(point)
        tally.places[world.nursery.points.place] += 1
    child = await world.start()
    assert await world.mended(child)
    check(world, unseen)
    await retried(world, child, tally)
    await child.kill()


async def played(world: World, child: Child, point: Point) -> None:
    """Play until it dies there; where the step is shorter this time, in one of the next."""
    world.nursery.points.arm(point.n)
    playing = asyncio.ensure_future(Play(world).on_and_on(beginning_with=point.step))
    await asyncio.wait((playing, child.ended), return_when=asyncio.FIRST_COMPLETED)
    playing.cancel()
    await asyncio.wait((playing,))
    if child.alive:
        playing.result()
    world.sandbox.openai.answers.clear()


def check(world: World, killed_at: list[Point]) -> None:
    assert problems(world) == [], f"seed {SEED}, killed at {killed_at}"
    killed_at.clear()


async def retried(world: World, child: Child, tally: Tally) -> None:
    """Press Retry under everything that was interrupted, and see it answered."""
    turns = world.rows(TURNS)
    for turn in turns:
        if turn["state"] == "interrupted":
            await world.pass_time(3)
            await Play(world).retry_of_interrupted(turn["id"])
            tally.interrupted += 1
    assert await world.mended(child)
    check(world, [])
    assert {row["state"] for row in world.rows(TURNS)} <= {"done", "stopped"}
    tally.questions += len(turns)


@pytest.mark.parametrize("seed", [SEED])
async def test_killed_at_any_await_nothing_is_lost_and_nothing_pretended(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(seed)  # noqa: S311  where to kill
    tally = Tally()
    async with Nursery.open(tmp_path) as nursery:
        try:
            steps = await lengths(nursery, tmp_path / "unharmed.db")
            points = walk(steps, KILLS, chance)
            for first in range(0, KILLS, KILLS_EACH):
                async with new_world(nursery, tmp_path / f"world-{first}.db") as world:
                    await killed_again_and_again(world, points[first : first + KILLS_EACH], tally)
        except BaseException:
            with capsys.disabled():
                print(nursery.log.read_text()[-8000:])  # noqa: T201  the bot's own words
            raise

    assert tally.places.total() == KILLS
    with capsys.disabled():
        print(  # noqa: T201  what `make faults` is run for
            f"\n{KILLS} kills survived at {len(tally.places)} different awaits: {tally.questions}"
            f" questions kept, none lost, {tally.interrupted} of them interrupted, marked and"
            " answered after Retry"
        )
