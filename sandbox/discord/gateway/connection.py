"""One WebSocket: frames out in order, frames in checked, heartbeats watched."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, cast

import orjson
from aiohttp import WSCloseCode, WSMsgType, web

from sandbox.discord.gateway.compression import Compress
from sandbox.discord.model import Json

if TYPE_CHECKING:
    from sandbox.discord.gateway.server import Gateway
    from sandbox.discord.gateway.session import Session

HEARTBEAT_INTERVAL_S = 41.25
_NETWORK_S = 0.02  # real time: the way to Discord and back, at its shortest
_PATIENCE = 1.5  # intervals without a heartbeat before one is asked for, and then before the end
_MAX_FRAME_BYTES = 4096
_MAX_FRAMES, _PER_SECONDS = 120, 60.0

HEARTBEAT, IDENTIFY, PRESENCE, VOICE_STATE, RESUME, REQUEST_MEMBERS = 1, 2, 3, 4, 6, 8
RECONNECT, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 7, 9, 10, 11
_REQUEST_SOUNDS = 31
_KNOWN = {
    HEARTBEAT, IDENTIFY, PRESENCE, VOICE_STATE, RESUME, REQUEST_MEMBERS, _REQUEST_SOUNDS,
}  # fmt: skip


class GatewayClose(Exception):  # noqa: N818  the protocol's word
    """End the connection with one of Discord's close codes."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class Connection:
    """`session` is None until IDENTIFY or RESUME; `silent` swallows everything we would send.

    ended_by  code and reason, where it is the sandbox that closed
    """

    def __init__(
        self, gateway: "Gateway", socket: web.WebSocketResponse, compress: Compress | None
    ) -> None:
        self.session: Session | None = None
        self.silent = False
        self.ended_by: Json = {}
        self._gateway = gateway
        self._socket = socket
        self._compress = compress
        self._clock = gateway.world.clock
        self._outgoing: asyncio.Queue[Json | GatewayClose] = asyncio.Queue()
        self._received: deque[float] = deque()
        self._beats = 0
        self._dropped = False

    def send(self, frame: Json) -> None:
        if not self.silent:
            self._outgoing.put_nowait(frame)

    def close(self, code: int, reason: str = "") -> None:
        """End the connection, after what is already on its way."""
        self._outgoing.put_nowait(GatewayClose(code, reason))

    def drop(self, request: web.Request) -> None:
        """Cut the line: no close frame, as a network that fails."""
        self._dropped = True
        if request.transport is not None:
            request.transport.abort()

    async def run(self) -> int:
        """Serve until either side ends it; answers the close code the client sent, 1006 if none."""
        interval_ms = int(self._gateway.heartbeat_interval_s * 1000)
        self.send({"op": HELLO, "d": {"heartbeat_interval": interval_ms, "_trace": ["sandbox"]},
                   "t": None, "s": None})  # fmt: skip
        writer = self._gateway.tasks.spawn(self._write(), name="gateway writer")
        watcher = self._gateway.tasks.spawn(self._watch_heartbeat(), name="gateway heartbeat")
        try:
            await self._read()
        finally:
            watcher.cancel()
            if not self._dropped:
                self._outgoing.put_nowait(GatewayClose(WSCloseCode.OK, ""))
                await asyncio.wait([writer])
            writer.cancel()
        if self._dropped or self._socket.close_code is None:
            return int(WSCloseCode.ABNORMAL_CLOSURE)
        return self._socket.close_code

    async def _read(self) -> None:
        try:
            async for frame in self._socket:
                if frame.type is WSMsgType.ERROR:
                    break
                self._take(cast("str | bytes", frame.data))
        except GatewayClose as close:
            self.close(close.code, close.reason)

    def _take(self, data: str | bytes) -> None:
        now = self._clock.monotonic()
        while self._received and now - self._received[0] >= _PER_SECONDS:
            self._received.popleft()
        self._received.append(now)
        if len(self._received) > _MAX_FRAMES:
            raise GatewayClose(4008, "Rate limited.")
        if len(data) > _MAX_FRAME_BYTES:
            raise GatewayClose(4002, "Error while decoding payload.")
        try:
            frame: Any = orjson.loads(data)
            op, content = frame["op"], frame.get("d")
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            raise GatewayClose(4002, "Error while decoding payload.") from None
        self._gateway.tap(self, "in", frame, len(data))
        if not isinstance(op, int) or op not in _KNOWN:
            raise GatewayClose(4001, "Unknown opcode.")
        if op == HEARTBEAT:
            self._beats += 1
            self._gateway.tasks.spawn(self._acknowledge(), name="gateway heartbeat ack")
            return
        self._gateway.take(self, op, content)

    async def _acknowledge(self) -> None:
        # No network answers before the sender's own call has returned. discord.py counts on that:
        # it notes when it sent only afterwards, and took the time since its last one for the delay.
        await asyncio.sleep(_NETWORK_S)
        self.send({"op": HEARTBEAT_ACK, "d": None, "t": None, "s": None})

    async def _write(self) -> None:
        """Ends with the connection; what could not be sent is still in the session."""
        try:
            while True:
                frame = await self._outgoing.get()
                if isinstance(frame, GatewayClose):
                    if frame.reason:
                        why = {"code": frame.code, "reason": frame.reason}
                        self.ended_by = {"by": "sandbox", **why}
                    await self._socket.close(code=frame.code, message=frame.reason.encode())
                    return
                data = orjson.dumps(frame)
                self._gateway.tap(self, "out", frame, len(data))
                if self._compress is None:
                    await self._socket.send_str(data.decode())
                else:
                    await self._socket.send_bytes(self._compress(data))
        except ConnectionError:
            return  # the reader sees the same and ends the connection

    async def _watch_heartbeat(self) -> None:
        """One that falls silent is asked once, then let go; it may resume."""
        while True:
            seen = self._beats
            await self._clock.sleep(HEARTBEAT_INTERVAL_S * _PATIENCE)
            if self._beats == seen:
                self.send({"op": HEARTBEAT, "d": None, "t": None, "s": None})
                await self._clock.sleep(HEARTBEAT_INTERVAL_S * _PATIENCE)
                if self._beats == seen:
                    self.close(4000, "Heartbeats are missing.")
                    return
