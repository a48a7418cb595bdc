"""What of a message is for us, and as what it is asked."""

import re
from dataclasses import dataclass, replace

import discord

from bot.domain.conversations import Question, channel_place
from bot.domain.ids import ChannelId, GuildId, SourceId
from bot.domain.preferences import Resolved
from bot.domain.whereabouts import Whereabouts
from cogs._attachments import Attachments, called_sound, name_of
from cogs._places import author_of, place_of_message, whereabouts_in

HEARD_TYPES = (discord.MessageType.default, discord.MessageType.reply)
MENTION = re.compile(r"<@!?(\d+)>|<@&(\d+)>|<#(\d+)>|<a?(:\w+:)\d+>")
DIRECT, MENTIONED, REPLIED = "direct", "mention", "reply"
FORWARDED = "(forwarded)"  # read by the model and in exports, where the message itself follows
IN_THREAD, IN_CHANNEL = "thread", "channel"


@dataclass(frozen=True, slots=True)
class Heard:
    """A message for the bot.

    kind     direct, mention, reply, thread (one that the bot opened) or channel (auto_reply)
    pinged   it names the bot, so silence would be rude
    """

    message: discord.Message
    kind: str
    pinged: bool


def heard(
    message: discord.Message, me: discord.ClientUser, *, auto_reply: bool = False
) -> Heard | None:
    """The message if it is for us. Bots, webhooks and Discord itself are never answered.

    auto_reply  whatever is said there is for us
    """
    if message.author.bot or message.webhook_id or message.type not in HEARD_TYPES:
        return None
    pinged = any(user.id == me.id for user in message.mentions)
    if message.guild is None:
        return Heard(message, DIRECT, pinged=True)
    if _replies_to(message, me):
        return Heard(message, REPLIED, pinged)
    if pinged:
        return Heard(message, MENTIONED, pinged)
    if isinstance(message.channel, discord.Thread) and message.channel.owner_id == me.id:
        return Heard(message, IN_THREAD, pinged)
    return Heard(message, IN_CHANNEL, pinged) if auto_reply else None


def _replies_to(message: discord.Message, me: discord.ClientUser) -> bool:
    if message.message_snapshots:
        return False  # a forward refers to a message, too
    replied = message.reference.resolved if message.reference else None
    return isinstance(replied, discord.Message) and replied.author.id == me.id


def may_send(message: discord.Message) -> bool:
    """Whether an answer could appear where the message is; True where that is not known."""
    # Of servers that only resemble Discord, `me` may be missing.
    me: discord.Member | None = message.guild.me if message.guild else None
    channel = message.channel
    if me is None:
        return True
    if isinstance(channel, discord.Thread):
        parent = channel.parent
        return parent is None or parent.permissions_for(me).send_messages_in_threads
    if isinstance(channel, discord.abc.GuildChannel):
        return channel.permissions_for(me).send_messages
    return True


def whereabouts_of(message: discord.Message) -> Whereabouts:
    guild = GuildId(message.guild.id) if message.guild else None
    return whereabouts_in(message.author, message.channel, guild=guild)


def server_locale(guild: discord.Guild | None) -> str | None:
    """What a community has chosen; other servers say English whatever they speak."""
    if guild is None or "COMMUNITY" not in guild.features:
        return None
    return str(guild.preferred_locale)


def question_of(
    heard: Heard,
    me: discord.ClientUser,
    settings: Resolved,
    *,
    locale: str,
    attachments: Attachments,
) -> Question | None:
    """What is asked; None when nothing is: no text and nothing attached.

    What is only said, in a voice message, has no text before it is heard.
    """
    message = heard.message
    names = tuple(name_of(each) for each in message.attachments)
    by_voice = bool(names) and all(map(called_sound, message.attachments))
    text = spoken(message, me) or ("" if by_voice else ", ".join(names))
    if not text and message.message_snapshots:
        text = FORWARDED
    if not text and not by_voice:
        return None
    return Question(
        source=SourceId(message.id),
        kind=heard.kind,
        place=place_of_message(message, settings),
        guild=GuildId(message.guild.id) if message.guild else None,
        channel=ChannelId(message.channel.id),
        author=author_of(message.author),
        text=text,
        locale=locale,
        attachments=names,
        inputs=attachments.inputs(message.attachments),
    )


def in_thread(question: Question, message: discord.Message) -> Question:
    """The same question, to be answered in the thread of its message, which bears its id."""
    thread = ChannelId(message.id)
    return replace(question, place=channel_place(thread), channel=thread)


def spoken(message: discord.Message, me: discord.ClientUser) -> str:
    """The text as people read it: names instead of ids, and without our own."""
    users = {user.id: user.display_name for user in message.mentions}
    roles = {role.id: role.name for role in message.role_mentions}
    channels = {channel.id: channel.name for channel in message.channel_mentions}

    def name(found: re.Match[str]) -> str:
        user, role, channel, emoji = found.groups()
        if user:
            return "" if int(user) == me.id else f"@{users.get(int(user), user)}"
        if role:
            return f"@{roles.get(int(role), role)}"
        if channel:
            return f"#{channels.get(int(channel), channel)}"
        return emoji

    return MENTION.sub(name, message.content).strip()
