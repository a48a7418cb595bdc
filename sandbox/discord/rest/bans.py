"""Bans: who is kept out of a server, and what goes with them."""

from datetime import timedelta
from typing import Any

from sandbox.discord import payloads, posting
from sandbox.discord.errors import FormErrors, refusal
from sandbox.discord.model import Ban, Guild, Json, User
from sandbox.discord.permissions import Permission
from sandbox.discord.rest.access import guild_in, need_in_guild
from sandbox.discord.rest.hierarchy import need_above_member
from sandbox.discord.rest.routing import Call, Routes
from sandbox.discord.validation.fields import Field

routes = Routes()
_MAX_LISTED = 1000
_MAX_SECONDS, _MAX_DAYS = 604_800, 7
_DAY_S = 86_400


@routes.add("GET", "/guilds/{guild_id}/bans")
async def list_bans(call: Call) -> Any:
    """In the order of the users' ids; `before` wins where both bounds are given."""
    guild = _guild(call)
    limit = call.query_int("limit", default=_MAX_LISTED, low=1, high=_MAX_LISTED)
    before, after = call.query_id("before"), call.query_id("after")
    bans = [guild.bans[user_id] for user_id in sorted(guild.bans)]
    if before is not None:
        return [_shown(one) for one in bans if one.user.id < before][-limit:]
    return [_shown(one) for one in bans if after is None or one.user.id > after][:limit]


@routes.add("GET", "/guilds/{guild_id}/bans/{user_id}")
async def get_ban(call: Call) -> Any:
    return _shown(_ban(call, _guild(call)))


@routes.add("PUT", "/guilds/{guild_id}/bans/{user_id}")
async def ban(call: Call) -> Any:
    """People who never were in the server can be banned; who is banned stays so."""
    guild = _guild(call)
    user = call.world.user(call.id("user_id"))
    problems = FormErrors()
    given = Field(call.body, problems)
    seconds = given.at("delete_message_seconds").integer(0, _MAX_SECONDS)
    days = given.at("delete_message_days").integer(0, _MAX_DAYS)
    problems.check()
    member = guild.members.get(user.id)
    if member is not None:
        need_above_member(call, guild, member)
    if user.id in guild.bans:
        return
    guild.bans[user.id] = Ban(user=user, reason=call.reason)
    call.world.dispatch("GUILD_BAN_ADD", _event(guild, user), guild=guild)
    if member is not None:
        call.world.remove_member(guild, user)
    _sweep(call, guild, user, seconds=seconds or (days or 0) * _DAY_S)


@routes.add("DELETE", "/guilds/{guild_id}/bans/{user_id}")
async def unban(call: Call) -> Any:
    guild = _guild(call)
    user = _ban(call, guild).user
    del guild.bans[user.id]
    call.world.dispatch("GUILD_BAN_REMOVE", _event(guild, user), guild=guild)


def _sweep(call: Call, guild: Guild, user: User, *, seconds: int) -> None:
    """Delete what they wrote in the last seconds, channel by channel."""
    since = call.world.clock.now() - timedelta(seconds=seconds)
    for place in [*guild.channels.values(), *guild.threads.values()]:
        written = [
            one
            for one in place.messages.values()
            if one.author is user and one.ephemeral_for is None and one.timestamp > since
        ]
        if written:
            posting.delete(call.world, *written)


def _guild(call: Call) -> Guild:
    guild = guild_in(call)
    need_in_guild(call, guild, Permission.BAN_MEMBERS)
    return guild


def _ban(call: Call, guild: Guild) -> Ban:
    if (found := guild.bans.get(call.id("user_id"))) is None:
        raise refusal(10026)
    return found


def _shown(one: Ban) -> Json:
    return {"user": payloads.user(one.user), "reason": one.reason}


def _event(guild: Guild, user: User) -> Json:
    return {"guild_id": str(guild.id), "user": payloads.user(user)}
