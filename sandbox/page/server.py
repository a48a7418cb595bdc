"""The page's routes; all but its fixed files need the token of the printed address."""

import json
from collections.abc import Callable
from typing import cast

from aiohttp import WSMsgType, web

from sandbox._tasks import Tasks
from sandbox.control import Control
from sandbox.discord.model import Json
from sandbox.discord.server import DiscordServer
from sandbox.driver import ClientRefused, NoAnswer, User
from sandbox.page.files import FOLDER, add_files
from sandbox.page.seat import Seat

MAX_FRAME_BYTES = 32 * 1024 * 1024  # a file of 10 MiB in base64, and room
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types dompurify"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",  # the address has the token in it
}
REFUSALS = (ClientRefused, NoAnswer, LookupError, TypeError, ValueError)
PersonOf = Callable[[str], User]


class Page:
    """`person` gives the driver of somebody by name."""

    def __init__(
        self, discord: DiscordServer, control: Control, tasks: Tasks, person: PersonOf
    ) -> None:
        self._discord = discord
        self._control = control
        self._tasks = tasks
        self._new_person = person
        self._people: dict[str, User] = {}
        self._seats: set[Seat] = set()

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/", self._index)
        app.router.add_get("/sandbox/live", self._live)
        app.router.add_post("/sandbox/do", self._do)
        add_files(app)

    async def close(self) -> None:
        for seat in list(self._seats):
            await seat.close()

    def _person(self, name: str) -> User:
        """One for all pages: what somebody dismissed is gone on each of them."""
        if name not in self._people:
            self._people[name] = self._new_person(name)
        return self._people[name]

    async def _index(self, request: web.Request) -> web.StreamResponse:
        self._control.check(request)
        text = (FOLDER / "page.html").read_text()
        return web.Response(text=text, content_type="text/html", headers=HEADERS)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """One WebSocket per open page.

        In: {"id", "do", ...}. Out: {"answer": id, "with"} or {"answer": id, "refused": why}, and
        what the person sees: "state", "commands", "page", "put" and "gone", "typing", "form".
        It starts as the `user` and at the `channel` of its address, where these are given.
        """
        self._control.check(request)
        socket = web.WebSocketResponse(max_msg_size=MAX_FRAME_BYTES, timeout=1)
        await socket.prepare(request)

        async def send(told: Json) -> None:
            if not socket.closed:
                await socket.send_json(told)

        seat = Seat(self._discord, self._person, send)
        self._seats.add(seat)
        seat.closer = socket.close
        await self._begin(seat, request)
        watching = self._tasks.spawn(seat.watch(), name="page")
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    # suggestions may take three seconds, and nothing else waits for them
                    work = self._perform(seat, cast("str", frame.data))
                    self._tasks.spawn(work, name="page request")
        finally:
            self._seats.discard(seat)
            watching.cancel()
        return socket

    async def _begin(self, seat: Seat, request: web.Request) -> None:
        start = {name: request.query.get(name) for name in ("user", "channel")}
        try:
            await seat.perform({"do": "watch", **start})
        except LookupError:
            return  # a bookmark of another run: somebody who is not here

    async def _perform(self, seat: Seat, text: str) -> None:
        asked: Json = {}
        try:
            asked = cast("Json", json.loads(text))
            found = await seat.perform(asked)
        except REFUSALS as refused:
            await seat.send({"answer": asked.get("id"), "refused": str(refused)})
        else:
            await seat.send({"answer": asked.get("id"), "with": found})

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
            found = await seat.perform(asked)
        except REFUSALS as refused:
            return web.json_response({"refused": str(refused)}, status=400)
        return web.json_response({"with": found, "sent": sent, "seen": seat.snapshot()})
