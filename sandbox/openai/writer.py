"""Puts an answer on the wire: the pace, the gate, and what a fault does to it on the way."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from aiohttp import hdrs, web

from sandbox.clock import Clock
from sandbox.openai.answers import Gate
from sandbox.openai.errors import error_body
from sandbox.openai.faults import PRESETS, Fault, FaultKind, Faults
from sandbox.openai.recorded import RecordedRequest
from sandbox.openai.streams import DONE, Answer, Bytes, Event, Events, Json

_PAGE = (
    "<!doctype html><html><head><title>Sign in</title></head>"
    "<body><h1>Welcome</h1><p>This is the sandbox's HTML fault.</p></body></html>"
)
_LOOK_EVERY = 0.05  # seconds of the machine: about the connection, not about the sandbox's time
_BODY_PART = 1024  # bytes of a body that count as one event for `after`


Tap = Callable[[web.Request, RecordedRequest, bytes], None]


def untapped(_request: web.Request, _record: RecordedRequest, _data: bytes) -> None:
    """Nobody looks."""


class DroppedError(Exception):
    """The connection was dropped on purpose; nothing more can be said on it."""


@dataclass(slots=True)
class Writer:
    request: web.Request
    record: RecordedRequest
    headers: dict[str, str]
    clock: Clock
    faults: Faults
    fault: Fault | None = None
    gate: Gate | None = None
    pace: float = 0.0
    tap: Tap = untapped
    response: web.StreamResponse | None = None  # once it has begun

    async def before(self) -> web.StreamResponse | None:
        """What a fault answers in place of the operation; None lets the operation run."""
        fault = self.fault
        if fault is None:
            return None
        response: web.StreamResponse | None = None
        match fault.kind:
            case FaultKind.DROP:
                self._drop()
            case FaultKind.SLOW_FIRST_BYTE:
                await self._or_gone(self.clock.sleep(fault.seconds or 0))
            case FaultKind.STATUS:
                response = await self._status(fault)
            case FaultKind.HTML:
                response = await self._plain(_PAGE.encode(), "text/html; charset=utf-8", 200)
            case FaultKind.ERROR_OBJECT:
                response = await self.json(fault.body or _broken(), 200)
            case FaultKind.EMPTY_BODY:
                response = await self._plain(b"", "application/json", 200)
            case _:
                pass
        return response

    async def write(self, answer: Answer) -> web.StreamResponse:
        if self.gate is not None:
            await self._or_gone(self.gate.wait())
        match answer:
            case Json(body, status):
                return await self.json(body, status)
            case Bytes(data, content_type, filename):
                headers: dict[str, str] = {}
                if filename is not None:
                    headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="{filename}"'
                return await self._plain(data, content_type, 200, headers)
            case Events():
                return await self._stream(answer)

    async def json(
        self, body: Any, status: int, headers: Mapping[str, str] | None = None
    ) -> web.StreamResponse:
        self.record.answer = body
        data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        self.record.size += len(data)
        return await self._plain(data, "application/json", status, headers)

    async def _put(self, response: web.StreamResponse, data: bytes) -> None:
        if data:  # an empty piece means something else to the tap
            self.tap(self.request, self.record, data)
        await response.write(data)

    async def _status(self, fault: Fault) -> web.StreamResponse:
        preset = PRESETS.get(fault.error or "")
        status = preset.status if preset else fault.status
        body = fault.body if fault.body is not None or preset is None else preset.body
        headers = {**(preset.headers if preset else {}), **fault.headers}
        if body is None:
            body = error_body(f"The sandbox was told to fail with {status}.", kind="sandbox_fault")
        if isinstance(body, str):
            html = body.lstrip().startswith("<")
            kind = "text/html; charset=utf-8" if html else "text/plain; charset=utf-8"
            return await self._plain(body.encode(), kind, status, headers)
        return await self.json(body, status, headers)

    async def _plain(
        self,
        data: bytes,
        content_type: str,
        status: int,
        headers: Mapping[str, str] | None = None,
    ) -> web.StreamResponse:
        response = self.response = web.StreamResponse(status=status)
        response.headers.update(self.headers)
        response.headers[hdrs.CONTENT_TYPE] = content_type
        response.headers.update(headers or {})
        response.content_length = len(data)
        await response.prepare(self.request)
        self.record.status = status
        sent = await self._before_cut(response, data)
        await self._put(response, data[sent:])
        await response.write_eof()
        self.record.finished = True
        return response

    async def _before_cut(self, response: web.StreamResponse, data: bytes) -> int:
        """Part of a body, when a fault stops it there; the number of bytes that went out."""
        fault = self.fault
        if fault is None or fault.kind not in {FaultKind.CUT, FaultKind.STALL}:
            return 0
        sent = min(fault.after * _BODY_PART, max(0, len(data) - 1))
        await self._put(response, data[:sent])
        if fault.kind is FaultKind.CUT:
            self._drop()
        await self._stall(fault)
        return sent

    async def _stream(self, answer: Events) -> web.StreamResponse:
        response = self.response = web.StreamResponse()
        response.headers.update(self.headers)
        response.headers.update(answer.headers)
        response.headers[hdrs.CONTENT_TYPE] = "text/event-stream; charset=utf-8"
        response.headers[hdrs.CACHE_CONTROL] = "no-cache"
        await response.prepare(self.request)
        self.record.status = response.status
        if await self._events(response, answer.events) and answer.done:
            await self._put(response, DONE)
        await response.write_eof()
        self.record.finished = True
        return response

    async def _events(self, response: web.StreamResponse, events: AsyncIterator[Event]) -> bool:
        """True when the stream came to its own end."""
        fault = self.fault
        if fault is not None and fault.kind is FaultKind.EMPTY_STREAM:
            return False
        position = 0
        held: Event | None = None
        async for event in events:
            if fault is not None:
                if position == fault.after and not await self._at(response, fault):
                    return False
                if fault.kind is FaultKind.ENDLESS and held is not None and _ends(event):
                    await self._repeat(response, held, fault)
                if fault.kind is FaultKind.SLOW_EVENTS:
                    await self._or_gone(self.clock.sleep(fault.seconds or 0))
            await self._event(response, event)
            if fault is not None and fault.kind is FaultKind.DUPLICATE:
                await self._event(response, event)
            held = event
            position += 1
        # Asked to stop behind the last event: the end is the place then.
        if fault is not None and position <= fault.after:
            return await self._at(response, fault)
        return True

    async def _at(self, response: web.StreamResponse, fault: Fault) -> bool:
        """What the fault does when its place is reached; False ends the stream there."""
        match fault.kind:
            case FaultKind.CUT:
                self._drop()
            case FaultKind.STALL:
                await self._stall(fault)
            case FaultKind.END:
                return False
            case FaultKind.MALFORMED:
                await self._put(response, b'data: {"id": "chatcmpl-cut-here", "choi\n\n')
            case FaultKind.ERROR_EVENT:
                body = fault.body or _broken()
                await self._put(response, f"data: {json.dumps(body)}\n\n".encode())
                return False
            case _:
                pass
        return True

    async def _event(self, response: web.StreamResponse, event: Event) -> None:
        if self.pace > 0:
            await self._or_gone(self.clock.sleep(self.pace))
        if self.gate is not None:
            await self._or_gone(self.gate.wait())
            self.gate.count()
        data = event.encode()
        self.record.events.append(event.data)
        self.record.size += len(data)
        await self._put(response, data)

    async def _repeat(self, response: web.StreamResponse, event: Event, fault: Fault) -> None:
        """Until the client goes away (then writing raises) or the faults are cleared."""
        cleared = asyncio.ensure_future(self.faults.cleared())
        try:
            while not cleared.done():
                await self._put(response, event.encode())
                await self.clock.sleep(fault.seconds or 0)
        finally:
            cleared.cancel()

    async def _stall(self, fault: Fault) -> None:
        if fault.seconds is not None:
            await self._or_gone(self.clock.sleep(fault.seconds))
        else:
            await self._or_gone(self.faults.cleared())

    async def _or_gone(self, wait: Awaitable[None]) -> None:
        """Wait, but not longer than the client does.

        Raises:
            ConnectionResetError: it went away.
        """
        waiting = asyncio.ensure_future(wait)
        gone = asyncio.ensure_future(self._disconnected())
        try:
            await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                raise ConnectionResetError("the client went away")
            waiting.result()
        finally:
            waiting.cancel()
            gone.cancel()

    async def _disconnected(self) -> None:
        """aiohttp tells a handler of this only by cancelling all handlers of the server: look."""
        while (transport := self.request.transport) is not None and not transport.is_closing():  # noqa: ASYNC110  no event
            await asyncio.sleep(_LOOK_EVERY)

    def _drop(self) -> NoReturn:
        transport = self.request.transport
        if transport is not None:
            transport.abort()
        raise DroppedError


def _ends(event: Event) -> bool:
    """Whether an event is the first of those that end a stream, in any of the families."""
    choices = event.data.get("choices")
    if choices is not None:
        return not choices or any(each.get("finish_reason") for each in choices)
    return str(event.data.get("type", "")).endswith((".done", ".completed"))


def _broken() -> dict[str, Any]:
    return error_body(
        "The server had an error while processing your request. Sorry about that!",
        kind="server_error",
    )
