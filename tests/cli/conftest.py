"""Just enough of Discord and of the OpenAI API for the command line, as broken as a test wants."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.settings import Settings
from sandbox.server import Sandbox
from tests.postgres import postgres  # noqa: F401  a fixture

ALL_GRANTED = str((1 << 10) | (1 << 11) | (1 << 14) | (1 << 15) | (1 << 16) | (1 << 38))
MESSAGE_CONTENT_LIMITED = 1 << 19


class World:
    """What the two servers say; a path in `broken` answers with that status and body."""

    def __init__(self) -> None:
        self.flags = MESSAGE_CONTENT_LIMITED
        self.guilds: list[dict[str, Any]] = [
            {"id": "1", "name": "Harbour", "permissions": ALL_GRANTED}
        ]
        self.starts_left = 1000
        self.models = [
            "gpt-6-luna",
            *("gpt-3.5-turbo-instruct", "text-davinci-edit-001", "gpt-image-2"),
            *("gpt-transcribe", "whisper-1", "gpt-4o-mini-tts", "omni-moderation-latest"),
        ]
        self.asked: list[tuple[str, str, bytes]] = []
        self.broken: dict[str, tuple[int, str]] = {}
        self.tokens: set[str | None] = set()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        if request.path in self.broken:
            status, body = self.broken[request.path]
            return web.Response(status=status, text=body)
        if request.path.startswith("/api"):
            self.tokens.add(request.headers.get("Authorization"))
        self.asked.append((request.method, request.path, await request.read()))
        answers: dict[str, Any] = {
            "/v1/chat/completions": {"error": {"message": "you must provide a model parameter"}},
            "/api/v10/users/@me": {"id": "7", "username": "Switchboard"},
            "/api/v10/applications/@me": {"id": "77", "flags": self.flags},
            "/api/v10/gateway/bot": {
                "url": "ws://unused",
                "shards": 2,
                "session_start_limit": {"total": 1000, "remaining": self.starts_left},
            },
            "/api/v10/users/@me/guilds": self.guilds,
            "/v1/models": {
                "object": "list",
                "data": [{"id": each, "object": "model"} for each in self.models],
            },
        }
        if request.path not in answers:
            words = f"Invalid URL ({request.method} {request.path})"
            return web.json_response({"error": {"message": words}}, status=404)
        status = 400 if "error" in answers[request.path] else 200
        return web.json_response(answers[request.path], status=status)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def settings(world: World, tmp_path: Path) -> AsyncGenerator[Settings, None]:
    """Settings that point to `world` and to an own database file."""
    async with TestServer(world.app()) as server:
        yield Settings.model_validate(
            {
                "discord_token": "a-token",
                "discord_api_url": str(server.make_url("/api/v10")),
                "openai_api_key": "sk-a-key",
                "openai_base_url": str(server.make_url("/v1")),
                "database_url": f"sqlite+aiosqlite:///{tmp_path / 'kept' / 'test.db'}",
            }
        )


@pytest.fixture
async def sandbox() -> AsyncGenerator[Sandbox, None]:
    async with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandboxed(sandbox: Sandbox, tmp_path: Path) -> Settings:
    """Settings that point to the sandbox and to an own database file."""
    return Settings.model_validate(
        {
            "discord_token": sandbox.discord_token,
            "discord_api_url": sandbox.discord_api_url,
            "openai_base_url": sandbox.openai_base_url,
            "openai_api_key": sandbox.openai_api_key,
            "database_url": f"sqlite+aiosqlite:///{tmp_path / 'test.db'}",
        }
    )
