"""The judge of the kills is judged: it has to see each thing that must not be."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from sandbox.discord import posting
from tests.faults.children import Nursery
from tests.faults.play import Play
from tests.faults.test_kills import Point, new_world, played
from tests.faults.verdict import problems
from tests.faults.world import World

DAMAGES = {
    "a lost question": ("DELETE FROM turns WHERE id = 1", "is not kept"),
    "a lost message": ("DELETE FROM posts WHERE turn = 1", "nobody knows of this message"),
    "another order": (
        "UPDATE turns SET seq = 99 WHERE id = 1",
        "is behind what was asked after it",
    ),
    "half an answer": (
        """UPDATE messages SET parts = '[{"type": "text", "text": "First of"}]'
           WHERE turn = 1 AND attempt = 1""",
        "is passed off as whole",
    ),
    "an unfinished turn": ("UPDATE turns SET state = 'running' WHERE id = 1", "is running"),
    "a second call": ("UPDATE turns SET attempts = 0 WHERE id = 1", "1 calls for 0 attempts"),
    "an unmarked end": (
        "UPDATE turns SET state = 'interrupted' WHERE id = 1",
        "was interrupted, and nothing says so",
    ),
}


async def test_the_verdict_sees_what_must_not_be(tmp_path: Path) -> None:
    async with Nursery.open(tmp_path) as nursery, new_world(nursery, tmp_path / "bot.db") as world:
        child = await world.start()
        assert await world.mended(child)
        play = Play(world)
        await play.step("plainly")
        await play.step("again")
        assert await world.mended(child)
        await child.kill()
        assert problems(world) == []

        for name, (statement, complaint) in DAMAGES.items():
            assert complaint in "\n".join(problems(damaged(world, name, statement))), name

        twice(world)
        assert "nobody knows of this message" in "\n".join(problems(world))


async def test_a_kill_that_nobody_has_mended_is_seen(tmp_path: Path) -> None:
    async with Nursery.open(tmp_path) as nursery, new_world(nursery, tmp_path / "bot.db") as world:
        child = await world.start()
        assert await world.mended(child)
        await played(world, child, Point("stopped", 100))

        assert "is running" in "\n".join(problems(world))


def damaged(world: World, name: str, statement: str) -> World:
    copy = world.database.with_name(f"{name}.db")
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{world.database}{suffix}", f"{copy}{suffix}")
    with closing(sqlite3.connect(copy)) as connection, connection:
        assert connection.execute(statement).rowcount == 1
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return replace(world, database=copy)


def twice(world: World) -> None:
    """The same answer once more, as if it had been posted blindly."""
    sandbox = world.sandbox
    channel = sandbox.discord.world.channel_named("general")
    bot = sandbox.discord.application.bot
    message = posting.compose(sandbox.discord.world, channel, bot, {"content": "First of it"})
    posting.post(sandbox.discord.world, message)
