"""Every HTTP call to either half, from its first byte to its last."""

from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar

from aiohttp import web

from sandbox.discord.model import Json
from sandbox.discord.server import PREFIX as DISCORD
from sandbox.discord.server import RECORDED as DISCORD_RECORD
from sandbox.discord.state import World
from sandbox.inspector.secrecy import Secrecy
from sandbox.inspector.streams import MAX_BODY, Body, EventStream, shown_body
from sandbox.inspector.timeline import Entry, Timeline
from sandbox.openai.recorded import RecordedRequest
from sandbox.openai.server import PREFIX as OPENAI

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
IN_A_CALL: ContextVar[bool] = ContextVar("in a call of a bot", default=False)
_ENTRY: web.RequestKey[Entry] = web.RequestKey("inspector entry", Entry)
_TAKEN: web.RequestKey["Body | EventStream"] = web.RequestKey("inspector body")
_SIZE: web.RequestKey[int] = web.RequestKey("inspector size", int)


class Calls:
    """`watch` is a middleware, `prepared` a signal, `tap` the OpenAI half's.

    answered  is called with the path of each call of a bot that went well
    """

    def __init__(
        self,
        timeline: Timeline,
        secrecy: Secrecy,
        world: World,
        answered: Callable[[str], None],
    ) -> None:
        self._timeline = timeline
        self._secrecy = secrecy
        self._world = world
        self._answered = answered

    async def watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if (kind := _kind(request)) is None:
            return await handler(request)
        path = _path(request)
        entry = self._timeline.add(
            kind,
            f"{request.method} {path}",
            method=request.method,
            url=self._secrecy.path(str(request.rel_url)),
            state="open",
            request=self._asked(request),
        )
        request[_ENTRY] = entry
        inside = IN_A_CALL.set(True)
        try:
            response = await handler(request)
        except web.HTTPException:
            self._timeline.change(entry, ended=True, state="done")
            raise
        except BaseException:
            self._timeline.change(entry, ended=True, state="cut")
            raise
        finally:
            IN_A_CALL.reset(inside)
        if kind == "openai":
            self._end_of_openai(request, entry)
        else:
            self._end_of_discord(request, response, entry)
        return response

    async def prepared(self, request: web.Request, response: web.StreamResponse) -> None:
        """Just before the first byte of an answer."""
        entry = request.get(_ENTRY)
        if entry is None or entry.shown["state"] != "open":
            return
        self._timeline.change(
            entry,
            status=response.status,
            first_byte=self._timeline.since(entry),
            response={"headers": self._secrecy.headers(response.headers)},
        )

    def tap(self, request: web.Request, record: RecordedRequest, data: bytes) -> None:
        """What the OpenAI half sends; an empty piece says that the request has been read."""
        entry = request.get(_ENTRY)
        if entry is None:
            return
        if not data:
            files = [
                {
                    "field": field,
                    "name": one.filename,
                    "type": one.content_type,
                    "size": len(one.data),
                }
                for field, uploads in record.uploads.items()
                for one in uploads
            ]
            asked: Json = {} if record.body is None else {"json": record.body}
            if files:
                asked["files"] = files
            about = record.body.get("model") if isinstance(record.body, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]  any JSON
            self._timeline.change(entry, request=asked, about=about, fault=record.fault)
            return
        if _TAKEN not in request:
            stream = request.get(_ENTRY) is not None and _is_stream(entry)
            request[_TAKEN] = (
                EventStream(lambda event, text: self._timeline.event(entry, event, text))
                if stream
                else Body()
            )
        request[_SIZE] = request.get(_SIZE, 0) + len(data)
        request[_TAKEN].feed(data)

    def _asked(self, request: web.Request) -> Json:
        return {
            "headers": self._secrecy.headers(request.headers),
            "query": {name: self._secrecy.text(text) for name, text in request.query.items()},
            "size": request.content_length or 0,
        }

    def _end_of_openai(self, request: web.Request, entry: Entry) -> None:
        taken = request.get(_TAKEN)
        told: Json = {"size": request.get(_SIZE, 0)}
        if isinstance(taken, Body):
            told |= taken.shown(_content_type(entry))
        whole = entry.shown.get("status") is not None and not _lost(request)
        state = "done" if whole else "cut"
        self._timeline.change(entry, ended=True, state=state, response=told)

    def _end_of_discord(
        self, request: web.Request, response: web.StreamResponse, entry: Entry
    ) -> None:
        fields: Json = {"state": "done", "status": response.status}
        record = request.get(DISCORD_RECORD)
        if record is not None:
            files = [{"name": name, "size": size} for name, size in record.files]
            fields["request"] = {
                **({} if record.body is None else {"json": record.body}),
                **({"files": files} if files else {}),
            }
            fields["route"] = record.route
            fields["fault"] = "fault" if record.faulted else None
            application = self._world.applications.get(record.application_id or 0)
            fields["about"] = application.name if application else None
            if record.status == 0:
                fields |= {"state": "cut", "status": None}
        told: Json = {"headers": self._secrecy.headers(response.headers), "size": 0}
        if isinstance(response, web.Response) and isinstance(response.body, bytes):
            kind = response.headers.get("Content-Type", "")
            size = len(response.body)
            told |= {"size": size, **shown_body(response.body[:MAX_BODY], size, kind)}
        fields["response"] = told if fields["state"] == "done" else {}
        self._timeline.change(entry, ended=True, **fields)
        if fields["state"] == "done" and response.status < 300:  # noqa: PLR2004  HTTP
            self._answered(request.path)


def _kind(request: web.Request) -> str | None:
    path = request.path
    if path.startswith("/api/"):
        return "rest"
    if path == OPENAI or path.startswith(f"{OPENAI}/"):
        return "openai"
    # a browser says what it fetches for; the page's own pictures are not the bot's downloads
    if path.startswith("/cdn/") and "Sec-Fetch-Mode" not in request.headers:
        return "file"
    return None


def _path(request: web.Request) -> str:
    return request.path.removeprefix(DISCORD)


def _lost(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _content_type(entry: Entry) -> str:
    headers: Iterable[list[str]] = entry.shown.get("response", {}).get("headers", [])
    return next((value for name, value in headers if name.lower() == "content-type"), "")


def _is_stream(entry: Entry) -> bool:
    return _content_type(entry).startswith("text/event-stream")
