"""One open inspector: told of what happens, as fast as it takes it."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.discord.model import Json

MAX_WAITING = 5_000  # of things to tell; a page that is slower gets the whole anew


class Watcher:
    """Sends {"told": [...], "state": {...}, "now": {...}}, or {"run": {...}} for the whole.

    run      the whole, as a saved run has it
    state    what is sent when it has changed
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        run: Callable[[], Json],
        state: Callable[[], Json],
        now: Callable[[], Json],
    ) -> None:
        self._socket = socket
        self._run, self._state, self._now = run, state, now
        self._waiting: list[Json] = []
        self._behind = True
        self._news = asyncio.Event()
        self._news.set()

    def tell(self, told: Json | None = None) -> None:
        """Something happened; None: the state alone may have changed."""
        if told is not None and not self._behind:
            self._waiting.append(told)
            self._behind = len(self._waiting) > MAX_WAITING
        self._news.set()

    async def send_all(self) -> None:
        """Until the connection ends or the task is cancelled."""
        last: Json | None = None
        while not self._socket.closed:
            await self._news.wait()
            self._news.clear()
            state, message = self._state(), dict[str, Any]()
            if self._behind:
                # taken and sent without a pause between: nothing is told twice or lost
                self._behind = False
                message["run"] = self._run()
            elif self._waiting:
                message["told"] = self._waiting
            self._waiting = []
            if state != last:
                message["state"] = last = state
            if message:
                try:
                    await self._socket.send_json({**message, "now": self._now()})
                except ConnectionError:
                    return
