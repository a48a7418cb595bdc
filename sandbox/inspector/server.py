"""The inspector's routes and what stands behind them; all but its files need the token."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from aiohttp import web

from sandbox._tasks import Tasks
from sandbox.control import Control
from sandbox.discord.model import Json
from sandbox.discord.server import DiscordServer
from sandbox.driver import User
from sandbox.inspector.actions import Actions
from sandbox.inspector.calls import Calls, Handler
from sandbox.inspector.faults import FaultBook
from sandbox.inspector.frames import Frames
from sandbox.inspector.live import Watcher
from sandbox.inspector.presets import PRESETS
from sandbox.inspector.replay import Replay, checked
from sandbox.inspector.secrecy import Secrecy
from sandbox.inspector.state import moment, standing
from sandbox.inspector.timeline import Timeline
from sandbox.openai.server import OpenAIServer
from sandbox.page.server import HEADERS

FORMAT, VERSION = "switchboard sandbox run", 1
MAX_RUN_BYTES = 48 * 1024 * 1024  # the files of a run in base64, and its entries
_HERE = Path(__file__).parent / "web"
_PAGE = _HERE.parents[1] / "page"
_TYPES = {".js": "text/javascript", ".css": "text/css"}


class Inspector:
    """Records from the moment it is made. `middleware` and `prepared` belong on the application."""

    def __init__(
        self,
        discord: DiscordServer,
        openai: OpenAIServer,
        control: Control,
        tasks: Tasks,
        person: Callable[[str], User],
    ) -> None:
        self._discord, self._openai = discord, openai
        self._control, self._tasks = control, tasks
        self._clock = discord.clock
        self._secrecy = Secrecy(self._secrets)
        self.timeline = Timeline(self._clock, self._secrecy)
        self.faults = FaultBook(discord, openai)
        self.replay = Replay(discord, tasks, person, self._touched)
        frames = Frames(self.timeline)
        self._calls = Calls(self.timeline, self._secrecy, discord.world, frames.answered)
        self.actions = Actions(discord, self._acted)
        self._watchers: dict[Watcher, web.WebSocketResponse] = {}
        self.prepared = self._calls.prepared
        discord.gateway.tap = frames.tap
        openai.tap = self._calls.tap
        self.timeline.listen(self._happened)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await self._calls.watch(request, handler)
        finally:
            if request.path.startswith("/control/"):
                self._touched()

    def add_routes(self, app: web.Application) -> None:
        router, here = app.router, "/sandbox/inspector"
        router.add_get("/inspector", self._alone)
        router.add_get("/sandbox/inspector.{kind:js|css}", self._page_file)
        router.add_get(f"{here}/web/{{name:[a-z_]+[.](?:js|css)}}", self._file)
        router.add_get(f"{here}/live", self._live)
        router.add_get(f"{here}/run", self._run)
        router.add_get(f"{here}/state", self._state_now)
        router.add_get(f"{here}/presets", self._presets)
        router.add_delete(f"{here}/entries", self._clear)
        router.add_post(f"{here}/faults", self._add_faults)
        router.add_delete(f"{here}/faults", self._clear_faults)
        router.add_delete(f"{here}/faults/{{number:[0-9]+}}", self._remove_fault)
        router.add_post(f"{here}/replay", self._replay)
        router.add_delete(f"{here}/replay", self._stop_replay)

    async def close(self) -> None:
        for socket in list(self._watchers.values()):
            await socket.close()

    # What there is

    def run(self) -> Json:
        """Everything that is kept, as it is saved."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "saved": moment(self._clock),
            "forgotten": self.timeline.forgotten,
            "entries": self.timeline.snapshot(),
            "actions": [self._without_secrets(one) for one in self.actions.all()],
            "state": self.state(),
        }

    def state(self) -> Json:
        shown = standing(self._discord, self._openai, self.faults, self._secrecy)
        return {**shown, "replay": self.replay.shown and json.loads(json.dumps(self.replay.shown))}

    def _secrets(self) -> Iterator[str]:
        yield self._openai.api_key
        yield self._control.token
        for application in self._discord.world.applications.values():
            yield application.token

    def _without_secrets(self, value: Any) -> Any:
        """Texts only: what is in files is what people sent, and is needed whole."""
        if isinstance(value, str):
            return self._secrecy.text(value)
        if isinstance(value, list):
            return [self._without_secrets(one) for one in cast("list[Any]", value)]
        if isinstance(value, dict):
            return {
                name: one if name == "data" else self._without_secrets(one)
                for name, one in cast("Json", value).items()
            }
        return value

    # What is told

    def _happened(self, told: Json) -> None:
        for watcher in self._watchers:
            watcher.tell(told)

    def _acted(self, action: Json) -> None:
        control: Json = action.get("button") or action.get("select") or {}
        names = [action.get(key) for key in ("command", "name", "text", "emoji")]
        name = next(filter(None, [*names, control.get("label"), control.get("custom_id")]), "")
        said = f"{action['by']}: {action['do']} {str(name)[:80]}".strip()
        place = action["channel"]
        about = place if isinstance(place, str) else place["name"]
        self.timeline.add("action", said, about=about, action=action)

    def _touched(self) -> None:
        for watcher in self._watchers:
            watcher.tell()

    # Routes

    async def _alone(self, request: web.Request) -> web.StreamResponse:
        self._control.check(request)
        text = (_HERE / "alone.html").read_text()
        return web.Response(text=text, content_type="text/html", headers=HEADERS)

    async def _page_file(self, request: web.Request) -> web.StreamResponse:
        return _served(_PAGE / f"inspector.{request.match_info['kind']}")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return _served(_HERE / request.match_info["name"])

    async def _live(self, request: web.Request) -> web.StreamResponse:
        self._control.check(request)
        socket = web.WebSocketResponse(timeout=1)
        await socket.prepare(request)
        watcher = Watcher(socket, self.run, self.state, lambda: moment(self._clock))
        self._watchers[watcher] = socket
        sending = self._tasks.spawn(watcher.send_all(), name="inspector")
        touching = self._tasks.spawn(self._touch(watcher), name="inspector state")
        try:
            async for _ in socket:
                pass  # it only listens
        finally:
            del self._watchers[watcher]
            sending.cancel()
            touching.cancel()
        return socket

    async def _touch(self, watcher: Watcher) -> None:
        """Whatever changes in the world may change the state."""
        while True:
            await self._discord.world.until(_at_the_next_change())
            watcher.tell()

    async def _run(self, request: web.Request) -> web.StreamResponse:
        self._control.check(request)
        name = f"sandbox-run-{self._clock.now():%Y%m%d-%H%M%S}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return web.json_response(self.run(), headers=headers)

    async def _state_now(self, request: web.Request) -> web.StreamResponse:
        self._control.check(request)
        return web.json_response({"state": self.state(), "now": moment(self._clock)})

    async def _presets(self, request: web.Request) -> web.StreamResponse:
        self._control.check(request)
        return web.json_response([preset.shown() for preset in PRESETS])

    async def _clear(self, request: web.Request) -> web.StreamResponse:
        self._control.check(request)
        self.timeline.clear()
        self.actions.clear()
        return web.Response(status=204)

    async def _add_faults(self, request: web.Request) -> web.StreamResponse:
        async def add(described: Any) -> Json:
            added = self.faults.add(described)
            self._touched()
            return {"added": added, "faults": self.faults.shown()}

        return await self._control.order(request, add)

    async def _remove_fault(self, request: web.Request) -> web.StreamResponse:
        self._control.check(request)
        if not self.faults.remove(int(request.match_info["number"])):
            raise web.HTTPNotFound(text="no fault of that number is on")
        self._touched()
        return web.Response(status=204)

    async def _clear_faults(self, request: web.Request) -> web.StreamResponse:
        self._control.check(request)
        self.faults.clear()
        self._touched()
        return web.Response(status=204)

    async def _replay(self, request: web.Request) -> web.StreamResponse:
        """A saved run in, with "keep_gaps": true to let the time between actions pass, too."""
        self._control.check(request)
        try:
            run = json.loads(await _read(request))
            actions = checked(run)
            self.replay.start(actions, keep_gaps=bool(run.get("keep_gaps")))
        except (ValueError, RecursionError) as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return web.json_response({"actions": len(actions)}, status=202)

    async def _stop_replay(self, request: web.Request) -> web.StreamResponse:
        self._control.check(request)
        self.replay.stop()
        return web.Response(status=204)


def _at_the_next_change() -> Callable[[], bool]:
    """False when first looked at, true from then on."""
    looks = iter([False])
    return lambda: next(looks, True)


def _served(file: Path) -> web.StreamResponse:
    """No token: modules import each other by plain names, and there is no secret in them."""
    if not file.is_file():
        raise web.HTTPNotFound
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    headers["Content-Type"] = _TYPES[file.suffix]
    return web.FileResponse(file, headers=headers)


async def _read(request: web.Request) -> bytes:
    """The body, larger than what the server takes elsewhere.

    Raises:
        ValueError: it is too large even so.
    """
    data = bytearray()
    async for chunk in request.content.iter_chunked(2**16):
        data += chunk
        if len(data) > MAX_RUN_BYTES:
            raise ValueError(f"a run has at most {MAX_RUN_BYTES} bytes")
    return bytes(data)
