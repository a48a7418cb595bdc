"""Changing who is in a server: nicknames, roles, timeouts, and showing somebody out."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.discord import changes, payloads
from sandbox.discord.errors import FormErrors, refusal
from sandbox.discord.model import Guild, Member, Role
from sandbox.discord.permissions import Permission
from sandbox.discord.rest.access import guild_in, need_in_guild
from sandbox.discord.rest.hierarchy import (
    is_administrator,
    need_above_member,
    need_above_role,
    role_of,
)
from sandbox.discord.rest.routing import Call, Routes
from sandbox.discord.validation.fields import Field

routes = Routes()
MAX_NICK = 32
_MAX_ROLES = 350
_LONGEST_TIMEOUT = timedelta(days=28)
_BYPASSES_VERIFICATION = 1 << 2
_IN_VOICE = {
    "mute": Permission.MUTE_MEMBERS,
    "deaf": Permission.DEAFEN_MEMBERS,
    "channel_id": Permission.MOVE_MEMBERS,
}


@routes.add("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
async def add_role(call: Call) -> Any:
    guild, member, role = _member_and_role(call)
    changes.give_role(call.world, guild, member, role)


@routes.add("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
async def remove_role(call: Call) -> Any:
    guild, member, role = _member_and_role(call)
    changes.take_role(call.world, guild, member, role)


@routes.add("PATCH", "/guilds/{guild_id}/members/{user_id}")
async def edit_member(call: Call) -> Any:
    """All of it or nothing: what may not be done is found before anything is changed."""
    guild = guild_in(call)
    member = call.world.member(guild, call.id("user_id"))
    body = call.body
    _check(body)
    given: list[str] = body.get("roles") or []
    roles = [int(one) for one in given]
    until = _timeout(call, body.get("communication_disabled_until"))
    _need_allowed(call, guild, member, roles)
    if "nick" in body:
        member.nick = body["nick"] or None
    if "roles" in body:
        member.roles = list(dict.fromkeys(roles))
    if "communication_disabled_until" in body:
        member.timed_out_until = until
    if body.get("flags") is not None:
        member.flags = body["flags"] & _BYPASSES_VERIFICATION
    changes.member_changed(call.world, guild, member)
    return payloads.member(member)


@routes.add("DELETE", "/guilds/{guild_id}/members/{user_id}")
async def kick(call: Call) -> Any:
    guild = guild_in(call)
    need_in_guild(call, guild, Permission.KICK_MEMBERS)
    member = call.world.member(guild, call.id("user_id"))
    need_above_member(call, guild, member)
    call.world.remove_member(guild, member.user)


def _member_and_role(call: Call) -> tuple[Guild, Member, Role]:
    guild = guild_in(call)
    need_in_guild(call, guild, Permission.MANAGE_ROLES)
    member = call.world.member(guild, call.id("user_id"))
    role = role_of(guild, call.id("role_id"))
    _need_assignable(call, guild, role)
    return guild, member, role


def _need_assignable(call: Call, guild: Guild, role: Role) -> None:
    """Everybody has @everyone, and a bot's own role comes and goes with the bot."""
    if role.id == guild.id:
        raise refusal(50028)
    if role.managed:
        raise refusal(50013)
    need_above_role(call, guild, role)


def _need_allowed(call: Call, guild: Guild, member: Member, roles: list[int]) -> None:
    """Raises 50013 for what this bot may not change of this member, 40032 for what is of voice."""
    body = call.body
    if "nick" in body:
        need_in_guild(call, guild, Permission.MANAGE_NICKNAMES)
        if member.user is not call.application.bot:
            need_above_member(call, guild, member)
    if "roles" in body:
        need_in_guild(call, guild, Permission.MANAGE_ROLES)
        for role_id in set(roles) ^ set(member.roles):
            _need_assignable(call, guild, role_of(guild, role_id))
    if "communication_disabled_until" in body:
        need_in_guild(call, guild, Permission.MODERATE_MEMBERS)
        need_above_member(call, guild, member)
        if is_administrator(guild, member):
            raise refusal(50013)
    if body.get("flags") is not None:
        need_in_guild(call, guild, Permission.MANAGE_GUILD | Permission.MANAGE_ROLES)
    for name in body.keys() & _IN_VOICE.keys():
        need_in_guild(call, guild, _IN_VOICE[name])
        raise refusal(40032)  # nobody is ever in a voice channel here


def _check(body: dict[str, Any]) -> None:
    problems = FormErrors()
    given = Field(body, problems)
    given.at("nick").text(MAX_NICK)
    for role in given.at("roles").items(_MAX_ROLES):
        if role.required():
            role.snowflake()
    given.at("communication_disabled_until").text()
    given.at("mute").boolean()
    given.at("deaf").boolean()
    given.at("channel_id").snowflake()
    given.at("flags").integer(0)
    problems.check()


def _timeout(call: Call, text: str | None) -> datetime | None:
    """The end of a timeout; None ends one now."""
    if text is None:
        return None
    problems = FormErrors()
    path = ("communication_disabled_until",)
    until: datetime | None = None
    try:
        until = datetime.fromisoformat(text)
    except ValueError:
        message = f"Could not parse {text}. Should be ISO8601."
        problems.add(path, "DATE_TIME_TYPE_PARSE", message)
    else:
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        if until > call.world.clock.now() + _LONGEST_TIMEOUT:
            code = "INVALID_COMMUNICATION_DISABLED_TIMESTAMP"
            problems.add(path, code, "Invalid communication disabled timestamp")
    problems.check()
    return until
