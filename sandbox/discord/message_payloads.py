"""How messages look on the wire, and what is left of them for who may not read content."""

from typing import Any, cast

from sandbox.discord import payloads
from sandbox.discord.cdn import attachment_id, signed_url
from sandbox.discord.model import (
    Application,
    ApplicationFlag,
    Attachment,
    Json,
    Message,
    MessageType,
    Reaction,
    User,
)
from sandbox.discord.state import World

_CONTENT_FLAGS = (
    ApplicationFlag.GATEWAY_MESSAGE_CONTENT | ApplicationFlag.GATEWAY_MESSAGE_CONTENT_LIMITED
)
_SPOILER = 1 << 3


def may_read_content(application: Application) -> bool:
    return bool(application.flags & _CONTENT_FLAGS)


def attachment(world: World, file: Attachment) -> Json:
    url = signed_url(world, file)
    payload: Json = {
        "id": str(file.id),
        "filename": file.filename,
        "size": len(file.data),
        "url": url,
        "proxy_url": url,
        "content_type": file.content_type,
    }
    optional = {
        "width": file.width,
        "height": file.height,
        "description": file.description,
        "title": file.title,
        "duration_secs": file.duration_secs,
        "waveform": file.waveform,
        "ephemeral": file.ephemeral or None,
    }
    payload |= {key: value for key, value in optional.items() if value is not None}
    if file.filename.startswith("SPOILER_"):
        payload["flags"] = _SPOILER
    return payload


def message(
    world: World, one: Message, *, seen_by: User | None = None, with_reference: bool = True
) -> Json:
    """Whole, as in REST answers. `seen_by` decides whose reactions are `me`."""
    payload: Json = {
        **_content(world, one),
        "id": str(one.id),
        "channel_id": str(one.channel.id),
        "author": payloads.user(one.author),
        "pinned": one.pinned_at is not None,
        "mention_everyone": one.mention_everyone,
        "tts": one.tts,
    }
    optional = {
        "nonce": one.nonce,
        "webhook_id": str(one.webhook_id) if one.webhook_id else None,
        "application_id": str(one.application_id) if one.application_id else None,
        "interaction_metadata": one.interaction_metadata,
        "reactions": [reaction(each, seen_by) for each in one.reactions.values()] or None,
        "poll": one.poll,
    }
    payload |= {key: value for key, value in optional.items() if value is not None}
    if one.thread is not None:
        payload["thread"] = payloads.thread(one.thread, seen_by=seen_by)
    if one.snapshots:
        payload["message_snapshots"] = fresh_urls(world, one.snapshots)
    if one.reference is not None:
        payload["message_reference"] = one.reference
        if with_reference and one.type in {MessageType.REPLY, MessageType.THREAD_STARTER_MESSAGE}:
            payload["referenced_message"] = _referenced(world, one, seen_by)
    return payload


def snapshot(world: World, one: Message) -> Json:
    """A forwarded message as it was at that moment."""
    return {"message": _content(world, one)}


def event(world: World, one: Message) -> Json:
    """As MESSAGE_CREATE and MESSAGE_UPDATE carry it; ephemeral ones know no guild."""
    payload = message(world, one) | {"channel_type": int(one.channel.type)}
    guild = one.channel.guild if one.ephemeral_for is None else None
    if guild is not None:
        payload["guild_id"] = str(guild.id)
        if (member := guild.members.get(one.author.id)) is not None and one.webhook_id is None:
            payload["member"] = payloads.member_without_user(member)
    payload["mentions"] = [
        payloads.user(user) | {"member": payloads.member_without_user(guild.members[user.id])}
        if guild is not None and user.id in guild.members
        else payloads.user(user)
        for user in one.mentions
    ]
    return payload


def readable(payload: Json, application: Application, *, direct: bool) -> Json:
    """The message as it is for who was not given the Message Content intent.

    What its author wrote is taken out, unless it is the bot's own, direct, or mentions the bot.
    """
    bot_id = str(application.bot.id)
    if (referenced := payload.get("referenced_message")) is not None:
        payload = payload | {"referenced_message": readable(referenced, application, direct=direct)}
    mentioned = any(user["id"] == bot_id for user in payload["mentions"])
    if direct or mentioned or payload["author"]["id"] == bot_id:
        return payload
    payload = payload | {"content": "", "embeds": [], "attachments": [], "components": []}
    payload.pop("poll", None)
    if "message_snapshots" in payload:
        hidden: Json = {"content": "", "embeds": [], "attachments": [], "components": []}
        payload["message_snapshots"] = [
            {"message": shot["message"] | hidden} for shot in payload["message_snapshots"]
        ]
    return payload


def for_application(world: World, one: Message, application: Application) -> Json:
    """As REST answers it to this application."""
    payload = message(world, one, seen_by=application.bot)
    if may_read_content(application):
        return payload
    return readable(payload, application, direct=one.channel.guild is None)


def reaction(one: Reaction, seen_by: User | None) -> Json:
    return {
        "emoji": emoji(one.key),
        "count": len(one.users),
        "count_details": {"burst": 0, "normal": len(one.users)},
        "burst_colors": [],
        "me_burst": False,
        "me": seen_by is not None and seen_by.id in one.users,
        "burst_me": False,
        "burst_count": 0,
    }


def emoji(key: str) -> Json:
    name, _, snowflake = key.rpartition(":")
    return {"id": snowflake, "name": name} if name else {"id": None, "name": key}


def _content(world: World, one: Message) -> Json:
    return {
        "type": int(one.type),
        "content": one.content,
        "mentions": [payloads.user(user) for user in one.mentions],
        "mention_roles": [str(role_id) for role_id in one.mention_roles],
        "attachments": [attachment(world, file) for file in one.attachments],
        "embeds": fresh_urls(world, one.embeds),
        "timestamp": payloads.iso(one.timestamp),
        "edited_timestamp": payloads.iso(one.edited_timestamp) if one.edited_timestamp else None,
        "flags": one.flags,
        "components": fresh_urls(world, one.components),
    }


def _referenced(world: World, one: Message, seen_by: User | None) -> Json | None:
    """The message replied to, None when it is gone; its own reference is not followed."""
    reference = one.reference or {}
    channel = world.channels.get(int(reference["channel_id"]))
    found = channel.messages.get(int(reference["message_id"])) if channel else None
    return message(world, found, seen_by=seen_by, with_reference=False) if found else None


def fresh_urls(world: World, value: Any) -> Any:
    """The same JSON, addresses of our own files signed anew."""
    if isinstance(value, dict):
        inside = cast("Json", value)
        return {key: fresh_urls(world, each) for key, each in inside.items()}
    if isinstance(value, list):
        return [fresh_urls(world, each) for each in cast("list[Any]", value)]
    if isinstance(value, str) and value.startswith(f"{world.base_url}/cdn/"):
        found = world.attachments.get(attachment_id(value) or 0)
        return signed_url(world, found) if found is not None else value
    return value
