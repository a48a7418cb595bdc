"""The Discord half: its world, its REST routes, its gateway, its files, and what it was asked."""

import logging
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import orjson
from aiohttp import web

from sandbox._kept import trim
from sandbox._tasks import Tasks
from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.discord import fault_file
from sandbox.discord.bodies import Body, read_body
from sandbox.discord.cdn import Cdn
from sandbox.discord.commands import Commands
from sandbox.discord.defaults import default_world
from sandbox.discord.errors import ApiError, unauthorized
from sandbox.discord.faults import Fault, Faults, GatewayFault
from sandbox.discord.gateway.server import Gateway
from sandbox.discord.interactions.answers import Answers
from sandbox.discord.interactions.book import Interactions
from sandbox.discord.model import Application
from sandbox.discord.ratelimits import RateLimits
from sandbox.discord.rest.routing import Answer, Call, Route
from sandbox.discord.rest.table import ALL_ROUTES
from sandbox.discord.state import World

_log = logging.getLogger(__name__)
PREFIX = "/api/v10"
_RECORDED, _RECORDED_BYTES = 10_000, 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A request as it came and what it was answered.

    path     without /api/v10
    route    the pattern it met, such as /channels/{channel_id}/messages; None: no route of ours
    body     the JSON it carried (that of payload_json), None without one
    files    names and sizes
    status   0 where the connection was cut
    faulted  trouble on purpose met it
    size     bytes of body and answer, without files
    """

    method: str
    path: str
    query: dict[str, str]
    route: str | None
    headers: dict[str, str] = field(repr=False)
    body: Any
    files: list[tuple[str, int]]
    status: int
    answer: Any
    application_id: int | None
    faulted: bool
    size: int


# on each request that was served: its record, for whoever stands around the handlers
RECORDED: web.RequestKey[Recorded] = web.RequestKey("recorded", Recorded)

# who sent too many bad requests is not answered by Discord: no JSON, no Via, and for hours
_CLOUDFLARE = Fault(
    route="*",
    times=None,
    status=429,
    body="error code: 1015",
    content_type="text/plain",
    headers={"Retry-After": "3600"},
)


class _Cut(Exception):  # noqa: N818  not an error: the way out when the connection is dropped
    pass


class DiscordServer:
    """`world`, `faults`, `limits` and `gateway` are there to be changed, `requests` to be read.

    application  the default bot
    kept_bytes   how much of `requests` is kept, besides their number
    """

    def __init__(self, *, clock: Clock, tasks: Tasks, control: Control) -> None:
        self.clock = clock
        self.tasks = tasks
        self.world = World(clock)
        self.application: Application = default_world(self.world)
        self.faults = Faults()
        self.limits = RateLimits(clock)
        self.requests: deque[Recorded] = deque(maxlen=_RECORDED)
        self.kept_bytes = _RECORDED_BYTES
        self.gateway = Gateway(self.world, self.faults, tasks)
        self.cdn = Cdn(self.world)
        self.commands = Commands(self.world)
        self.interactions = Interactions(self.world, tasks)
        self.answers = Answers(self.interactions)
        self._control = control

    def served_at(self, url: str) -> None:
        self.world.base_url = url

    @property
    def gateway_url(self) -> str:
        return self.world.base_url.replace("http", "ws", 1) + "/gateway"

    def add_routes(self, app: web.Application) -> None:
        for route in ALL_ROUTES:
            app.router.add_route(route.method, PREFIX + route.pattern, self._handler(route))
        app.router.add_get("/gateway", self.gateway.connect)
        app.router.add_get("/gateway/", self.gateway.connect)
        for kind in ("attachments", "ephemeral-attachments"):
            path = f"/cdn/{kind}/{{channel}}/{{attachment:[0-9]+}}/{{filename}}"
            app.router.add_get(path, self.cdn.serve)
        app.router.add_post("/control/discord/faults", self._add_faults)
        app.router.add_delete("/control/discord/faults", self._clear_faults)
        app.router.add_post("/control/discord/gateway", self._disturb_gateway)
        app.router.add_route("*", "/api/{rest:.*}", self._not_implemented)

    async def close(self) -> None:
        await self.gateway.close()

    # One REST request, from the bytes to the bytes

    def _handler(self, route: Route) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._serve(request, route)

        return handle

    async def _not_implemented(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, None)

    async def _serve(self, request: web.Request, route: Route | None) -> web.StreamResponse:
        body = await read_body(request)
        caller = self._caller(request)
        path = request.path.removeprefix(PREFIX)
        fault = self.faults.for_request(request.method, path)
        if self.limits.shut_out():
            fault = _CLOUDFLARE
        cut = False
        headers: dict[str, str] = {}
        raw: str | None = None
        answer = Answer(500)
        try:
            if fault is not None:
                answer, raw = await self._go_wrong(fault, headers)
            if fault is None or answer.status == 0:
                answer = await self._act(request, route, body, caller, headers)
                cut = fault is not None and fault.drop == "after"
        except _Cut:
            cut = True
        except ApiError as error:
            headers.update(error.headers)
            answer = Answer(error.status, error.body())
        except Exception:  # noqa: BLE001  the border: a fault of ours is no dead server
            _log.exception("%s %s", request.method, path)
            answer = Answer(500, {"message": "500: Internal Server Error", "code": 0})
        if cut:
            answer = Answer(0)
        self.limits.count_invalid(answer.status, headers.get("X-RateLimit-Scope"))
        content_type = "application/json"
        if raw is not None:
            content_type = (fault and fault.content_type) or "text/html"
        if cut:
            response = _cut_off(request)
        else:
            response = _response(answer, headers, raw=raw, content_type=content_type)
        size = body.size + (response.content_length or 0)
        self._record(request, route, body, caller, answer, faulted=fault is not None, size=size)
        return response

    async def _go_wrong(self, fault: Fault, headers: dict[str, str]) -> tuple[Answer, str | None]:
        """The answer instead (status 0: act on the request after all), and its raw text if any."""
        if fault.delay:
            await self.clock.sleep(fault.delay)
        if fault.drop == "before":
            raise _Cut
        if (error := fault.error()) is not None:
            raise error
        if fault.status is None:
            return Answer(0), None
        headers.update(fault.headers)
        raw: str | None = fault.body if isinstance(fault.body, str) else None
        usual = {"message": f"{fault.status}: sandbox fault", "code": 0}
        return Answer(fault.status, fault.body if fault.body is not None else usual), raw

    async def _act(
        self,
        request: web.Request,
        route: Route | None,
        body: Body,
        caller: Application | None,
        headers: dict[str, str],
    ) -> Answer:
        if route is None:
            name = f"{request.method} {request.path.removeprefix(PREFIX)}"
            message = f"The sandbox does not implement {name}"
            raise ApiError(501, 0, message, extra={"route": name})
        if route.auth and caller is None:
            raise unauthorized()
        passed = self.limits.take(
            who=caller.id if caller and route.auth else None,
            kind=route.kind,
            route=f"{route.method} {route.pattern}",
            major=_major(request),
            global_=route.auth,
        )
        headers.update(passed.headers)
        if body.error is not None:
            raise body.error
        call = Call(
            discord=self,
            method=request.method,
            path=request.match_info,
            query=request.query,
            data=body.json,
            files=body.files,
            caller=caller,
            reason=unquote(request.headers.get("X-Audit-Log-Reason", "")) or None,
        )
        result = await route.handler(call)
        if isinstance(result, Answer):
            return result
        return Answer(204) if result is None else Answer(200, result)

    def _caller(self, request: web.Request) -> Application | None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return self.world.application_with_token(token.strip()) if kind == "Bot" else None

    def _record(
        self,
        request: web.Request,
        route: Route | None,
        body: Body,
        caller: Application | None,
        answer: Answer,
        *,
        faulted: bool,
        size: int,
    ) -> None:
        recorded = Recorded(
            method=request.method,
            path=request.path.removeprefix(PREFIX),
            query=dict(request.query),
            route=route.pattern if route else None,
            headers=dict(request.headers),
            body=body.json,
            files=[(upload.filename, len(upload.data)) for upload in body.files.values()],
            status=answer.status,
            answer=answer.body,
            application_id=caller.id if caller else None,
            faulted=faulted,
            size=size,
        )
        request[RECORDED] = recorded
        self.requests.append(recorded)
        trim(self.requests, self.kept_bytes)
        self.world.touch()

    # Control, over HTTP

    async def _add_faults(self, request: web.Request) -> web.StreamResponse:
        async def add(described: Any) -> None:
            for fault in fault_file.parse(described):
                self.faults.add(fault)

        return await self._control.order(request, add)

    async def _clear_faults(self, request: web.Request) -> web.StreamResponse:
        self._control.check(request)
        self.faults.clear()
        return web.Response(status=204)

    async def _disturb_gateway(self, request: web.Request) -> web.StreamResponse:
        """Trouble now: {"action": ...}, as a fault of the gateway has it."""

        async def disturb(described: Any) -> None:
            for fault in fault_file.parse({"gateway": [described]}):
                if isinstance(fault, GatewayFault):
                    await self.gateway.disturb(fault.action)

        return await self._control.order(request, disturb)


def _major(request: web.Request) -> str:
    """The parameters that divide a bucket: channel, guild, or webhook with its token."""
    found = [
        request.match_info.get(name)
        for name in ("channel_id", "guild_id", "webhook_id", "application_id", "webhook_token")
    ]
    return ":".join(part or "" for part in found)


def _response(
    answer: Answer, headers: dict[str, str], *, raw: str | None, content_type: str
) -> web.Response:
    # discord.py takes a 429 without Via for Cloudflare's
    all_headers = {"Via": "1.1 sandbox", **headers}
    if answer.status == 429 and "X-RateLimit-Scope" not in headers:  # noqa: PLR2004  HTTP
        del all_headers["Via"]
    if raw is not None:
        all_headers["Content-Type"] = content_type
        return web.Response(status=answer.status, text=raw, headers=all_headers)
    if answer.body is None:
        return web.Response(status=answer.status, headers=all_headers)
    # exactly this, without a charset: discord.py parses nothing else
    all_headers["Content-Type"] = "application/json"
    return web.Response(status=answer.status, body=orjson.dumps(answer.body), headers=all_headers)


def _cut_off(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)  # nobody is there to read it
