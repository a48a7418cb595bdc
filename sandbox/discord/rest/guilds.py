"""Servers: themselves, their channels, members and roles."""

from typing import Any

from sandbox.discord import payloads
from sandbox.discord.errors import FormErrors, invalid_form, refusal
from sandbox.discord.gateway.members import starts_with
from sandbox.discord.model import ApplicationFlag
from sandbox.discord.permissions import Permission
from sandbox.discord.rest.access import guild_in, need_in_guild
from sandbox.discord.rest.members import MAX_NICK
from sandbox.discord.rest.routing import Call, Routes

routes = Routes()
_MAX_MEMBERS = 1000
_MEMBERS_FLAGS = (
    ApplicationFlag.GATEWAY_GUILD_MEMBERS | ApplicationFlag.GATEWAY_GUILD_MEMBERS_LIMITED
)


@routes.add("GET", "/guilds/{guild_id}")
async def get_guild(call: Call) -> Any:
    guild = guild_in(call)
    payload = payloads.guild(guild)
    if call.query_flag("with_counts"):
        payload["approximate_member_count"] = len(guild.members)
        payload["approximate_presence_count"] = len(guild.members)
    return payload


@routes.add("GET", "/guilds/{guild_id}/channels")
async def list_channels(call: Call) -> Any:
    return [payloads.channel(channel) for channel in guild_in(call).channels.values()]


@routes.add("GET", "/guilds/{guild_id}/roles")
async def list_roles(call: Call) -> Any:
    return [payloads.role(role) for role in guild_in(call).roles.values()]


@routes.add("GET", "/guilds/{guild_id}/roles/{role_id}")
async def get_role(call: Call) -> Any:
    role = guild_in(call).roles.get(call.id("role_id"))
    if role is None:
        raise refusal(10011)
    return payloads.role(role)


@routes.add("GET", "/guilds/{guild_id}/members")
async def list_members(call: Call) -> Any:
    """Only for who was given the Server Members intent."""
    guild = guild_in(call)
    if not call.application.flags & _MEMBERS_FLAGS:
        raise refusal(50001)
    limit = call.query_int("limit", default=1, low=1, high=_MAX_MEMBERS)
    after = call.query_id("after") or 0
    found = sorted(user_id for user_id in guild.members if user_id > after)[:limit]
    return [payloads.member(guild.members[user_id]) for user_id in found]


@routes.add("GET", "/guilds/{guild_id}/members/search")
async def search_members(call: Call) -> Any:
    guild = guild_in(call)
    query = call.query.get("query")
    if query is None:
        raise invalid_form(("query",), "BASE_TYPE_REQUIRED", "This field is required")
    limit = call.query_int("limit", default=1, low=1, high=_MAX_MEMBERS)
    found = [one for one in guild.members.values() if starts_with(one, query.lower())]
    return [payloads.member(one) for one in found[:limit]]


@routes.add("PATCH", "/guilds/{guild_id}/members/@me")
async def edit_own_member(call: Call) -> Any:
    guild = guild_in(call)
    own = guild.members[call.application.bot.id]
    if "nick" in call.body:
        need_in_guild(call, guild, Permission.CHANGE_NICKNAME)
        nick = call.body["nick"]
        if nick is not None and (not isinstance(nick, str) or len(nick) > MAX_NICK):
            errors = FormErrors()
            errors.too_long(("nick",), MAX_NICK)
            errors.check()
        own.nick = nick or None
        call.world.dispatch(
            "GUILD_MEMBER_UPDATE", payloads.member(own) | {"guild_id": str(guild.id)}, guild=guild
        )
    return payloads.member(own)


@routes.add("GET", "/guilds/{guild_id}/members/{user_id}")
async def get_member(call: Call) -> Any:
    return payloads.member(call.world.member(guild_in(call), call.id("user_id")))
