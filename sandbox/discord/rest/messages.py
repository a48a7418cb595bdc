"""Messages: read, send, edit, delete."""

from datetime import timedelta
from typing import Any, cast

from sandbox.discord import message_payloads, posting
from sandbox.discord.errors import invalid_form, refusal
from sandbox.discord.model import Channel, Json, Message, MessageFlag, MessageType
from sandbox.discord.permissions import Permission
from sandbox.discord.ratelimits import Kind
from sandbox.discord.rest.access import may, need, readable_message, text_channel
from sandbox.discord.rest.routing import Call, Routes, snowflake
from sandbox.discord.rest.sending import (
    check_sending,
    check_voice,
    is_forward,
    message_body,
    refer_or_forward,
)
from sandbox.discord.validation import validate_message

routes = Routes()
MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = "/channels/{channel_id}/messages/{message_id}"
_NONCE_KEPT = timedelta(minutes=5)
_OLD = timedelta(hours=1)
_BULK_OLDEST = timedelta(days=14)
_BULK_MIN, _BULK_MAX = 2, 100
_PLAIN = {MessageType.DEFAULT, MessageType.REPLY, MessageType.CHAT_INPUT_COMMAND,
          MessageType.CONTEXT_MENU_COMMAND}  # fmt: skip


@routes.add("GET", MESSAGES)
async def list_messages(call: Call) -> Any:
    """Newest first; nothing without Read Message History."""
    channel = text_channel(call)
    limit = call.query_int("limit", default=50, low=1, high=100)
    before, after = call.query_id("before"), call.query_id("after")
    around = call.query_id("around")
    if not may(call, channel, Permission.READ_MESSAGE_HISTORY):
        return []
    seen = [one for one in channel.messages.values() if one.ephemeral_for is None]
    if around is not None:
        older = [one for one in seen if one.id < around][-(limit // 2) :]
        newer = [one for one in seen if one.id >= around][: limit - len(older)]
        found = older + newer
    elif after is not None:
        found = [one for one in seen if one.id > after][:limit]
    else:
        found = [one for one in seen if before is None or one.id < before][-limit:]
    application = call.application
    return [message_payloads.for_application(call.world, one, application) for one in found[::-1]]


@routes.add("GET", MESSAGE)
async def get_message(call: Call) -> Any:
    return _shown(call, readable_message(call, text_channel(call)))


@routes.add("POST", MESSAGES, kind=Kind.MESSAGE_CREATE)
async def create_message(call: Call) -> Any:
    channel, bot = text_channel(call), call.application.bot
    need(call, channel, Permission.SEND_MESSAGES)
    body = message_body(call)
    names = {number: upload.filename for number, upload in call.files.items()}
    # a forward is all that it refers to: it has nothing of its own
    validate_message(body, files=names, edit=is_forward(body))
    if int(body.get("flags") or 0) & MessageFlag.EPHEMERAL:
        # only an interaction's answer can be; elsewhere Discord drops the flag
        body = {**body, "flags": int(body["flags"]) & ~MessageFlag.EPHEMERAL}
    check_sending(call, channel, body)
    if (first := _sent_before(call, channel, body)) is not None:
        return _shown(call, first)
    call.discord.limits.take_channel_write(channel.id)
    check_voice(call, channel, body)
    message = posting.compose(call.world, channel, bot, body, files=call.files)
    refer_or_forward(call, channel, message, body)
    posting.post(call.world, message)
    return _shown(call, message)


@routes.add("PATCH", MESSAGE, kind=Kind.MESSAGE_EDIT)
async def edit_message(call: Call) -> Any:
    channel = text_channel(call)
    message = readable_message(call, channel)
    body = message_body(call)
    if message.author is not call.application.bot:
        if set(body) - {"flags"}:
            raise refusal(50005)
        need(call, channel, Permission.MANAGE_MESSAGES)
    if message.type not in _PLAIN:
        raise refusal(50021)
    if channel.archived:
        raise refusal(50083)
    if message.flags & MessageFlag.IS_VOICE_MESSAGE and set(body) - {"flags"}:
        raise refusal(50160)
    validate_message(
        body,
        files={number: upload.filename for number, upload in call.files.items()},
        edit=True,
        v2=bool(message.flags & MessageFlag.IS_COMPONENTS_V2),
        kept={file.id: file.filename for file in message.attachments},
    )
    if empties(message, body, new_files=len(call.files)):
        raise refusal(50006)
    if call.world.clock.now() - message.timestamp > _OLD:
        call.discord.limits.take_old_edit(channel.id)
    call.discord.limits.take_channel_write(channel.id)
    posting.edit(call.world, message, body, files=call.files)
    return _shown(call, message)


@routes.add("DELETE", MESSAGE, kind=Kind.MESSAGE_DELETE)
async def delete_message(call: Call) -> Any:
    channel = text_channel(call)
    message = call.world.message(channel, call.id("message_id"))
    if message.author is not call.application.bot:
        if channel.guild is None:
            raise refusal(50003)
        need(call, channel, Permission.MANAGE_MESSAGES)
    posting.delete(call.world, message)


@routes.add("POST", f"{MESSAGES}/bulk-delete")
async def bulk_delete(call: Call) -> Any:
    """Ids that are not there are passed over; one that is too old stops it all."""
    channel = text_channel(call)
    if channel.guild is None:
        raise refusal(50003)
    need(call, channel, Permission.MANAGE_MESSAGES)
    listed = call.body.get("messages")
    if not isinstance(listed, list):
        raise invalid_form(("messages",), "BASE_TYPE_REQUIRED", "This field is required")
    given = cast("list[object]", listed)
    ids = [snowflake(one, ("messages", index)) for index, one in enumerate(given)]
    if not _BULK_MIN <= len(ids) <= _BULK_MAX:
        raise refusal(50016)
    kept = (channel.messages.get(one) for one in dict.fromkeys(ids))
    found = [one for one in kept if one is not None and one.ephemeral_for is None]
    if any(call.world.clock.now() - one.timestamp > _BULK_OLDEST for one in found):
        raise refusal(50034)
    if found:
        posting.delete(call.world, *found)


def empties(message: Message, body: Json, *, new_files: int) -> bool:
    """Whether nothing would be left of the message after this edit."""
    has_text = bool((body.get("content", message.content) or "").strip())
    lists = (
        body.get("embeds", message.embeds),
        body.get("components", message.components),
        body.get("attachments", message.attachments),
    )
    return not (has_text or any(lists) or new_files or message.poll or message.snapshots)


def _shown(call: Call, message: Message) -> Json:
    return message_payloads.for_application(call.world, message, call.application)


def _sent_before(call: Call, channel: Channel, body: Json) -> Message | None:
    """The message of the last minutes with this nonce, where enforce_nonce asks for it."""
    nonce = body.get("nonce")
    if not body.get("enforce_nonce") or nonce is None:
        return None
    now = call.world.clock.now()
    for message in reversed(channel.messages.values()):
        if now - message.timestamp > _NONCE_KEPT:
            return None
        if message.author is call.application.bot and str(message.nonce) == str(nonce):
            return message
    return None
