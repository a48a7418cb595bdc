"""Emoji and stickers of servers and applications: the sandbox has none, and says so."""

from typing import Any

from sandbox.discord.errors import refusal
from sandbox.discord.rest.access import guild_in
from sandbox.discord.rest.routing import Call, Routes

routes = Routes()


@routes.add("GET", "/guilds/{guild_id}/emojis")
@routes.add("GET", "/guilds/{guild_id}/stickers")
async def list_of_guild(call: Call) -> Any:
    guild_in(call)
    return []


@routes.add("GET", "/applications/{application_id}/emojis")
async def list_of_application(call: Call) -> Any:
    if call.id("application_id") != call.application.id:
        raise refusal(10002)
    return {"items": []}
