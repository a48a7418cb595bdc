"""A program that is killed: it forks children that work on a database and die by SIGKILL.

Imports happen once, here; each child costs only what it does.

    python -m tests.storage.dying migrate FOLDER    children 1.db, 2.db, ... die at the first,
                                                    second, ... step of the migration
    python -m tests.storage.dying write FILE KILLS  one child after the other writes turns into
                                                    the same file until it is killed

Prints JSON: for `migrate` how many died; for `write` what the children had acknowledged.
"""

import asyncio
import itertools
import json
import os
import random
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, event

from bot.domain.conversations import TurnState, channel_place
from bot.domain.ids import SourceId
from bot.domain.storage import Outcome
from sandbox.clock import HandClock
from storage.database import Database
from tests.factories import GENERAL, NOON, a_question

MOST_ACKNOWLEDGED = 20  # by one child, before it is killed


def answer_to(source: int) -> str:
    return f"The answer to {source}. " * 20


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(step: int) -> None:
    """Each statement has two steps: it is about to run, and it has run."""
    steps = itertools.count(1)

    def count(*_: object) -> None:
        if next(steps) == step:
            die()

    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, name, count)


def forked(child: Callable[[], None]) -> int:
    process = os.fork()
    if process == 0:
        try:
            child()
        except BaseException:  # noqa: BLE001  told to whoever reads our stderr
            traceback.print_exc()
        else:
            os._exit(0)
        finally:
            os._exit(1)  # no child may live on as its parent
    return process


def migrate(folder: Path) -> int:
    for step in itertools.count(1):

        def child(step: int = step) -> None:
            die_at(step)
            asyncio.run(_open(folder / f"{step}.db"))

        _, status = os.waitpid(forked(child), 0)
        if os.WIFSIGNALED(status):
            continue
        assert os.waitstatus_to_exitcode(status) == 0
        return step - 1
    raise AssertionError


async def _open(path: Path) -> None:
    async with Database.open(f"sqlite:///{path}", clock=HandClock(NOON)):
        pass


def write(path: Path, kills: int) -> dict[str, list[int]]:
    acknowledged: dict[str, list[int]] = {"accepted": [], "done": []}
    chance = random.Random(1)  # noqa: S311  when to kill
    for run in range(kills):
        reading, writing = os.pipe()

        def child(run: int = run, reading: int = reading, writing: int = writing) -> None:
            os.close(reading)
            asyncio.run(_answer_for_ever(path, first=run * 1_000_000 + 1, out=writing))

        process = forked(child)
        os.close(writing)
        with os.fdopen(reading) as lines:
            for line in itertools.islice(lines, chance.randint(1, MOST_ACKNOWLEDGED)):
                word, source = line.split()
                acknowledged[word].append(int(source))
            os.kill(process, signal.SIGKILL)
            for line in lines:  # said before it died, and not read yet; the last may be cut
                if line.endswith("\n"):
                    word, source = line.split()
                    acknowledged[word].append(int(source))
        _, status = os.waitpid(process, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
    return acknowledged


async def _answer_for_ever(path: Path, *, first: int, out: int) -> None:
    async with Database.open(f"sqlite:///{path}", clock=HandClock(NOON)) as database:
        me = database.owner
        async with database.transaction() as tx:
            conversation = await tx.conversations.open(channel_place(GENERAL), NOON)
            await tx.turns.interrupt_orphans(me)
        for source in itertools.count(first):
            question = a_question(source=SourceId(source), text=f"Question {source}")
            async with database.transaction() as tx:
                await tx.turns.accept(question, conversation, me)
            os.write(out, f"accepted {source}\n".encode())
            async with database.transaction() as tx:
                turn = await tx.turns.claim(conversation, me)
            assert turn is not None
            outcome = Outcome(state=TurnState.DONE, model="m", texts=(answer_to(source),))
            async with database.transaction() as tx:
                await tx.turns.finish(turn.id, me, outcome)
            os.write(out, f"done {source}\n".encode())


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["migrate", folder]:
            print(json.dumps(migrate(Path(folder))))  # noqa: T201  the answer to whoever ran us
        case ["write", path, kills]:
            print(json.dumps(write(Path(path), int(kills))))  # noqa: T201
        case _:
            sys.exit(__doc__)
