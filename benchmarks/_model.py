"""A model that says words at a steady pace, and knows when it said each of them.

`/chat/completions` and `/models` alone, on bare asyncio: 500 answers at 50 words a second are
25,000 writes a second, which a web framework does not leave a core for. What a question begins with
says what is wanted: "q17 n400 r50 d0.5" is question 17, 400 words at 50 a second after half a
second. The words are all "w", so that a thousand of them are still one message.
"""

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

_ASKED = re.compile(r"q(\d+) n(\d+) r([\d.]+) d([\d.]+)")
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
MODEL = "bench-1"


@dataclass(slots=True)
class Said:
    """One answer: when its request had come, and when each word was written (monotonic)."""

    requested_at: float
    words: int
    written: list[float] = field(default_factory=list[float])
    ended: bool = False


class Model:
    """Serves from `async with` on; `said` by the question's number."""

    def __init__(self) -> None:
        self.said: dict[int, Said] = {}
        self.url = ""
        self._server: asyncio.Server | None = None
        self._talking: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/v1"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._talking:
            task.cancel()
        await asyncio.gather(*self._talking, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talking.add(task)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = re.search(rb"(?i)content-length: *(\d+)", head)
                body = await reader.readexactly(int(length[1])) if length else b""
                if head.startswith(b"GET"):
                    _answer(writer, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})
                else:
                    await self._stream(writer, json.loads(body), time.monotonic())
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # who asked has gone
        finally:
            self._talking.discard(task)
            writer.close()

    async def _stream(self, writer: asyncio.StreamWriter, asked: Any, now: float) -> None:
        content = asked["messages"][-1]["content"]
        text = content if isinstance(content, str) else json.dumps(content)
        found = _ASKED.search(text)
        assert found is not None, text
        number, words, rate, delay = int(found[1]), int(found[2]), float(found[3]), float(found[4])
        said = self.said[number] = Said(now, words)
        writer.write(_HEAD)
        writer.write(_event({"role": "assistant", "content": ""}))
        begin = now + delay + 1 / rate
        for each in range(words):
            if (left := begin + each / rate - time.monotonic()) > 0:
                await asyncio.sleep(left)
            if writer.is_closing():
                return
            word = f"q{number} w " if each == 0 else "w "
            said.written.append(time.monotonic())
            writer.write(_event({"content": word}))
        usage = {"prompt_tokens": 10, "completion_tokens": words, "total_tokens": words + 10}
        writer.write(_event({}, reason="stop"))
        if (asked.get("stream_options") or {}).get("include_usage"):
            writer.write(_chunk({"choices": [], "usage": usage}))
        writer.write(_framed(b"data: [DONE]\n\n") + b"0\r\n\r\n")
        said.ended = True
        await writer.drain()


def _event(delta: dict[str, str], reason: str | None = None) -> bytes:
    return _chunk({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})


def _chunk(body: dict[str, Any]) -> bytes:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
    return _framed(b"data: " + json.dumps(head | body).encode() + b"\n\n")


def _framed(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _answer(writer: asyncio.StreamWriter, body: object) -> None:
    data = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(data)}"
    writer.write(head.encode() + b"\r\n\r\n" + data)
