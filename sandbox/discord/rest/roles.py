"""Making, changing, ordering and deleting a server's roles."""

from typing import Any

from sandbox.discord import payloads
from sandbox.discord.errors import FormErrors, refusal
from sandbox.discord.model import Guild, Json, Role
from sandbox.discord.permissions import Permission
from sandbox.discord.rest.access import guild_in, need_in_guild
from sandbox.discord.rest.hierarchy import need_above_role, need_granted, role_of
from sandbox.discord.rest.routing import Call, Routes
from sandbox.discord.validation.fields import Field

routes = Routes()
_MAX_NAME = 100
_MAX_ROLES = 250
_MAX_COLOR = 0xFFFFFF


@routes.add("POST", "/guilds/{guild_id}/roles")
async def create_role(call: Call) -> Any:
    """At the bottom, right above @everyone, and with what @everyone may do unless told."""
    guild = _guild(call)
    _check(call.body)
    everyone = guild.roles[guild.id].permissions
    role = Role(id=0, name="new role", permissions=everyone, position=1)
    _fill(call, guild, role)
    if len(guild.roles) >= _MAX_ROLES:
        raise refusal(30005)
    role.id = call.world.snowflakes.next()
    guild.roles[role.id] = role
    return _told(call, "GUILD_ROLE_CREATE", guild, role)


@routes.add("PATCH", "/guilds/{guild_id}/roles")
async def order_roles(call: Call) -> Any:
    """The body is a list of ids and positions; none may come above the bot's highest role."""
    guild = _guild(call)
    problems = FormErrors()
    for entry in Field(call.data, problems).items():
        if entry.is_object() and entry.at("id").required():
            entry.at("id").snowflake()
            entry.at("position").integer(0)
    problems.check()
    entries: list[Json] = call.data or []
    moved = {
        role_of(guild, int(one["id"])): int(one["position"])
        for one in entries
        if one.get("position") is not None
    }
    for role, position in moved.items():
        need_above_role(call, guild, role)
        need_above_role(call, guild, Role(id=role.id, name="", permissions=0, position=position))
    for role, position in moved.items():
        role.position = position
        _told(call, "GUILD_ROLE_UPDATE", guild, role)
    return [payloads.role(role) for role in guild.roles.values()]


@routes.add("PATCH", "/guilds/{guild_id}/roles/{role_id}")
async def edit_role(call: Call) -> Any:
    guild = _guild(call)
    role = role_of(guild, call.id("role_id"))
    need_above_role(call, guild, role)
    _check(call.body)
    _fill(call, guild, role)
    return _told(call, "GUILD_ROLE_UPDATE", guild, role)


@routes.add("DELETE", "/guilds/{guild_id}/roles/{role_id}")
async def delete_role(call: Call) -> Any:
    """Who had it has it no more; that is told by this event alone."""
    guild = _guild(call)
    role = role_of(guild, call.id("role_id"))
    if role.id == guild.id or role.managed:
        raise refusal(50028)
    need_above_role(call, guild, role)
    for member in guild.members.values():
        if role.id in member.roles:
            member.roles.remove(role.id)
    for channel in guild.channels.values():
        channel.overwrites.pop(role.id, None)
    del guild.roles[role.id]
    payload: Json = {"guild_id": str(guild.id), "role_id": str(role.id)}
    call.world.dispatch("GUILD_ROLE_DELETE", payload, guild=guild)


def _guild(call: Call) -> Guild:
    guild = guild_in(call)
    need_in_guild(call, guild, Permission.MANAGE_ROLES)
    return guild


def _check(body: Json) -> None:
    problems = FormErrors()
    given = Field(body, problems)
    given.at("name").text(_MAX_NAME, minimum=1)
    given.at("permissions").snowflake()  # bits, in the form of an id
    given.at("color").integer(0, _MAX_COLOR)
    if given.at("colors").is_object():
        for name in ("primary_color", "secondary_color", "tertiary_color"):
            given.at("colors").at(name).integer(0, _MAX_COLOR)
    given.at("hoist").boolean()
    given.at("mentionable").boolean()
    problems.check()


def _fill(call: Call, guild: Guild, role: Role) -> None:
    """Set what the body has, all of it or nothing."""
    body = call.body
    colors: Json = body.get("colors") or {}
    boosted = (colors.get("secondary_color"), colors.get("tertiary_color"))
    if any(one is not None for one in (*boosted, body.get("icon"), body.get("unicode_emoji"))):
        raise refusal(50101)
    if body.get("permissions") is not None:
        permissions = int(body["permissions"])
        need_granted(call, guild, permissions ^ role.permissions)
        role.permissions = permissions
    if colors.get("primary_color") is not None:
        role.color = colors["primary_color"]
    for name in ("name", "color", "hoist", "mentionable"):
        if body.get(name) is not None:
            setattr(role, name, body[name])


def _told(call: Call, event: str, guild: Guild, role: Role) -> Json:
    payload = payloads.role(role)
    call.world.dispatch(event, {"guild_id": str(guild.id), "role": payload}, guild=guild)
    return payload
