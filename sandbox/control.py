"""Who may steer the sandbox over HTTP: only one that knows the token, on our own address.

Without this, any web page open in a browser on the same machine could drive the sandbox.
"""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web


class Control:
    """Guards the routes under /control and the page; `token` is part of the printed address."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)
        self._hosts: set[str] = set()

    def served_at(self, host: str, port: int) -> None:
        self._hosts = {f"{name}:{port}" for name in (host, "127.0.0.1", "localhost", "[::1]")}

    async def order(
        self, request: web.Request, act: Callable[[Any], Awaitable[object]]
    ) -> web.StreamResponse:
        """Do what the JSON of an allowed request asks; what `act` answers is sent as JSON.

        400 with the reason for what is no JSON, or where `act` raises ValueError.
        """
        self.check(request)
        try:
            answer = await act(await request.json())
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return web.Response(status=204) if answer is None else web.json_response(answer)

    def check(self, request: web.Request) -> None:
        """Raises HTTPForbidden for a foreign Host or Origin, or without the token.

        The token is `Authorization: Bearer ...` or `?token=...`.
        """
        origin = request.headers.get("Origin")
        if request.host not in self._hosts:
            raise web.HTTPForbidden(text="this Host is not the sandbox's")
        if origin is not None and origin.removeprefix("http://") not in self._hosts:
            raise web.HTTPForbidden(text="this Origin is not the sandbox's")
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        given = given or request.query.get("token", "")
        if not secrets.compare_digest(given.encode(), self.token.encode()):
            raise web.HTTPForbidden(text="the sandbox's token is missing; it is in its address")
