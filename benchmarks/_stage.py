"""Where a bot is measured: the sandbox's Discord, the paced model, and the bot's process."""

import asyncio
import os
import re
import sys
import tempfile
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from typing_extensions import override

from benchmarks import _machine
from benchmarks._model import MODEL, Model
from sandbox._tasks import Tasks
from sandbox.clock import SystemClock
from sandbox.control import Control
from sandbox.discord.defaults import add_channel, add_member, add_user
from sandbox.discord.server import DiscordServer, Recorded
from sandbox.driver import User

OURS = (sys.executable, "-m", "bot", "run")
PLAIN = (sys.executable, "-m", "benchmarks.plain_bot")
_ROOT = Path(__file__).resolve().parents[1]
_SHOWN = re.compile(r"^q(\d+)((?: w)+)")
_CALLBACK = re.compile(r"^/interactions/(\d+)/")
_PEOPLE = 500


@dataclass(slots=True)
class Seen:
    """One question as Discord saw it; times are monotonic.

    shown  when each change of the answer had been made, and how many words it held
    """

    asked_at: float
    acked_at: float | None = None
    shown: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])


class _Watched(deque[Recorded]):
    """The sandbox's list of requests, which somebody looks at as it grows."""

    def __init__(self, look: Callable[[Recorded], None]) -> None:
        super().__init__(maxlen=100)
        self._look = look

    @override
    def append(self, item: Recorded, /) -> None:
        self._look(item)
        super().append(item)


class Stage:
    """`seen` and `model.said` by the question's number; `refused` counts 429s."""

    def __init__(self, discord: DiscordServer, model: Model, channels: int) -> None:
        self.discord = discord
        self.model = model
        self.seen: dict[int, Seen] = {}
        self.refused = 0
        self.began_at = 0.0
        self.process: asyncio.subprocess.Process | None = None
        self._by_interaction: dict[int, int] = {}
        self._count = 0
        discord.requests = _Watched(self._look)
        guild = discord.world.guild_named("Switchyard")
        self.channels = [add_channel(discord.world, guild, f"bench-{n}") for n in range(channels)]
        self.people = [
            add_user(discord.world, f"person-{n}") for n in range(min(channels, _PEOPLE) or 1)
        ]
        for person in self.people:
            add_member(discord.world, guild, person)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    async def ask(self, way: str, *, words: int, rate: float = 50, delay: float = 0.5) -> int:
        """One question in the next channel, by "slash" or "mention"; answers its number."""
        number, self._count = self._count, self._count + 1
        channel = self.channels[number % len(self.channels)]
        user = User(self.discord, self.people[number % len(self.people)])
        text = f"q{number} n{words} r{rate:g} d{delay:g}"
        self.seen[number] = Seen(time.monotonic())
        if way == "slash":
            asked = await user.slash("chat", channel=channel, message=text)
            self._by_interaction[asked.id] = number
        else:
            await user.say(f"<@{self.discord.application.id}> {text}", channel=channel)
        return number

    async def ended(self, numbers: Sequence[int], *, within: float) -> list[int]:
        """Wait for the last words of all these answers; those that were not shown in time."""
        until = time.monotonic() + within
        while left := [number for number in numbers if not self.complete(number)]:
            if time.monotonic() > until:
                break
            await asyncio.sleep(0.1)
        return left

    def complete(self, number: int) -> bool:
        said, shown = self.model.said.get(number), self.seen[number].shown
        return said is not None and bool(shown) and shown[-1][1] == said.words

    def _look(self, request: Recorded) -> None:
        now = time.monotonic()
        if request.status == 429:
            self.refused += 1
        if request.status >= 400 or not isinstance(request.body, dict):
            return
        if found := _CALLBACK.match(request.path):
            number = self._by_interaction.get(int(found[1]))
            if number is not None and self.seen[number].acked_at is None:
                self.seen[number].acked_at = now
            return
        content: object = request.body.get("content")
        if isinstance(content, str) and (words := _SHOWN.match(content)):
            seen = self.seen.get(int(words[1]))
            if seen is not None:
                seen.shown.append((now, words[2].count("w")))


@asynccontextmanager
async def stage(
    command: Sequence[str] = OURS,
    *,
    channels: int = 200,
    prepare: Callable[[DiscordServer, Path], None] | None = None,
    online: bool = True,
) -> AsyncGenerator[Stage, None]:
    """A fresh world with a bot in it, which is killed at the end.

    prepare  changes the world and the bot's folder before it starts
    """
    tasks, control = Tasks(), Control()
    discord = DiscordServer(clock=SystemClock(), tasks=tasks, control=control)
    app = web.Application(client_max_size=64 << 20)
    discord.add_routes(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    control.served_at("127.0.0.1", runner.addresses[0][1])
    discord.served_at(url)
    with tempfile.TemporaryDirectory() as folder:
        async with Model() as model:
            here = Stage(discord, model, channels)
            if prepare is not None:
                prepare(discord, Path(folder))
            try:
                await _start(here, command, url, Path(folder))
                if online:
                    await User(discord, here.people[0]).can_use("chat", channel=here.channels[0])
                yield here
            finally:
                if here.process is not None and here.process.returncode is None:
                    here.process.kill()
                    await here.process.wait()
                await discord.close()
                await tasks.close()
                await runner.cleanup()


async def _start(here: Stage, command: Sequence[str], url: str, folder: Path) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DISCORD_", "OPENAI_", "DATABASE_"))
    }
    environment |= {
        "DISCORD_TOKEN": here.discord.application.token,
        "DISCORD_API_URL": f"{url}/api/v10",
        "OPENAI_API_KEY": "sk-bench",
        "OPENAI_BASE_URL": here.model.url,
        "CHAT_MODEL": MODEL,
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'bot.db'}",
        "HTTP_PORT": "0",
        "LOG_FORMAT": "json",
        "PYTHONPATH": str(_ROOT),
    }
    here.began_at = time.monotonic()
    with (folder / "bot.log").open("ab") as log:
        here.process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=environment, stdout=log, stderr=log
        )
    _machine.pin(here.pid)
