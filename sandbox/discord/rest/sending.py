"""What a message has to pass besides its form: rights, reachability, what it refers to."""

from sandbox.discord import message_payloads, posting
from sandbox.discord.errors import FormErrors, invalid_form, refusal
from sandbox.discord.model import Channel, Json, Message, MessageFlag, MessageType
from sandbox.discord.permissions import Permission
from sandbox.discord.rest.access import may, need, need_reachable
from sandbox.discord.rest.routing import Call, snowflake
from sandbox.discord.thread_life import wake_thread
from sandbox.discord.validation.fields import Field

_FORWARD = 1
_FILLED = ("content", "embeds", "components", "attachments", "poll", "sticker_ids")


def message_body(call: Call) -> Json:
    """The body, `embed` of old times included in `embeds` as Discord still does."""
    body = call.body
    if body.get("embed") and not body.get("embeds"):
        body = {**body, "embeds": [body["embed"]]}
    return body


def is_forward(body: Json) -> bool:
    """Whether it forwards. Raises 50035 for a reference in a wrong form."""
    problems = FormErrors()
    reference = Field(body, problems).at("message_reference")
    if reference.is_object():
        if reference.at("message_id").required():
            reference.at("message_id").snowflake()
        reference.at("channel_id").snowflake()
        reference.at("type").one_of({0, _FORWARD})
        reference.at("fail_if_not_exists").boolean()
    problems.check()
    return reference.at("type").value == _FORWARD


def check_sending(call: Call, channel: Channel, body: Json) -> None:
    """Raises 50007, 50013, 50083, 160005, or 50035 for stickers, which the sandbox has none of."""
    if channel.guild is None:
        need_reachable(call, channel)
    if body.get("embeds"):
        need(call, channel, Permission.EMBED_LINKS)
    if call.files:
        need(call, channel, Permission.ATTACH_FILES)
    if body.get("tts"):
        need(call, channel, Permission.SEND_TTS_MESSAGES)
    if body.get("poll"):
        need(call, channel, Permission.SEND_POLLS)
    if body.get("sticker_ids"):
        raise invalid_form(("sticker_ids",), "STICKER_INVALID", "Sticker could not be found.")
    if channel.locked and not may(call, channel, Permission.MANAGE_THREADS):
        raise refusal(160005)
    if channel.is_thread:
        wake_thread(call.world, channel)


def check_voice(call: Call, channel: Channel, body: Json) -> None:
    """One sound file with its length and waveform, and nothing else."""
    if not int(body.get("flags") or 0) & MessageFlag.IS_VOICE_MESSAGE:
        return
    need(call, channel, Permission.SEND_VOICE_MESSAGES)
    if body.get("content") or body.get("embeds") or body.get("poll") or len(call.files) != 1:
        raise refusal(50160)
    details: list[Json] = body.get("attachments") or []
    upload = next(iter(call.files.values()))
    described = len(details) == 1 and details[0].get("duration_secs") and details[0].get("waveform")
    if not described or not upload.content_type.startswith(("audio/", "application/octet-stream")):
        raise refusal(50160)


def refer_or_forward(call: Call, channel: Channel, message: Message, body: Json) -> None:
    """Fill in what message_reference asks for."""
    reference: Json | None = body.get("message_reference")
    if not reference:
        return
    forwarding = reference.get("type") == _FORWARD
    path = ("message_reference",)
    message_id = snowflake(reference.get("message_id"), (*path, "message_id"))
    if forwarding:
        source = _source(call, reference)
        found = source.messages.get(message_id)
        if found is None or found.ephemeral_for is not None:
            raise _unknown(path)
        _forward(call, message, found, body)
        return
    given = reference.get("channel_id")
    if given is not None and snowflake(given, (*path, "channel_id")) != channel.id:
        code = "MESSAGE_REFERENCE_CANNOT_REPLY_TO_MESSAGE_IN_OTHER_CHANNEL"
        raise invalid_form(path, code, "Cannot reply to a message in a different channel")
    if not may(call, channel, Permission.READ_MESSAGE_HISTORY):
        raise refusal(160002)
    found = channel.messages.get(message_id)
    if found is None or found.ephemeral_for is not None:
        if reference.get("fail_if_not_exists") is False:
            return
        raise _unknown(path)
    if found.type not in {
        MessageType.DEFAULT, MessageType.REPLY, MessageType.CHAT_INPUT_COMMAND,
        MessageType.CONTEXT_MENU_COMMAND, MessageType.THREAD_STARTER_MESSAGE,
    }:  # fmt: skip
        code = "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE"
        raise invalid_form(path, code, "Cannot reply to a system message")
    posting.refer(message, found, allowed=body.get("allowed_mentions"))


def _source(call: Call, reference: Json) -> Channel:
    given = reference.get("channel_id")
    if given is None:
        path = ("message_reference", "channel_id")
        raise invalid_form(path, "BASE_TYPE_REQUIRED", "This field is required")
    channel = call.world.channel(snowflake(given, ("message_reference", "channel_id")))
    if not may(call, channel, Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY):
        raise refusal(50001)
    return channel


def _forward(call: Call, message: Message, found: Message, body: Json) -> None:
    if any(body.get(key) for key in _FILLED) or call.files:
        raise refusal(160011)
    application = call.application
    if not message_payloads.may_read_content(application):
        whole = message_payloads.message(call.world, found)
        direct = found.channel.guild is None
        if message_payloads.readable(whole, application, direct=direct) != whole:
            raise refusal(160014)
    message.reference = posting.reference_to(found, forward=True)
    message.snapshots = [message_payloads.snapshot(call.world, found)]
    message.flags |= MessageFlag.HAS_SNAPSHOT


def _unknown(path: tuple[str, ...]) -> Exception:
    return invalid_form(path, "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
