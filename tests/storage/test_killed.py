"""Promise 4: after kill -9, at any step, nothing acknowledged is missing and nothing is half."""

import asyncio
import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.domain.chat import TextPart
from bot.domain.conversations import TurnState, channel_place
from bot.domain.ids import SourceId
from sandbox.clock import HandClock
from storage.database import Database
from tests.factories import GENERAL, NOON
from tests.storage.dying import answer_to

PROJECT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("SWITCHBOARD_KILLS", "30"))


async def dying(*words: object) -> Any:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.storage.dying",
        *map(str, words),
        cwd=PROJECT,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(said)


def tables_in(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


async def test_killed_at_each_step_of_the_migration_the_schema_is_the_old_or_the_new(
    tmp_path: Path, migrated_file: Path, clock: HandClock
) -> None:
    whole = tables_in(migrated_file)

    died = await dying("migrate", tmp_path)

    found = [tables_in(tmp_path / f"{step}.db") for step in range(1, died + 1)]
    assert died > 2 * 20
    assert all(tables in (set(), whole) for tables in found)
    assert set() in found
    for step in range(1, died + 1):
        async with Database.open(f"sqlite:///{tmp_path / f'{step}.db'}", clock=clock):
            assert tables_in(tmp_path / f"{step}.db") == whole


async def test_killed_while_it_writes_no_acknowledged_row_is_lost(
    tmp_path: Path, clock: HandClock
) -> None:
    path = tmp_path / "switchboard.db"

    acknowledged = await dying("write", path, KILLS)

    assert len(acknowledged["accepted"]) >= KILLS
    tables_in(path)
    async with (
        Database.open(f"sqlite:///{path}", clock=clock) as database,
        database.transaction() as tx,
    ):
        interrupted = await tx.turns.interrupt_orphans(database.owner)
        assert len(interrupted) <= 1  # the last child's; each child has ended those before it
        conversation = await tx.conversations.open(channel_place(GENERAL), NOON)
        for source in acknowledged["accepted"]:
            turn = await tx.turns.by_source(SourceId(source))
            assert turn is not None
            assert turn.state in (TurnState.DONE, TurnState.INTERRUPTED)
            question = await tx.messages.question(turn.id)
            assert question.parts == (TextPart(f"Question {source}"),)
        for source in acknowledged["done"]:
            turn = await tx.turns.by_source(SourceId(source))
            assert turn is not None
            assert turn.state is TurnState.DONE
        history = [exchange async for exchange in tx.messages.export(conversation)]
    assert len(history) >= len(acknowledged["done"])
    assert [one.seq for one in history] == sorted(one.seq for one in history)
    for exchange in history:
        [question], [answer] = exchange.question.parts, exchange.answer.parts
        assert isinstance(question, TextPart)
        assert answer == TextPart(answer_to(int(question.text.split()[1])))
