"""The sandbox: a local Discord and a local OpenAI API on one port of one aiohttp server."""

import secrets
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from aiohttp import web

from sandbox._tasks import Tasks
from sandbox.clock import Clock, SystemClock
from sandbox.control import Control
from sandbox.discord.model import Application
from sandbox.discord.server import DiscordServer
from sandbox.driver import User
from sandbox.driver.waiting import until
from sandbox.inspector import Inspector
from sandbox.openai import OpenAIServer
from sandbox.openai.control import steer
from sandbox.page import Page

T = TypeVar("T")
Dialect = Literal["modern", "legacy", "both"]


class Sandbox:
    """Serves from `async with` on; everything it started ends with the block.

    port     0: any free one
    dialect  which generation of the OpenAI API the other half speaks
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        dialect: Dialect = "both",
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.dialect: Dialect = dialect
        self.url = ""
        self.control = Control()
        self._host = host
        self._port = port
        self._tasks = Tasks()
        self._runner: web.AppRunner | None = None
        self.discord = DiscordServer(clock=self.clock, tasks=self._tasks, control=self.control)
        self.openai_api_key = f"sk-sandbox-{secrets.token_hex(16)}"
        self.openai = OpenAIServer(self.clock, self.openai_api_key, dialect)

        self._page = Page(self.discord, self.control, self._tasks, self.user)
        self.inspector = Inspector(self.discord, self.openai, self.control, self._tasks, self.user)

    @property
    def discord_api_url(self) -> str:
        return f"{self.url}/api/v10"

    @property
    def discord_token(self) -> str:
        return self.discord.application.token

    @property
    def openai_base_url(self) -> str:
        return f"{self.url}/v1"

    def user(self, name: str, *, application: Application | None = None) -> User:
        """Somebody to play, by name; `application` is the bot they use, the default one without."""
        return User(self.discord, self.discord.world.user_named(name), application)

    async def drop_gateway(self) -> None:
        """Cut every gateway connection, as a network that fails; bots may resume."""
        await self.discord.gateway.disturb("drop")

    async def until(self, look: Callable[[], T | None], what: str = "what was waited for") -> T:
        """The first true value of `look()`; it looks with each event, request and connection."""
        return await until(self.discord.world, look, what)

    async def _steer_openai(self, request: web.Request) -> web.StreamResponse:
        async def act(command: Any) -> object:
            return steer(self.openai, command)

        return await self.control.order(request, act)

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self.inspector.middleware])
        app.on_response_prepare.append(self.inspector.prepared)
        self.discord.add_routes(app)
        app.add_routes(self.openai.routes())
        app.router.add_post("/control/openai", self._steer_openai)
        self._page.add_routes(app)
        self.inspector.add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"http://{host}:{port}"
        self.control.served_at(self._host, port)
        self.discord.served_at(self.url)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._page.close()
        await self.inspector.close()
        await self.discord.close()
        self.openai.close()
        await self._tasks.close()
        if self._runner is not None:
            await self._runner.cleanup()
