"""A program that has the storage layer work, and records what it asks of the disk.

    python -m tests.faults.recorder FOLDER SEED TURNS FULL|NORMAL

Writes FOLDER/ops.json and FOLDER/data.bin (see Recording); the database is FOLDER/bot.db.
NORMAL opens it as the product never does, for the proof that the harness would notice.
"""

import asyncio
import random
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import Pool

from bot.domain.conversations import Post, TurnState, channel_place
from bot.domain.ids import MessageId, SourceId
from bot.domain.storage import Outcome
from sandbox.clock import HandClock
from storage.database import Database
from tests.factories import GENERAL, NOON, a_question, a_token
from tests.faults.recording_vfs import Recording

SESSIONS = 3  # the file is closed, and opened again, as often
LEVELS = {"NORMAL": 1, "FULL": 2}


def question_of(source: int) -> str:
    return f"Question {source}"


def answer_to(source: int) -> str:
    return f"The answer to {source}. " * (1 + source * 7 % 60)


def loosen() -> None:
    def checked_out(connection: Any, *_: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.close()

    event.listen(Pool, "checkout", checked_out)


async def work(path: Path, recording: Recording, chance: random.Random, turns: int) -> None:
    """What chats write, over several runs of the bot; each commit is noted when it is told."""
    sources = iter(range(1, turns + 1))
    for session in range(1, SESSIONS + 1):
        async with Database.open(f"sqlite:///{path}", clock=HandClock(NOON)) as database:
            recording.note("opened", await level(database))
            for source in sources:
                await chat(database, recording, chance, source)
                if source == turns * session // SESSIONS:
                    break


async def level(database: Database) -> int:
    async with database.transaction() as tx:
        return await tx.statements.scalar(sa.text("PRAGMA synchronous"))


async def chat(
    database: Database, recording: Recording, chance: random.Random, source: int
) -> None:
    me = database.owner
    question = a_question(
        source=SourceId(source),
        text=question_of(source),
        token=a_token() if chance.random() < 0.8 else None,
    )
    async with database.transaction() as tx:
        conversation = await tx.conversations.open(channel_place(GENERAL), NOON)
        accepted = await tx.turns.accept(question, conversation, me)
    assert accepted is not None
    recording.note("accepted", source)
    async with database.transaction() as tx:
        assert await tx.turns.claim(conversation, me) is not None
        if chance.random() < 0.1:
            await tx.blobs.put(chance.randbytes(chance.randint(1, 120_000)), NOON)
    async with database.transaction() as tx:
        post = Post(part=0, channel=GENERAL, message=MessageId(source))
        await tx.posts.put(accepted.id, post)
    recording.note("posted", source)
    outcome = Outcome(state=TurnState.DONE, model="m", texts=(answer_to(source),))
    async with database.transaction() as tx:
        await tx.turns.finish(accepted.id, me, outcome)
    recording.note("done", source)
    async with database.transaction() as tx:
        await tx.turns.shown(accepted.id)
        await tx.tokens.delete(accepted.id)
    if chance.random() < 0.1:
        gone = chance.randint(1, source)
        recording.note("erasing", gone)
        async with database.transaction() as tx:
            await tx.turns.erase_question(SourceId(gone), database.owner)
        recording.note("erased", gone)


def main(folder: Path, seed: int, turns: int, synchronous: str) -> None:
    recording = Recording()
    recording.install()
    if synchronous == "NORMAL":
        loosen()
    chance = random.Random(seed)  # noqa: S311  a workload
    asyncio.run(work(folder / "bot.db", recording, chance, turns))
    recording.save(folder)


if __name__ == "__main__":
    match sys.argv[1:]:
        case [folder, seed, turns, "FULL" | "NORMAL" as synchronous]:
            main(Path(folder), int(seed), int(turns), synchronous)
        case _:
            sys.exit(__doc__)
