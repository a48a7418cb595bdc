"""What the context window costs in a short history and in one of millions of messages.

python -m benchmarks.window --messages 2000000
"""

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import _machine
from benchmarks._figures import percentile, ratio, seconds, table
from bot.domain.clock import SystemClock
from bot.domain.conversations import Author, Message, Question, Turn, TurnState, channel_place
from bot.domain.ids import ChannelId, SourceId, UserId
from bot.domain.storage import Outcome
from bot.services.conversations._window import WINDOW_TOKENS, WindowBuilder
from storage.database import Database
from storage.tables import messages, turns

SHORT = 1_000
_TIMES = 300
_TEXT = "What was said before, at about the length that people and models say it. " * 4


async def measure(count: int) -> list[float]:
    """Seconds of each of many windows over a conversation of `count` messages."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        async with Database.open(url, clock=SystemClock()) as database:
            await _one_turn(database)
        _copy(Path(folder) / "bench.db", count // 2 - 1)
        async with Database.open(url, clock=SystemClock()) as database:
            turn = await _accepted(database, count)
            async with database.transaction() as tx:
                question = await tx.messages.question(turn.id)
            return [await _timed(database, turn, question) for _ in range(_TIMES)]


async def _timed(database: Database, turn: Turn, question: Message) -> float:
    began = time.perf_counter()
    window = await WindowBuilder(database).build(turn, question, budget=WINDOW_TOKENS)
    took = time.perf_counter() - began
    assert window.exchanges > 50
    return took


async def _one_turn(database: Database) -> None:
    turn = await _accepted(database, 1)
    async with database.transaction() as tx:
        await tx.turns.claim(turn.conversation, database.owner)
        outcome = Outcome(state=TurnState.DONE, texts=(_TEXT,), model="bench")
        await tx.turns.finish(turn.id, database.owner, outcome)
        await tx.turns.shown(turn.id)


async def _accepted(database: Database, source: int) -> Turn:
    place = channel_place(ChannelId(1))
    question = Question(
        source=SourceId(source),
        kind="message",
        place=place,
        guild=None,
        channel=ChannelId(1),
        author=Author(user=UserId(1), name="Ada"),
        text=_TEXT,
        locale="en-US",
    )
    async with database.transaction() as tx:
        conversation = await tx.conversations.open(place, SystemClock().now())
        turn = await tx.turns.accept(question, conversation, database.owner)
        assert turn is not None
        return turn


def _copy(path: Path, times: int) -> None:
    """The one turn again and again, whatever columns its tables have."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    numbers = (
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n LIMIT :times)"
        "INSERT INTO {table} ({columns}) SELECT {values} FROM {table}, n WHERE {table}.{key} = 1"
    )
    changed = {"id": "n.i", "seq": "n.i", "ticket": "n.i", "source_id": "n.i", "turn": "n.i"}
    for table_, key in ((turns, "id"), (messages, "turn")):
        names = [column.name for column in table_.columns]
        statement = numbers.format(
            table=table_.name,
            columns=", ".join(names),
            values=", ".join(changed.get(name, f"{table_.name}.{name}") for name in names),
            key=key,
        )
        connection.execute(statement, {"times": times})
    connection.execute("UPDATE conversations SET last_seq = ?", (times + 1,))
    connection.execute("ANALYZE")
    connection.commit()
    connection.close()


async def compare(count: int) -> str:
    short, long = await measure(SHORT), await measure(count)
    return table(
        ["context window from", f"{SHORT:,} messages", f"{count:,} messages", "ratio"],
        [
            (
                f"p{percent}",
                seconds(percentile(short, percent)),
                seconds(percentile(long, percent)),
                ratio(percentile(short, percent), percentile(long, percent)),
            )
            for percent in (50, 99)
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.window", description=__doc__)
    parser.add_argument("--messages", type=int, default=2_000_000)
    options = parser.parse_args()
    _machine.take_the_stage()
    sys.stdout.write(f"{asyncio.run(compare(options.messages))}\n")


if __name__ == "__main__":
    main()
