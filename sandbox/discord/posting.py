"""Messages coming, changing and going: state and events; who may is asked elsewhere."""

from collections.abc import Mapping

from sandbox.discord import message_payloads
from sandbox.discord.attachments import clean_name, keep_file
from sandbox.discord.cdn import signed_url
from sandbox.discord.mentions import all_text, find_mentions
from sandbox.discord.model import (
    Attachment,
    Channel,
    Json,
    Message,
    MessageFlag,
    MessageType,
    User,
)
from sandbox.discord.rest.routing import Upload
from sandbox.discord.state import World
from sandbox.discord.stored import stored_components, stored_embeds, stored_poll

F = MessageFlag
# what a sender may set; an edit changes only the first two
SETTABLE = (
    F.SUPPRESS_EMBEDS | F.IS_COMPONENTS_V2 | F.SUPPRESS_NOTIFICATIONS
    | F.IS_VOICE_MESSAGE | F.EPHEMERAL
)  # fmt: skip
_EDITABLE = F.SUPPRESS_EMBEDS | F.IS_COMPONENTS_V2


def compose(
    world: World,
    channel: Channel,
    author: User,
    payload: Json,
    *,
    files: Mapping[int, Upload] | None = None,
    kind: MessageType = MessageType.DEFAULT,
    ephemeral_for: int | None = None,
) -> Message:
    """A message from a body that was validated. Its files are stored; `post` makes it seen.

    payload        as Create Message takes it; message_reference is not looked at
    ephemeral_for  id of the one person who sees it
    """
    flags = int(payload.get("flags") or 0) & SETTABLE
    if ephemeral_for is not None:
        flags |= F.EPHEMERAL
    details = _by_id(payload.get("attachments"))
    attachments = [
        keep_file(world, channel.id, upload, details.get(number), flags=flags)
        for number, upload in sorted((files or {}).items())
    ]
    message = Message(
        id=world.snowflakes.next(),
        channel=channel,
        author=author,
        timestamp=world.clock.now(),
        content=(payload.get("content") or "").strip(),
        type=kind,
        tts=bool(payload.get("tts")),
        attachments=attachments,
        flags=int(flags),
        nonce=payload.get("nonce"),
        poll=stored_poll(payload.get("poll"), world.clock.now()),
        ephemeral_for=ephemeral_for,
    )
    urls = _urls(world, attachments, files, details)
    message.embeds = stored_embeds(payload.get("embeds"), urls)
    message.components = stored_components(payload.get("components"), urls)
    _ping(world, message, payload.get("allowed_mentions"))
    return message


def post(world: World, message: Message) -> Message:
    """Put it in its channel and tell everybody who can see it."""
    channel = message.channel
    channel.messages[message.id] = message
    while len(channel.messages) > world.kept_messages:
        _forget(world, next(iter(channel.messages.values())))
    if message.ephemeral_for is None:
        channel.last_message_id = message.id
        if channel.is_thread:
            channel.total_message_sent += 1
    _tell(world, "MESSAGE_CREATE", message)
    return message


def refer(message: Message, target: Message, *, allowed: Json | None = None) -> None:
    """Make it a reply.

    The one replied to is pinged where allowed_mentions is absent or its `replied_user` is true.
    """
    message.type = MessageType.REPLY
    message.reference = reference_to(target)
    pings = allowed is None or bool(allowed.get("replied_user"))
    if pings and target.author not in message.mentions and target.author is not message.author:
        message.mentions.append(target.author)


def reference_to(target: Message, *, forward: bool = False) -> Json:
    guild = target.channel.guild
    reference: Json = {
        "type": int(forward),
        "message_id": str(target.id),
        "channel_id": str(target.channel.id),
    }
    return reference | {"guild_id": str(guild.id)} if guild is not None else reference


def edit(
    world: World, message: Message, payload: Json, *, files: Mapping[int, Upload] | None = None
) -> Message:
    """Change what a validated body gives, and nothing else."""
    if "flags" in payload:
        changed = int(payload["flags"] or 0) & _EDITABLE
        # the Components V2 flag can be set, never removed
        kept = message.flags & ~F.SUPPRESS_EMBEDS
        message.flags = int(kept | changed)
    _edit_attachments(world, message, payload, files or {})
    details = _by_id(payload.get("attachments"))
    urls = _urls(world, message.attachments, files, details)
    if "content" in payload:
        message.content = (payload["content"] or "").strip()
    if "embeds" in payload:
        message.embeds = stored_embeds(payload["embeds"], urls)
    if "components" in payload:
        message.components = stored_components(payload["components"], urls)
    if "content" in payload or "components" in payload:
        _ping(world, message, payload.get("allowed_mentions"))
    message.edited_timestamp = world.clock.now()
    return changed_in_place(world, message)


def changed_in_place(world: World, message: Message) -> Message:
    """Tell that something about it changed (a thread, a pin, an edit)."""
    _tell(world, "MESSAGE_UPDATE", message)
    return message


def delete(world: World, first: Message, *others: Message) -> None:
    """Remove messages of one channel: one event, or one for all of them."""
    messages, channel = (first, *others), first.channel
    for message in messages:
        _forget(world, message)
    payload: Json = {"channel_id": str(channel.id)}
    if channel.guild is not None and first.ephemeral_for is None:
        payload["guild_id"] = str(channel.guild.id)
    if others:
        ids = [str(message.id) for message in messages]
        world.dispatch("MESSAGE_DELETE_BULK", payload | {"ids": ids}, channel=channel)
        return
    payload["id"] = str(first.id)
    _dispatch(world, "MESSAGE_DELETE", first, payload)


def _forget(world: World, message: Message) -> None:
    message.channel.messages.pop(message.id, None)
    for attachment in message.attachments:
        world.forget_attachment(attachment)


def _tell(world: World, event: str, message: Message) -> None:
    _dispatch(world, event, message, message_payloads.event(world, message))


def _dispatch(world: World, event: str, message: Message, payload: Json) -> None:
    """To the channel, but ephemeral messages go past it: to their application alone.

    They come as direct messages do, by that intent and on shard 0, and without a guild.
    Source: Discord's documentation of the gateway events for messages.
    """
    if message.ephemeral_for is None:
        world.dispatch(event, payload, channel=message.channel)
    else:
        owner = world.applications[message.application_id or message.author.id]
        world.dispatch(event, payload, to=owner)


def _ping(world: World, message: Message, allowed: Json | None) -> None:
    text = all_text(message.content, message.components)
    found = find_mentions(world, message.channel, message.author, text, allowed)
    message.mentions = found.users
    message.mention_roles = found.roles
    message.mention_everyone = found.everyone


def _by_id(entries: list[Json] | None) -> dict[int, Json]:
    return {int(entry["id"]): entry for entry in entries or []}


def _urls(
    world: World,
    attachments: list[Attachment],
    files: Mapping[int, Upload] | None,
    details: Mapping[int, Json],
) -> dict[str, str]:
    """Addresses by the name that attachment:// may use: as sent, and as Discord cleaned it."""
    urls = {file.filename: signed_url(world, file) for file in attachments}
    for number, upload in (files or {}).items():
        name = str((details.get(number) or {}).get("filename") or upload.filename)
        if (url := urls.get(clean_name(name))) is not None:
            urls[name] = url
    return urls


def _edit_attachments(
    world: World, message: Message, payload: Json, files: Mapping[int, Upload]
) -> None:
    """A list given names what stays (by id) and what is new (by n); without one all stay."""
    entries = payload.get("attachments")
    details = _by_id(entries)
    if "attachments" in payload:
        # who saw what goes can load it for a while: it leaves with the oldest files
        message.attachments = [each for each in message.attachments if each.id in details]
        for attachment in message.attachments:
            if "description" in details[attachment.id]:
                attachment.description = details[attachment.id]["description"]
    for number, upload in sorted(files.items()):
        new = keep_file(world, message.channel.id, upload, details.get(number), flags=message.flags)
        message.attachments.append(new)
