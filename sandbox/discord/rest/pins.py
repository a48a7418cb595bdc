"""Pinned messages, by the routes of today and by the old ones."""

from typing import Any

from sandbox.discord import message_payloads, payloads, posting
from sandbox.discord.errors import refusal
from sandbox.discord.model import Channel, Json, Message, MessageType
from sandbox.discord.permissions import Permission
from sandbox.discord.rest.access import may, readable_message, text_channel
from sandbox.discord.rest.routing import Call, Routes

routes = Routes()
PINS = "/channels/{channel_id}/messages/pins"
OLD_PINS = "/channels/{channel_id}/pins"
_MAX_PINS = 250
_OLD_MAX = 50


@routes.add("GET", PINS)
async def list_pins(call: Call) -> Any:
    """Pinned last comes first."""
    channel = text_channel(call)
    limit = call.query_int("limit", default=50, low=1, high=50)
    before = call.query.get("before")
    found = [
        (payloads.iso(message.pinned_at), message)
        for message in _pinned(call, channel)
        if message.pinned_at is not None
    ]
    if before is not None:
        found = [pair for pair in found if pair[0] < before]
    return {
        "items": [
            {"pinned_at": pinned_at, "message": _shown(call, message)}
            for pinned_at, message in found[:limit]
        ],
        "has_more": len(found) > limit,
    }


@routes.add("GET", OLD_PINS)
async def list_old_pins(call: Call) -> Any:
    return [_shown(call, one) for one in _pinned(call, text_channel(call))[:_OLD_MAX]]


@routes.add("PUT", PINS + "/{message_id}")
@routes.add("PUT", OLD_PINS + "/{message_id}")
async def pin(call: Call) -> Any:
    channel, message = _target(call)
    if message.pinned_at is not None:
        return
    if len(_pinned(call, channel)) >= _MAX_PINS:
        raise refusal(30003)
    message.pinned_at = channel.last_pin_timestamp = call.world.clock.now()
    posting.changed_in_place(call.world, message)
    _tell(call, channel)
    notice = posting.compose(
        call.world, channel, call.application.bot, {}, kind=MessageType.CHANNEL_PINNED_MESSAGE
    )
    notice.reference = posting.reference_to(message)
    posting.post(call.world, notice)


@routes.add("DELETE", PINS + "/{message_id}")
@routes.add("DELETE", OLD_PINS + "/{message_id}")
async def unpin(call: Call) -> Any:
    channel, message = _target(call)
    if message.pinned_at is None:
        return
    message.pinned_at = None
    posting.changed_in_place(call.world, message)
    _tell(call, channel)


def _target(call: Call) -> tuple[Channel, Message]:
    """Pin Messages has its own permission; Manage Messages is still enough."""
    channel = text_channel(call)
    allowed = (Permission.PIN_MESSAGES, Permission.MANAGE_MESSAGES)
    if not any(may(call, channel, permission) for permission in allowed):
        raise refusal(50013)
    return channel, readable_message(call, channel)


def _pinned(call: Call, channel: Channel) -> list[Message]:
    if not may(call, channel, Permission.READ_MESSAGE_HISTORY):
        raise refusal(50013)
    found = [one for one in channel.messages.values() if one.pinned_at is not None]
    return sorted(found, key=lambda one: (one.pinned_at, one.id), reverse=True)


def _shown(call: Call, message: Message) -> Json:
    return message_payloads.for_application(call.world, message, call.application)


def _tell(call: Call, channel: Channel) -> None:
    last = channel.last_pin_timestamp
    payload: Json = {
        "channel_id": str(channel.id),
        "last_pin_timestamp": payloads.iso(last) if last else None,
    }
    if channel.guild is not None:
        payload["guild_id"] = str(channel.guild.id)
    call.world.dispatch("CHANNEL_PINS_UPDATE", payload, channel=channel)
