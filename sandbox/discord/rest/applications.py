"""What an application knows about itself."""

from typing import Any

from sandbox.discord import payloads
from sandbox.discord.rest.routing import Call, Routes

routes = Routes()


@routes.add("GET", "/oauth2/applications/@me")
@routes.add("GET", "/applications/@me")
async def get_own_application(call: Call) -> Any:
    bot_id = call.application.bot.id
    guilds = sum(bot_id in guild.members for guild in call.world.guilds.values())
    return payloads.application(call.application, guilds=guilds)
