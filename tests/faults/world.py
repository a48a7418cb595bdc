"""Everything around the bot that survives it: Discord, the API, people, and the database file."""

import asyncio
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cogs._views import COOLDOWN_S
from sandbox.clock import HandClock, SystemClock
from sandbox.discord.model import User
from sandbox.driver import Invocation, Message
from sandbox.server import Sandbox
from tests.faults.children import Child, Nursery
from tests.faults.nursery import SPEED

LOOK_S = 0.005
PATIENCE_S = 60.0  # only what is broken ever takes that long


@dataclass(eq=False)
class Asked:
    """A question: its words, which no other has, and how it was put by whom and where."""

    text: str
    asked: Invocation | Message
    asker: User
    channel: str


@dataclass
class World:
    """whole: for each text that the API was to answer with, the question it belongs to."""

    nursery: Nursery
    sandbox: Sandbox
    clock: HandClock
    database: Path
    later: float = 0.0
    asked: list[Asked] = field(default_factory=list)
    whole: dict[str, str] = field(default_factory=dict)

    async def start(self, *, kill_at: int = 0) -> Child:
        sandbox = self.sandbox
        settings = {
            "discord_token": sandbox.discord_token,
            "discord_api_url": sandbox.discord_api_url,
            "openai_api_key": sandbox.openai_api_key,
            "openai_base_url": sandbox.openai_base_url,
            "database_url": f"sqlite+aiosqlite:///{self.database}",
            "http_port": 0,
        }
        # The dead one's connection has ended, so the next session that is ready is the new one's.
        await sandbox.until(lambda: not sandbox.discord.gateway.until_ready()())
        await self.pass_time(10)
        return await self.nursery.start(settings, kill_at=kill_at, later=self.later)

    async def pass_time(self, seconds: float) -> None:
        """For Discord alone: what was not acknowledged has failed by then."""
        await self.clock.advance(seconds)

    async def calm(self) -> None:
        """So much of the bot's time that it does not take the next press for a double click."""
        await SystemClock().sleep(COOLDOWN_S * 1.2 / SPEED)

    async def mended(self, child: Child) -> bool:
        """Wait until the bot has nothing left to mend; False when it died before."""
        ready = asyncio.ensure_future(self.sandbox.user("ada").can_use("chat"))
        await asyncio.wait((ready, child.ended), return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            return False
        await ready
        async with asyncio.timeout(PATIENCE_S):
            while child.alive:
                if self.rows("SELECT count(*) AS n FROM turns WHERE shown_at IS NULL")[0]["n"] == 0:
                    return True
                await SystemClock().sleep(LOOK_S)
        return False

    def rows(self, query: str) -> list[sqlite3.Row]:
        """From the file itself, beside the bot."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query).fetchall()

    def question_of(self, turn: int) -> str:
        [row] = self.rows(f"SELECT parts FROM messages WHERE turn = {turn} AND attempt = 0")  # noqa: S608  a number
        [part] = json.loads(row["parts"])
        return part["text"]

    def answer_with(self, question: str, *deltas: str) -> None:
        self.whole["".join(deltas)] = question
        self.sandbox.openai.answers.queue(list(deltas))

    def requests(self) -> list[Any]:
        """Bodies of all chat calls that arrived."""
        return [
            each.body
            for each in self.sandbox.openai.requests
            if each.path == "/chat/completions" and each.body is not None
        ]
