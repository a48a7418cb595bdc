"""Channels of every kind: look, change, delete, and typing."""

from typing import Any

from sandbox.discord import payloads
from sandbox.discord.errors import FormErrors, refusal
from sandbox.discord.model import Channel, Json, Overwrite
from sandbox.discord.permissions import Permission
from sandbox.discord.rest.access import need, text_channel, visible_channel
from sandbox.discord.rest.routing import Answer, Call, Routes, snowflake
from sandbox.discord.rest.threads import change_thread, check_slowmode

routes = Routes()
_MAX_NAME, _MAX_TOPIC = 100, 1024


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
    for name in ("name", "topic", "nsfw", "rate_limit_per_user", "position"):
        if name in call.body:
            setattr(channel, name, call.body[name])
    if "parent_id" in call.body:
        parent = call.body["parent_id"]
        channel.parent_id = None if parent is None else snowflake(parent, ("parent_id",))
    if "permission_overwrites" in call.body:
        need(call, channel, Permission.MANAGE_ROLES)
        entries: list[Json] = call.body["permission_overwrites"] or []
        channel.overwrites = {one.id: one for one in map(_overwrite, entries)}
    return _changed(call, channel)


@routes.add("DELETE", "/channels/{channel_id}")
async def delete_channel(call: Call) -> Any:
    """Direct messages are closed, not deleted."""
    channel = visible_channel(call)
    payload = payloads.channel(channel, seen_by=call.application.bot)
    if channel.guild is None:
        return payload
    if channel.is_thread:
        need(call, channel, Permission.MANAGE_THREADS)
        call.world.remove_channel(channel)
        call.world.dispatch(
            "THREAD_DELETE",
            {key: payload[key] for key in ("id", "guild_id", "parent_id", "type")},
            guild=channel.guild,
        )
    else:
        need(call, channel, Permission.MANAGE_CHANNELS)
        call.world.remove_channel(channel)
        call.world.dispatch("CHANNEL_DELETE", payload, guild=channel.guild)
    return payload


@routes.add("PUT", "/channels/{channel_id}/permissions/{overwrite_id}")
async def put_overwrite(call: Call) -> Any:
    channel = visible_channel(call)
    if channel.guild is None or channel.is_thread:
        raise refusal(50024)
    need(call, channel, Permission.MANAGE_ROLES)
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


def _changed(call: Call, channel: Channel) -> Json:
    payload = payloads.channel(channel)
    call.world.dispatch("CHANNEL_UPDATE", payload, guild=channel.guild)
    return payload


def _check(body: Json) -> None:
    errors = FormErrors()
    name, topic = body.get("name"), body.get("topic")
    if "name" in body and not (isinstance(name, str) and 1 <= len(name) <= _MAX_NAME):
        errors.add(
            ("name",), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {_MAX_NAME} in length."
        )
    if isinstance(topic, str) and len(topic) > _MAX_TOPIC:
        errors.too_long(("topic",), _MAX_TOPIC)
    check_slowmode(body, errors)
    if body.get("nsfw") is not None and not isinstance(body["nsfw"], bool):
        errors.add(("nsfw",), "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
    errors.check()


def _overwrite(entry: Json) -> Overwrite:
    kind = entry.get("type")
    return Overwrite(
        id=snowflake(entry.get("id"), ("id",)),
        type=1 if kind in {1, "member"} else 0,
        allow=int(entry.get("allow") or 0),
        deny=int(entry.get("deny") or 0),
    )
