"""Channels of every kind: look, change, delete, and typing."""

from typing import Any

from sandbox.discord import changes, payloads
from sandbox.discord.errors import FormErrors, invalid_form, refusal
from sandbox.discord.model import Channel, ChannelType, Guild, Json, Overwrite
from sandbox.discord.permissions import Permission
from sandbox.discord.rest.access import (
    guild_in,
    need,
    need_in_guild,
    text_channel,
    visible_channel,
)
from sandbox.discord.rest.hierarchy import need_granted
from sandbox.discord.rest.routing import Answer, Call, Routes
from sandbox.discord.rest.threads import MAX_SLOWMODE_S, change_thread
from sandbox.discord.validation.fields import Field

routes = Routes()
_MAX_NAME, _MAX_TOPIC = 100, 1024
_MAX_CHANNELS = 500
_MIN_BITRATE, _MAX_BITRATE = 8_000, 96_000  # of a server without boosts
_MAX_USERS = 99
_LOWERCASE = {ChannelType.GUILD_TEXT, ChannelType.GUILD_ANNOUNCEMENT}
# forums and media channels are of a kind that the sandbox does not have
_CREATABLE = _LOWERCASE | {
    ChannelType.GUILD_VOICE,
    ChannelType.GUILD_CATEGORY,
    ChannelType.GUILD_STAGE_VOICE,
}


@routes.add("GET", "/channels/{channel_id}")
async def get_channel(call: Call) -> Any:
    return payloads.channel(visible_channel(call), seen_by=call.application.bot)


@routes.add("PATCH", "/channels/{channel_id}")
async def edit_channel(call: Call) -> Any:
    channel = visible_channel(call)
    if channel.guild is None:
        raise refusal(50003)
    if channel.is_thread:
        change_thread(call, channel)
        return payloads.channel(channel, seen_by=call.application.bot)
    need(call, channel, Permission.MANAGE_CHANNELS)
    _check(call.body)
    parent = _parent(call, channel.guild)
    _fill(channel, call.body)
    if "parent_id" in call.body:
        channel.parent_id = parent
    if "permission_overwrites" in call.body:
        need(call, channel, Permission.MANAGE_ROLES)
        entries: list[Json] = call.body["permission_overwrites"] or []
        channel.overwrites = {one.id: one for one in map(_overwrite, entries)}
    return _changed(call, channel)


@routes.add("POST", "/guilds/{guild_id}/channels")
async def create_channel(call: Call) -> Any:
    guild = guild_in(call)
    need_in_guild(call, guild, Permission.MANAGE_CHANNELS)
    problems = FormErrors()
    given = Field(call.body, problems)
    given.at("name").required()
    given.at("type").one_of(_CREATABLE)
    problems.check()
    _check(call.body)
    entries: list[Json] = call.body.get("permission_overwrites") or []
    overwrites = [_overwrite(one) for one in entries]
    for one in overwrites:
        need_granted(call, guild, one.allow | one.deny)
    if len(guild.channels) >= _MAX_CHANNELS:
        raise refusal(30013)
    channel = Channel(
        id=call.world.snowflakes.next(),
        type=ChannelType(call.body.get("type") or ChannelType.GUILD_TEXT),
        guild=guild,
        position=max((one.position for one in guild.channels.values()), default=-1) + 1,
        parent_id=_parent(call, guild),
        overwrites={one.id: one for one in overwrites},
    )
    _fill(channel, call.body)
    guild.channels[channel.id] = call.world.channels[channel.id] = channel
    payload = payloads.channel(channel)
    call.world.dispatch("CHANNEL_CREATE", payload, guild=guild)
    return Answer(201, payload)


@routes.add("DELETE", "/channels/{channel_id}")
async def delete_channel(call: Call) -> Any:
    """Direct messages are closed, not deleted."""
    channel = visible_channel(call)
    payload = payloads.channel(channel, seen_by=call.application.bot)
    if channel.guild is None:
        return payload
    thread = channel.is_thread
    need(call, channel, Permission.MANAGE_THREADS if thread else Permission.MANAGE_CHANNELS)
    changes.delete_channel(call.world, channel)
    return payload


@routes.add("PUT", "/channels/{channel_id}/permissions/{overwrite_id}")
async def put_overwrite(call: Call) -> Any:
    channel = visible_channel(call)
    if channel.guild is None or channel.is_thread:
        raise refusal(50024)
    need(call, channel, Permission.MANAGE_ROLES)
    problems = FormErrors()
    _check_overwrite(Field(call.body, problems))
    problems.check()
    one = _overwrite({**call.body, "id": call.id("overwrite_id")})
    channel.overwrites[one.id] = one
    _changed(call, channel)


@routes.add("DELETE", "/channels/{channel_id}/permissions/{overwrite_id}")
async def delete_overwrite(call: Call) -> Any:
    channel = visible_channel(call)
    if channel.guild is None or channel.is_thread:
        raise refusal(50024)
    need(call, channel, Permission.MANAGE_ROLES)
    if channel.overwrites.pop(call.id("overwrite_id"), None) is None:
        raise refusal(10009)
    _changed(call, channel)


@routes.add("POST", "/channels/{channel_id}/typing")
async def start_typing(call: Call) -> Any:
    channel, bot = text_channel(call), call.application.bot
    need(call, channel, Permission.SEND_MESSAGES)
    payload: Json = {
        "channel_id": str(channel.id),
        "user_id": str(bot.id),
        "timestamp": int(call.world.clock.now().timestamp()),
    }
    if channel.guild is not None:
        payload["guild_id"] = str(channel.guild.id)
        payload["member"] = payloads.member(channel.guild.members[bot.id])
    call.world.dispatch("TYPING_START", payload, channel=channel)
    return Answer(204)


def _fill(channel: Channel, body: Json) -> None:
    """What is set the same way in a new channel and in one that is there."""
    if "topic" in body:
        channel.topic = body["topic"]
    for name in ("name", "nsfw", "rate_limit_per_user", "position", "bitrate", "user_limit"):
        if body.get(name) is not None:
            setattr(channel, name, body[name])
    if channel.type in _LOWERCASE and channel.name:
        channel.name = "-".join(channel.name.lower().split())


def _parent(call: Call, guild: Guild) -> int | None:
    """The category that the body names, if any."""
    if call.body.get("parent_id") is None:
        return None
    category = guild.channels.get(int(call.body["parent_id"]))
    if category is None or category.type is not ChannelType.GUILD_CATEGORY:
        raise invalid_form(("parent_id",), "CHANNEL_PARENT_INVALID", "Category does not exist")
    return category.id


def _changed(call: Call, channel: Channel) -> Json:
    payload = payloads.channel(channel)
    call.world.dispatch("CHANNEL_UPDATE", payload, guild=channel.guild)
    return payload


def _check(body: Json) -> None:
    problems = FormErrors()
    given = Field(body, problems)
    given.at("name").text(_MAX_NAME, minimum=1)
    given.at("topic").text(_MAX_TOPIC)
    given.at("nsfw").boolean()
    given.at("rate_limit_per_user").integer(0, MAX_SLOWMODE_S)
    given.at("position").integer(0)
    given.at("bitrate").integer(_MIN_BITRATE, _MAX_BITRATE)
    given.at("user_limit").integer(0, _MAX_USERS)
    given.at("parent_id").snowflake()
    for entry in given.at("permission_overwrites").items():
        if entry.is_object() and entry.at("id").required():
            entry.at("id").snowflake()
            _check_overwrite(entry)
    problems.check()


def _check_overwrite(entry: Field) -> None:
    entry.at("type").one_of({0, 1})
    entry.at("allow").snowflake()  # bits, in the form of an id
    entry.at("deny").snowflake()


def _overwrite(entry: Json) -> Overwrite:
    return Overwrite(
        id=int(entry["id"]),
        type=int(entry.get("type") or 0),
        allow=int(entry.get("allow") or 0),
        deny=int(entry.get("deny") or 0),
    )
