"""The bot as people run it: `python -m bot run`, which can be killed and started again."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from sandbox.server import Sandbox

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0  # only a broken test ever waits that long


class BotProcess:
    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self._sandbox = sandbox
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self.log = folder / "bot.log"

    async def start(self, **changes: str) -> None:
        """Start, and wait until its commands can be used."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DISCORD_", "OPENAI_", "DATABASE_"))
        }
        environment |= {
            "DISCORD_TOKEN": self._sandbox.discord_token,
            "DISCORD_API_URL": self._sandbox.discord_api_url,
            "OPENAI_API_KEY": self._sandbox.openai_api_key,
            "OPENAI_BASE_URL": self._sandbox.openai_base_url,
            "DATABASE_URL": f"sqlite+aiosqlite:///{self._folder / 'bot.db'}",
            "HTTP_PORT": "0",
            "PYTHONPATH": str(ROOT),
            **changes,
        }
        sessions = len(self._sandbox.discord.gateway.sessions)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"),
                cwd=self._folder,
                env=environment,
                stdout=log,
                stderr=log,
            )
        online = asyncio.ensure_future(self._sandbox.user("ada").can_use("chat"))
        connected = asyncio.ensure_future(
            self._sandbox.until(lambda: len(self._sandbox.discord.gateway.sessions) > sessions)
        )
        ended = asyncio.ensure_future(self._process.wait())
        done, _ = await asyncio.wait(
            (asyncio.gather(online, connected), ended), return_when=asyncio.FIRST_COMPLETED
        )
        assert ended not in done, self.log.read_text()
        ended.cancel()

    def send(self, which: signal.Signals) -> None:
        """To a process that lives on, such as SIGSTOP and SIGCONT."""
        assert self._process is not None
        self._process.send_signal(which)

    async def kill(self) -> None:
        """kill -9: nothing of it runs any more, nothing was said goodbye to."""
        await self._end(signal.SIGKILL)

    async def terminate(self) -> int:
        """SIGTERM, as containers are stopped; gives the exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(how)
        async with asyncio.timeout(PATIENCE_S):
            return await process.wait()
