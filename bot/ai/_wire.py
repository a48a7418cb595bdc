"""One POST, its answer read here as bytes: the SDK's typed stream takes 8 to 14 times the CPU."""

import asyncio
import math
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from json import JSONDecodeError, loads
from typing import Any, cast

import aiohttp
import httpx2
import orjson
from openai import AsyncOpenAI

from bot.ai._deadlines import Deadlines
from bot.ai._facts import from_payload, is_error
from bot.ai._sse import Event, EventParser, EventTooLargeError
from bot.ai.client import Timeouts, stream_timeout
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


class ServerSaidError(Exception):
    """The server answered with an error object, whatever the status."""

    def __init__(self, payload: object) -> None:
        super().__init__()
        self.facts = from_payload(payload)


class Exchange:
    """An answer that has begun to arrive.

    begun  set by the reader at the first text: from then on a silence counts as a stall
    """

    def __init__(self, response: httpx2.Response, deadlines: Deadlines, timeouts: Timeouts) -> None:
        self._response = response
        self._deadlines = deadlines
        self._timeouts = timeouts
        self._chunks = response.aiter_bytes()
        self.begun = False

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
        parser = EventParser()
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
        if event.name == b"error" or is_error(fields):
            raise ServerSaidError(fields)
        return Piece(Kind.EVENT, fields)

    async def _whole(self, start: bytes, chunks: AsyncGenerator[bytes, None]) -> Piece:
        body = bytearray(start)
        async for chunk in chunks:
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise self._damaged(Damage.WRONG_SHAPE)
        try:
            payload = json(bytes(body).removeprefix(_BOM))
        except ValueError:
            raise self._damaged(Damage.NOT_JSON) from None
        if isinstance(payload, list) and any(
            isinstance(item, dict) and is_error(cast("dict[str, Any]", item))
            for item in cast("list[object]", payload)
        ):
            raise ServerSaidError(cast("object", payload))
        if not isinstance(payload, dict):
            raise self._damaged(Damage.WRONG_SHAPE)
        fields = cast("dict[str, Any]", payload)
        if is_error(fields):
            raise ServerSaidError(fields)
        return Piece(Kind.WHOLE, fields)

    async def _bytes(self) -> AsyncGenerator[bytes, None]:
        try:
            while True:
                limit = self._timeouts.stall if self.begun else self._timeouts.first
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

    def _damaged(self, damage: Damage) -> BadAnswerError:
        status = self._response.status_code
        return BadAnswerError(status=status, request_id=self.request_id, damage=damage)


@asynccontextmanager
async def posted(
    client: AsyncOpenAI,
    path: str,
    body: Mapping[str, Any],
    *,
    deadlines: Deadlines,
    timeouts: Timeouts,
) -> AsyncGenerator[Exchange, None]:
    """Send once, never again; the connection is given back, or broken, when the block ends.

    Raises:
        openai.OpenAIError: no answer, or one with a status that is an error.
    """
    request = client.post(
        f"/{path}",
        cast_to=httpx2.Response,
        content=orjson.dumps(body),
        options={
            "max_retries": 0,
            "timeout": stream_timeout(timeouts),
            "headers": {
                "Content-Type": "application/json",
                "Accept-Encoding": "identity",  # compressing proxies hold small pieces back
                "X-Stainless-Raw-Response": "stream",  # how the SDK is told not to read the body
            },
        },
    )
    response = await deadlines.wait(request, limit=timeouts.first)
    exchange = Exchange(response, deadlines, timeouts)
    try:
        yield exchange
    finally:
        await exchange.close()


def json(data: bytes) -> object:
    """JSON as servers write it: also NaN, half surrogate pairs and broken UTF-8.

    Raises:
        ValueError: it is none.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            return loads(data.decode("utf-8", "replace"))
        except (JSONDecodeError, RecursionError) as error:
            raise ValueError from error


def number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value)
