"""REST and gateway as bytes: no library between the test and the wire."""

import io
import json
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import zstandard

from sandbox.discord.gateway.intents import ALL_INTENTS

Json = dict[str, Any]
UNPRIVILEGED = ALL_INTENTS & ~(1 << 1 | 1 << 8 | 1 << 15)


@dataclass
class Reply:
    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> int:
        return self.body["code"]

    def error_at(self, *path: str | int) -> str:
        """The code that the nested errors have at this place."""
        node = self.body["errors"]
        for step in path:
            node = node[str(step)]
        return node["_errors"][0]["code"]


class Rest:
    def __init__(self, http: aiohttp.ClientSession, base: str, token: str) -> None:
        self._http = http
        self._base = base
        self.token = token

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        files: dict[str, bytes] | None = None,
        params: Json | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """`files`: by name, sent as files[0], files[1]... beside payload_json."""
        all_headers = {"Authorization": f"Bot {self.token}", **(headers or {})}
        data: Any = None
        if files is not None:
            data = aiohttp.FormData(quote_fields=False)
            data.add_field("payload_json", json.dumps(body or {}), content_type="application/json")
            for number, (name, content) in enumerate(files.items()):
                data.add_field(f"files[{number}]", io.BytesIO(content), filename=name)
        elif body is not None:
            data = io.BytesIO(json.dumps(body).encode())
            all_headers.setdefault("Content-Type", "application/json")
        async with self._http.request(
            method, self._base + path, data=data, params=params, headers=all_headers
        ) as response:
            text = await response.text()
            is_json = response.headers.get("Content-Type") == "application/json"
            return Reply(
                response.status, json.loads(text) if is_json else text or None, response.headers
            )


class Socket:
    """A gateway client that notices everything and does nothing by itself."""

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, token: str, compress: str | None
    ) -> None:
        self._socket = socket
        self._token = token
        self._inflate: Callable[[bytes], bytes] | None = None
        if compress == "zlib-stream":
            self._inflate = zlib.decompressobj().decompress
        elif compress == "zstd-stream":
            self._inflate = zstandard.ZstdDecompressor().decompressobj().decompress
        self.session_id = ""
        self.sequence = 0

    async def send(self, op: int, content: Any = None) -> None:
        await self._socket.send_str(json.dumps({"op": op, "d": content}))

    async def send_text(self, text: str) -> None:
        await self._socket.send_str(text)

    async def receive(self) -> Json:
        """The next frame. A close comes as {"closed": code}."""
        message = await self._socket.receive(timeout=60)
        if message.type is aiohttp.WSMsgType.TEXT:
            assert self._inflate is None
            frame = json.loads(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            assert self._inflate is not None
            frame = json.loads(self._inflate(message.data))
        else:
            is_close = message.type is aiohttp.WSMsgType.CLOSE
            return {"closed": message.data if is_close else self._socket.close_code}
        self.sequence = frame.get("s") or self.sequence
        return frame

    async def until(self, event: str) -> Json:
        """The data of the next event with this name; what comes before is passed over."""
        while True:
            frame = await self.receive()
            assert "closed" not in frame, f"closed with {frame} before {event}"
            if frame["t"] == event:
                return frame["d"]

    async def events_before_ack(self) -> list[Json]:
        """All events that are on their way now: a heartbeat's acknowledgement ends them."""
        await self.send(1, self.sequence)
        found: list[Json] = []
        while (frame := await self.receive())["op"] != 11:
            found.append(frame)
        return found

    async def identify(self, **changes: Any) -> Json:
        """HELLO, IDENTIFY, and the READY that comes of it, or the close."""
        hello = await self.receive()
        assert hello["op"] == 10
        await self.send(2, self.identity(**changes))
        frame = await self.receive()
        if "closed" in frame:
            return frame
        self.session_id = frame["d"]["session_id"]
        return frame["d"]

    def identity(self, **changes: Any) -> Json:
        properties = {"os": "linux", "browser": "test", "device": "test"}
        return {
            "token": self._token,
            "intents": UNPRIVILEGED,
            "properties": properties,
            **changes,
        }

    async def resume(self, session_id: str, sequence: int) -> None:
        hello = await self.receive()
        assert hello["op"] == 10
        await self.send(6, {"token": self._token, "session_id": session_id, "seq": sequence})

    async def close(self, code: int = 1000) -> None:
        await self._socket.close(code=code)


Sockets = Callable[..., Awaitable[Socket]]
