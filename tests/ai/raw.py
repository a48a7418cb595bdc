"""A server that answers with exactly the bytes it was given, cut and ended as it was told."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class End(Enum):
    CLEAN = "clean"
    DROP = "drop"  # the connection is reset
    HOLD = "hold"  # nothing more, until the client goes away


@dataclass
class Reply:
    """status 0: the connection is dropped before a single byte."""

    pieces: list[bytes] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    end: End = End.CLEAN


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


class RawServer:
    """Plays `replies` in order, the last one for ever.

    sent    set when everything of a held reply is out
    left    set when the client went away from a held reply
    """

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.requests: list[Request] = []
        self.sent = asyncio.Event()
        self.left = asyncio.Event()
        self.url = ""
        self.connections = 0

    def streams(self, *pieces: bytes | str | dict[str, Any], end: End = End.CLEAN) -> None:
        """Add a reply: bytes as they are; text and objects as one event each."""
        self.replies.append(
            Reply(
                [piece if isinstance(piece, bytes) else event(piece) for piece in pieces],
                headers={"content-type": "text/event-stream", "x-request-id": "req_raw"},
                end=end,
            )
        )

    def answers(self, body: Any, status: int = 200, **headers: str) -> None:
        """Add a reply in one piece: bytes as they are, everything else as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = {"content-type": "application/json", "x-request-id": "req_raw"}
        self.replies.append(Reply([raw], status, kind | names))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while head := await reader.readuntil(b"\r\n\r\n"):
            first, *lines = head.decode().strip().split("\r\n")
            method, path, _ = first.split(" ")
            headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.requests.append(Request(method, path, headers, _read(headers, body)))
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
            if reply.status == 0:
                return
            lines = [f"HTTP/1.1 {reply.status} X", "transfer-encoding: chunked"]
            lines += [f"{name}: {value}" for name, value in reply.headers.items()]
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            for piece in reply.pieces:
                if piece:
                    writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    await writer.drain()
            if reply.end is End.CLEAN:
                writer.write(b"0\r\n\r\n")
                continue
            if reply.end is End.HOLD:
                self.sent.set()
                await reader.read(1)
                self.left.set()
            return


@asynccontextmanager
async def raw_server() -> AsyncGenerator[RawServer, None]:
    raw = RawServer()
    async with serving(raw.serve) as raw.url:
        yield raw


@asynccontextmanager
async def serving(
    handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncGenerator[str, None]:
    """A server at the address that is given; its connections end with the block."""
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        connections.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await handle(reader, writer)  # the client goes away first in some tests
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections)


def _read(headers: dict[str, str], body: bytes) -> Any:
    """JSON as what it says; forms as their bytes."""
    is_json = headers.get("content-type", "").startswith("application/json")
    return json.loads(body) if body and is_json else body or None


def event(data: str | dict[str, Any]) -> bytes:
    text = data if isinstance(data, str) else json.dumps(data)
    return f"data: {text}\n\n".encode()


def chunk(
    content: str | None = None, *, finish: str | None = None, index: int = 0, **delta: Any
) -> dict[str, Any]:
    """One event of /chat/completions."""
    if content is not None:
        delta["content"] = content
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "raw-1",
        "choices": [{"index": index, "delta": delta, "finish_reason": finish}],
    }


def whole(content: str = "Hello", **more: Any) -> dict[str, Any]:
    """An answer of /chat/completions in one piece."""
    message = {"role": "assistant", "content": content, **more}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    return {"id": "chatcmpl-1", "object": "chat.completion", "model": "raw-1", "choices": choices}
