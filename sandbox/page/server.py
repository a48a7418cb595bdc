"""The page's routes; all but its fixed files need the token of the printed address."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

from aiohttp import WSMsgType, web

from sandbox._tasks import Tasks
from sandbox.control import Control
from sandbox.discord.model import Json
from sandbox.discord.server import DiscordServer
from sandbox.driver import ClientRefused, NoAnswer, User
from sandbox.page.seat import Seat

FOLDER = Path(__file__).parent
FILES = {"page.js": "text/javascript", "page.css": "text/css"}
MAX_FRAME_BYTES = 32 * 1024 * 1024  # a file of 10 MiB in base64, and room
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PersonOf = Callable[[str], User]


class Page:
    """`person` gives the driver of somebody by name."""

    def __init__(
        self, discord: DiscordServer, control: Control, tasks: Tasks, person: PersonOf
    ) -> None:
        self._discord = discord
        self._control = control
        self._tasks = tasks
        self._person = person
        self._seats: set[Seat] = set()

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/", self._index)
        app.router.add_get("/sandbox/{name:page[.](?:js|css)}", self._file)
        app.router.add_get("/sandbox/live", self._live)
        app.router.add_post("/sandbox/do", self._do)

    async def close(self) -> None:
        for seat in list(self._seats):
            await seat.close()

    async def _index(self, request: web.Request) -> web.StreamResponse:
        self._control.check(request)
        text = (FOLDER / "page.html").read_text()
        headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        return web.Response(text=(FOLDER / name).read_text(), content_type=FILES[name])

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """One WebSocket per open page: requests in, what the person sees out."""
        self._control.check(request)
        socket = web.WebSocketResponse(max_msg_size=MAX_FRAME_BYTES, timeout=1)
        await socket.prepare(request)

        async def send(told: Json) -> None:
            if not socket.closed:
                await socket.send_json(told)

        seat = Seat(self._discord, self._person, send)
        self._seats.add(seat)
        seat.closer = socket.close
        watching = self._tasks.spawn(seat.watch(), name="page")
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await self._perform(seat, cast("str", frame.data))
        finally:
            self._seats.discard(seat)
            watching.cancel()
        return socket

    async def _perform(self, seat: Seat, text: str) -> None:
        try:
            await seat.perform(cast("Json", json.loads(text)))
        except (ClientRefused, NoAnswer, KeyError, ValueError) as refused:
            await seat.send({"refused": str(refused)})

    async def _do(self, request: web.Request) -> web.StreamResponse:
        """One request without a page: {"user", "channel", "do", ...}; answers what is seen then."""
        self._control.check(request)
        sent: list[Json] = []

        async def keep(answer: Json) -> None:
            sent.append(answer)

        seat = Seat(self._discord, self._person, keep)
        try:
            asked = cast("Json", await request.json())
            await seat.perform({**asked, "do": "watch"})
            await seat.perform(asked)
        except (ClientRefused, NoAnswer, KeyError, ValueError) as refused:
            return web.json_response({"refused": str(refused)}, status=400)
        return web.json_response({"sent": sent, "seen": seat.snapshot()})
