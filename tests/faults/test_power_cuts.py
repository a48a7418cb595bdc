"""Promise 4: whatever a power cut leaves of the files, nothing acknowledged is missing.

SWITCHBOARD_CUTS sets how many cuts, SWITCHBOARD_SEED which ones; what fails names both.
"""

import asyncio
import json
import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.domain.conversations import TurnState, channel_place
from bot.domain.errors import StorageError
from bot.domain.ids import SourceId
from sandbox.clock import HandClock
from storage.database import Database
from tests.factories import GENERAL, NOON, a_question
from tests.faults.disk import Disk
from tests.faults.environment import plain
from tests.faults.recorder import LEVELS, answer_to, question_of

PROJECT = Path(__file__).resolve().parents[2]
CUTS = int(os.environ.get("SWITCHBOARD_CUTS", "30"))
SEED = int(os.environ.get("SWITCHBOARD_SEED", "1"))
CUTS_EACH = 250  # of one recording
TURNS = 60
AFTERWARDS = SourceId(10**9)


@dataclass(slots=True)
class Survived:
    """What was found after the cuts: how many, after which acknowledged rows were missing, why."""

    cuts: int = 0
    acknowledged: int = 0
    losses: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def recorded(folder: Path, seed: int, turns: int, synchronous: str) -> tuple[Any, bytes]:
    folder.mkdir()
    program = (sys.executable, "-m", "tests.faults.recorder")
    words = (str(folder), str(seed), str(turns), synchronous)
    subprocess.run([*program, *words], cwd=PROJECT, env=plain(), check=True)  # noqa: S603  ours
    ops = json.loads((folder / "ops.json").read_text())
    assert {op[2] for op in ops if op[:2] == ["note", "opened"]} == {LEVELS[synchronous]}
    return ops, (folder / "data.bin").read_bytes()


def cut_again_and_again(
    folder: Path, synchronous: str, *, cuts: int = CUTS, turns: int = TURNS
) -> Survived:
    survived = Survived()
    for seed, first in enumerate(range(0, cuts, CUTS_EACH), start=SEED):
        number = min(CUTS_EACH, cuts - first)
        ops, data = recorded(folder / f"recorded-{seed}", seed, turns, synchronous)
        chance = random.Random(seed)  # noqa: S311  where to cut
        disk = Disk(ops, data)
        step = len(ops) / number
        for n in range(number):  # evenly over everything that was recorded
            point = int(step * n + chance.random() * step) + 1
            notes = disk.go_to(point)
            path = folder / "after.db"
            disk.cut(path, chance)
            where = f"{synchronous}: seed {seed}, operation {point} of {len(ops)}"
            found(path, notes, where, survived)
    return survived


def found(path: Path, notes: list[Any], where: str, survived: Survived) -> None:
    """Start the product on what the cut left, have it work, and compare."""
    survived.cuts += 1
    try:
        asyncio.run(go_on(path))
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            losses = list(missing(connection, notes))
    except (StorageError, sqlite3.Error) as error:
        survived.unreadable.append(f"{where}: {error!r}")
        return
    survived.acknowledged += sum(note[0] == "accepted" for note in notes)
    if losses:
        survived.losses.append(f"{where}: {losses}")


async def go_on(path: Path) -> None:
    async with Database.open(f"sqlite:///{path}", clock=HandClock(NOON)) as database:
        async with database.transaction() as tx:
            await tx.turns.interrupt_orphans(database.owner)
        async with database.transaction() as tx:
            conversation = await tx.conversations.open(channel_place(GENERAL), NOON)
            question = a_question(source=AFTERWARDS)
            assert await tx.turns.accept(question, conversation, database.owner)


def missing(connection: sqlite3.Connection, notes: list[Any]) -> list[str]:
    """What was acknowledged and is not there, or is there otherwise than it was said."""
    noted = {
        word: {source for said, source in notes if said == word}
        for word in ("accepted", "posted", "done", "erasing", "erased")
    }
    turns = connection.execute("SELECT source_id, seq, state FROM turns ORDER BY seq").fetchall()
    there = {source for source, _, _ in turns}
    posts = {message for (message,) in connection.execute("SELECT message FROM posts")}
    texts = {
        (source, attempt): [part["text"] for part in json.loads(parts)]
        for source, attempt, parts in connection.execute(
            "SELECT source_id, attempt, parts FROM messages JOIN turns ON turn = turns.id"
        )
    }
    wrong = [f"question {each} is missing" for each in noted["accepted"] - there]
    wrong += [f"post {each} is missing" for each in noted["posted"] - posts]
    # They were asked in this order, none was left out, and the next one is behind them.
    expected = [*range(1, len(turns)), AFTERWARDS]
    if [source for source, _, _ in turns] != expected or turns[-1][1] != len(turns):
        wrong.append("the order is not that of the questions")
    for source, _, state in turns[:-1]:
        erased = state == TurnState.ERASED
        if source in noted["erased"] and not erased:
            wrong.append(f"{source} is back after it was erased")
        if erased and source in noted["erasing"]:
            continue
        if texts.get((source, 0)) != [question_of(source)]:
            wrong.append(f"question {source} says {texts.get((source, 0))}")
        answer = [answer_to(source)] if state == TurnState.DONE else None
        if texts.get((source, 1)) != answer or (source in noted["done"] and answer is None):
            wrong.append(f"answer {source} is {state} and says {texts.get((source, 1))}")
    return wrong


def test_after_any_power_cut_nothing_acknowledged_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    survived = cut_again_and_again(tmp_path, "FULL")

    assert survived.cuts == CUTS
    assert survived.unreadable == []
    assert survived.losses == []
    with capsys.disabled():
        print(  # noqa: T201  what `make faults` is run for
            f"\n{survived.cuts} power cuts survived,"
            f" {survived.acknowledged} acknowledged questions looked for, none missing"
        )


def test_the_same_cuts_lose_rows_where_sqlite_syncs_less(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without this one, the test above may prove nothing."""
    survived = cut_again_and_again(tmp_path, "NORMAL", cuts=min(CUTS, CUTS_EACH))

    assert survived.unreadable == []
    assert len(survived.losses) > survived.cuts / 4
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{len(survived.losses)} of {survived.cuts} power cuts lose rows with"
            " synchronous=NORMAL, as they must"
        )


def test_what_was_recorded_is_all_that_sqlite_did(tmp_path: Path) -> None:
    ops, data = recorded(tmp_path / "recorded", SEED, 20, "FULL")
    disk = Disk(ops, data)

    disk.go_to(len(ops))
    disk.whole(tmp_path / "again.db")

    assert (tmp_path / "again.db").read_bytes() == (tmp_path / "recorded" / "bot.db").read_bytes()
    assert not (tmp_path / "again.db-wal").exists()
