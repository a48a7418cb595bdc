"""What the inspector's page does, over HTTP and WebSocket."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from sandbox.server import Sandbox

Json = dict[str, Any]
HERE = "/sandbox/inspector"


class Looker:
    def __init__(self, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.http = http

    async def ask(self, method: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
        """With the token; the answer's JSON, or its text."""
        headers = {"Authorization": f"Bearer {self.sandbox.control.token}"}
        more: Json = {} if body is None else {"json": body}
        url = self.sandbox.url + path
        async with self.http.request(method, url, headers=headers, **more) as answer:
            assert answer.status == expect, await answer.text()
            if answer.content_type == "application/json":
                return await answer.json()
            return await answer.text()

    async def run(self) -> Json:
        return await self.ask("GET", f"{HERE}/run")

    async def entries(self, kind: str) -> list[Json]:
        return [one for one in (await self.run())["entries"] if one["kind"] == kind]

    async def openai(self, method: str, path: str, **more: Any) -> tuple[int, bytes]:
        """As a client of the API; what the connection gave until it ended."""
        headers = {"Authorization": f"Bearer {self.sandbox.openai_api_key}"}
        url = self.sandbox.openai_base_url + path
        async with self.http.request(method, url, headers=headers, **more) as answer:
            return answer.status, await answer.read()

    @asynccontextmanager
    async def live(self) -> AsyncGenerator["Live", None]:
        url = f"{self.sandbox.url}{HERE}/live?token={self.sandbox.control.token}"
        async with self.http.ws_connect(url, origin=self.sandbox.url, max_msg_size=0) as socket:
            yield Live(socket)


class Live:
    """Applies what it is told as the page does."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.entries: dict[int, Json] = {}
        self.state: Json = {}

    async def until(self, look: Callable[["Live"], Any]) -> Any:
        while not (self.state and (found := look(self))):
            self._hear(await self._socket.receive_json(timeout=60))
        return found

    def named(self, name: str) -> Json | None:
        return next((one for one in self.entries.values() if name in one["name"]), None)

    def _hear(self, message: Json) -> None:
        if "run" in message:
            self.entries = {one["id"]: one for one in message["run"]["entries"]}
        self.state = message.get("state", self.state)
        for told in message.get("told", []):
            if "clear" in told:
                self.entries.clear()
            elif "add" in told:
                self.entries[told["add"]["id"]] = told["add"]
            elif "change" in told:
                self.entries[told["change"]["id"]] |= told["change"]
            else:
                event = told["event"]
                entry = self.entries[event["id"]]
                entry.setdefault("events", []).append(event["event"])
                entry["text"] = event.get("text", entry.get("text", "") + event.get("more", ""))
