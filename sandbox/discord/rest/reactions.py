"""Reactions: add, remove, list."""

import unicodedata
from typing import Any

from sandbox.discord import payloads
from sandbox.discord.errors import refusal
from sandbox.discord.message_payloads import emoji
from sandbox.discord.model import Channel, Json, Message, Reaction, User
from sandbox.discord.permissions import Permission
from sandbox.discord.ratelimits import Kind
from sandbox.discord.rest.access import need, readable_message, text_channel
from sandbox.discord.rest.routing import Call, Routes
from sandbox.discord.state import World

routes = Routes()
MESSAGE = "/channels/{channel_id}/messages/{message_id}/reactions"
_MAX_KINDS = 20
_KEYCAPS = set("0123456789#*")
_MARKS = {"\ufe0f", "\u200d", "\u20e3"}


@routes.add("PUT", MESSAGE + "/{emoji_name}/@me", kind=Kind.REACTION)
async def add(call: Call) -> Any:
    channel, message, key = _target(call)
    if key not in message.reactions:
        need(call, channel, Permission.ADD_REACTIONS)
        if len(message.reactions) >= _MAX_KINDS:
            raise refusal(30010)
    react(call.world, message, call.application.bot, key)


@routes.add("DELETE", MESSAGE + "/{emoji_name}/@me", kind=Kind.REACTION)
async def remove_own(call: Call) -> Any:
    _, message, key = _target(call)
    unreact(call.world, message, call.application.bot, key)


@routes.add("DELETE", MESSAGE + "/{emoji_name}/{user_id}", kind=Kind.REACTION)
async def remove_of_user(call: Call) -> Any:
    channel, message, key = _target(call)
    _need_guild(channel)
    need(call, channel, Permission.MANAGE_MESSAGES)
    unreact(call.world, message, call.world.user(call.id("user_id")), key)


@routes.add("GET", MESSAGE + "/{emoji_name}")
async def list_users(call: Call) -> Any:
    _, message, key = _target(call)
    limit = call.query_int("limit", default=25, low=1, high=100)
    after = call.query_id("after") or 0
    reaction = message.reactions.get(key)
    users = sorted(reaction.users) if reaction else []
    return [payloads.user(call.world.users[one]) for one in users if one > after][:limit]


@routes.add("DELETE", MESSAGE + "/{emoji_name}", kind=Kind.REACTION)
async def remove_emoji(call: Call) -> Any:
    channel, message, key = _target(call)
    _need_guild(channel)
    need(call, channel, Permission.MANAGE_MESSAGES)
    if message.reactions.pop(key, None) is not None:
        payload = _payload(message) | {"emoji": emoji(key)}
        call.world.dispatch("MESSAGE_REACTION_REMOVE_EMOJI", payload, channel=channel)


@routes.add("DELETE", MESSAGE, kind=Kind.REACTION)
async def remove_all(call: Call) -> Any:
    channel = text_channel(call)
    message = readable_message(call, channel)
    _need_guild(channel)
    need(call, channel, Permission.MANAGE_MESSAGES)
    message.reactions.clear()
    call.world.dispatch("MESSAGE_REACTION_REMOVE_ALL", _payload(message), channel=channel)


def react(world: World, message: Message, user: User, key: str) -> None:
    """Somebody reacts; a second time changes nothing."""
    reaction = message.reactions.setdefault(key, Reaction(key=key))
    if user.id in reaction.users:
        return
    reaction.users.append(user.id)
    payload = _of_user(message, user, key) | {"message_author_id": str(message.author.id)}
    guild = message.channel.guild
    if guild is not None and user.id in guild.members:
        payload["member"] = payloads.member(guild.members[user.id])
    world.dispatch("MESSAGE_REACTION_ADD", payload, channel=message.channel)


def unreact(world: World, message: Message, user: User, key: str) -> None:
    reaction = message.reactions.get(key)
    if reaction is None or user.id not in reaction.users:
        return
    reaction.users.remove(user.id)
    if not reaction.users:
        del message.reactions[key]
    world.dispatch("MESSAGE_REACTION_REMOVE", _of_user(message, user, key), channel=message.channel)


def _target(call: Call) -> tuple[Channel, Message, str]:
    channel = text_channel(call)
    message = readable_message(call, channel)
    key = call.path["emoji_name"]
    if not _is_emoji(key):
        raise refusal(10014)
    return channel, message, key


def _is_emoji(key: str) -> bool:
    """Pictures of Unicode; the sandbox's servers have no emoji of their own (name:id)."""
    if not key:
        return False
    if "\u20e3" in key:
        return key[0] in _KEYCAPS
    return all(
        character in _MARKS or unicodedata.category(character) in {"So", "Sk", "Sm", "Cn", "Cf"}
        for character in key
    )


def _need_guild(channel: Channel) -> None:
    if channel.guild is None:
        raise refusal(50003)


def _payload(message: Message) -> Json:
    payload: Json = {"channel_id": str(message.channel.id), "message_id": str(message.id)}
    if message.channel.guild is not None:
        payload["guild_id"] = str(message.channel.guild.id)
    return payload


def _of_user(message: Message, user: User, key: str) -> Json:
    return _payload(message) | {
        "user_id": str(user.id),
        "emoji": emoji(key),
        "type": 0,
        "burst": False,
    }
