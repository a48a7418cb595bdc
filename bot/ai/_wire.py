"""One request, its answer read as bytes: the SDK's typed stream takes 8 to 14 times the CPU."""

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

import aiohttp
import httpx2
import orjson
from openai import AsyncOpenAI

from bot.ai._deadlines import Deadlines
from bot.ai._errors import ServerSaidError
from bot.ai._facts import is_error
from bot.ai._recording import MAX_TEXT, Note
from bot.ai._sending import Sending
from bot.ai._sse import MAX_EVENT_BYTES, Event, EventParser, EventTooLargeError
from bot.ai._values import json
from bot.ai.client import Timeouts, read_timeout, stream_timeout
from bot.domain.calls import Json
from bot.domain.errors import BadAnswerError, Damage

MAX_BODY_BYTES = 32 * 1024 * 1024
"""An answer in one piece above this is refused."""

_DONE = b"[DONE]"
_EVENT_STARTS = (b"data:", b"event:", b"id:", b"retry:", b":")
_WHITE = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"


class Kind(Enum):
    EVENT = "event"  # one event of a stream
    WHOLE = "whole"  # the answer in one piece
    DONE = "done"  # data: [DONE]


@dataclass(frozen=True, slots=True)
class Piece:
    kind: Kind
    fields: Mapping[str, Any]


class Answer:
    """An answer that has begun to arrive.

    begun         set by the reader at the first text: from then on a silence counts as a stall
    most          bytes of an answer in one piece
    most_event    bytes of one event
    wants_stream  it was asked for in pieces
    """

    def __init__(
        self,
        response: httpx2.Response,
        note: Note,
        deadlines: Deadlines,
        timeouts: Timeouts,
        *,
        patient: bool = False,
    ) -> None:
        self._response = response
        self._note = note
        self._deadlines = deadlines
        self._stall = timeouts.stall
        self._first = math.inf if patient else timeouts.first
        self._chunks = response.aiter_bytes()
        self.begun = False
        self.most = MAX_BODY_BYTES
        self.most_event = MAX_EVENT_BYTES
        self.wants_stream = False

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def content_type(self) -> str:
        """Without parameters, in small letters; empty where the server named none."""
        declared = self._response.headers.get("content-type", "")
        return declared.partition(";")[0].strip().lower()

    @property
    def announced(self) -> int | None:
        """How many bytes it will be, where the server said so."""
        length = self._response.headers.get("content-length", "")
        return int(length) if length.isdecimal() else None

    @property
    def request_id(self) -> str | None:
        return self._response.headers.get("x-request-id")

    @property
    def is_openai(self) -> bool:
        """OpenAI itself, perhaps behind a proxy under another name."""
        headers = self._response.headers
        return "openai-version" in headers or "openai-processing-ms" in headers

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """Events, or one whole answer; ends where the server ended cleanly.

        Raises:
            BadAnswerError: the bytes are not what the API answers.
            ServerSaidError: they are an error object.
            UpstreamTimeoutError: nothing came for too long.
        """
        async with aclosing(self._bytes()) as chunks:
            start = b""
            while not start.lstrip(_WHITE).removeprefix(_BOM).strip(_WHITE):
                chunk = await anext(chunks, None)
                if chunk is None:
                    return
                start += chunk
            if self._is_stream(start):
                async for piece in self._events(start, chunks):
                    yield piece
            else:
                yield await self._whole(start, chunks)

    def _is_stream(self, start: bytes) -> bool:
        """By the body first: servers do send JSON as an event stream, and the reverse."""
        text = start.removeprefix(_BOM).lstrip(_WHITE)
        if text[:1] in (b"{", b"[", b"<"):
            return False
        declared = "event-stream" in self._response.headers.get("content-type", "")
        return declared or text.startswith(_EVENT_STARTS)

    async def _events(
        self, start: bytes, chunks: AsyncGenerator[bytes, None]
    ) -> AsyncGenerator[Piece, None]:
        parser = EventParser(self.most_event)
        chunk: bytes | None = start
        while chunk is not None:
            try:
                events = parser.feed(chunk)
            except EventTooLargeError:
                raise self._damaged(Damage.MALFORMED_EVENT) from None
            for event in events:
                piece = self._piece(event, Damage.MALFORMED_EVENT)
                if piece is not None:
                    yield piece
                    if piece.kind is Kind.DONE:
                        return
            chunk = await anext(chunks, None)
        for event in parser.close():
            # The end came in the middle of this event, or right behind it.
            if (piece := self._piece(event, Damage.CUT)) is not None:
                yield piece

    def _piece(self, event: Event, damage: Damage) -> Piece | None:
        data = event.data.strip(_WHITE)
        if not data:
            return None  # a heartbeat
        if data == _DONE:
            return Piece(Kind.DONE, {})
        try:
            payload = json(data)
        except ValueError:
            raise self._damaged(damage) from None
        if not isinstance(payload, dict):
            raise self._damaged(Damage.WRONG_SHAPE)
        fields = cast("dict[str, Any]", payload)
        self._note.event(fields)
        if event.name == b"error" or is_error(fields):
            raise ServerSaidError(fields)
        return Piece(Kind.EVENT, fields)

    async def body(self, most: int = MAX_BODY_BYTES) -> bytes:
        """All of it.

        Raises:
            BadAnswerError: ENDLESS, over `most` bytes; they are counted while they come.
        """
        body = bytearray()
        async with aclosing(self._bytes()) as chunks:
            async for chunk in chunks:
                body += chunk
                if len(body) > most:
                    raise self._damaged(Damage.ENDLESS)
        return bytes(body)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Bytes as they come."""
        async with aclosing(self._bytes()) as chunks:
            async for chunk in chunks:
                yield chunk

    def note(self, response: Json) -> None:
        """What came, for whoever looks at it afterwards."""
        self._note.response = response

    async def _whole(self, start: bytes, chunks: AsyncGenerator[bytes, None]) -> Piece:
        body = bytearray(start)
        async for chunk in chunks:
            body += chunk
            if len(body) > self.most:
                raise self._damaged(Damage.WRONG_SHAPE)
        return Piece(Kind.WHOLE, self.fields(bytes(body)))

    def payload(self, body: bytes) -> Json:
        """JSON that is no error.

        Raises:
            BadAnswerError: it is no JSON; `detail` is "HTML" where it is that.
            ServerSaidError: it is an error object, whatever the status.
        """
        try:
            payload = json(body.removeprefix(_BOM))
        except ValueError:
            self._note.response = body[: 4 * MAX_TEXT].decode("utf-8", "replace")[:MAX_TEXT]
            raise self._damaged(Damage.NOT_JSON, "HTML" if _is_html(body) else "") from None
        self._note.response = payload
        if isinstance(payload, list) and any(
            isinstance(item, dict) and is_error(cast("dict[str, Any]", item))
            for item in cast("list[object]", payload)
        ):
            raise ServerSaidError(cast("object", payload))
        if isinstance(payload, dict) and is_error(cast("dict[str, Any]", payload)):
            raise ServerSaidError(cast("object", payload))
        return cast("Json", payload)

    def fields(self, body: bytes) -> dict[str, Any]:
        """The same where it has to be an object."""
        payload = self.payload(body)
        if not isinstance(payload, dict):
            raise self._damaged(Damage.WRONG_SHAPE)
        return cast("dict[str, Any]", payload)

    async def _bytes(self) -> AsyncGenerator[bytes, None]:
        try:
            while True:
                limit = self._stall if self.begun else self._first
                chunk = await self._deadlines.wait(anext(self._chunks, None), limit=limit)
                if chunk is None:
                    return
                yield chunk
        except httpx2.DecodingError:
            raise self._damaged(Damage.NOT_JSON) from None
        except (httpx2.HTTPError, aiohttp.ClientError) as error:
            raise self._damaged(Damage.CUT) from error

    async def drain(self, seconds: float) -> None:
        """Read the rest of the body, so that the next question finds this connection open.

        Real time, since nothing anybody sees depends on it.
        """
        with suppress(TimeoutError, httpx2.HTTPError, aiohttp.ClientError):
            async with asyncio.timeout(seconds):
                while await anext(self._chunks, None):
                    pass

    async def close(self) -> None:
        await self._chunks.aclose()
        await self._response.aclose()

    def _damaged(self, damage: Damage, detail: str = "") -> BadAnswerError:
        status = self._response.status_code
        return BadAnswerError(detail, status, self.request_id, damage)


@asynccontextmanager
async def sent(
    client: AsyncOpenAI, sending: Sending, note: Note, *, deadlines: Deadlines, timeouts: Timeouts
) -> AsyncGenerator[Answer, None]:
    """Send once, never again; the connection is given back, or broken, when the block ends.

    `note` is closed with it, whatever happens.

    Raises:
        openai.OpenAIError: no answer, or one with a status that is an error.
    """
    try:
        limit = math.inf if sending.patient else timeouts.first
        response = await deadlines.wait(_request(client, sending, timeouts), limit=limit)
        note.answered(response.status_code, response.headers.get("x-request-id"))
        answer = Answer(response, note, deadlines, timeouts, patient=sending.patient)
        try:
            yield answer
        finally:
            await answer.close()
    except BaseException as error:
        note.close(error)
        raise
    note.close(None)


def _is_html(body: bytes) -> bool:
    return body.lstrip(_WHITE + _BOM)[:1] == b"<"


def _request(
    client: AsyncOpenAI, sending: Sending, timeouts: Timeouts
) -> Awaitable[httpx2.Response]:
    """The SDK's part: address, key, and how a form is written."""
    headers = {
        "Accept-Encoding": "identity",  # compressing proxies hold small pieces back
        "X-Stainless-Raw-Response": "stream",  # how the SDK is told not to read the body
    }
    options: Any = {
        "max_retries": 0,
        "timeout": stream_timeout(timeouts),
        "headers": headers,
        "params": dict(sending.query),
    }
    if sending.method == "GET":
        options["timeout"] = read_timeout(timeouts)
        return client.get(sending.path, cast_to=httpx2.Response, options=options)
    if sending.method == "DELETE":
        options["timeout"] = read_timeout(timeouts)
        return client.delete(sending.path, cast_to=httpx2.Response, options=options)
    if sending.files:
        headers["Content-Type"] = "multipart/form-data"
        files = [
            (name, (upload.filename, upload.data, upload.mime)) for name, upload in sending.files
        ]
        return client.post(
            sending.path,
            cast_to=httpx2.Response,
            body=dict(sending.body or {}),
            files=files,
            options=options,
        )
    headers["Content-Type"] = "application/json"
    content = orjson.dumps({} if sending.body is None else sending.body)
    return client.post(sending.path, cast_to=httpx2.Response, content=content, options=options)
