"""Permission bits, and how Discord adds them up: roles, overwrites, owner, threads, timeouts."""

from datetime import datetime
from enum import IntFlag

from sandbox.discord.model import Channel, ChannelType, Guild, Member, Overwrite


class Permission(IntFlag):
    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MUTE_MEMBERS = 1 << 22
    DEAFEN_MEMBERS = 1 << 23
    MOVE_MEMBERS = 1 << 24
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    USE_EXTERNAL_STICKERS = 1 << 37
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    SEND_VOICE_MESSAGES = 1 << 46
    SEND_POLLS = 1 << 49
    USE_EXTERNAL_APPS = 1 << 50
    PIN_MESSAGES = 1 << 51
    BYPASS_SLOWMODE = 1 << 52


P = Permission
ALL = (1 << 53) - 1
# what a person in timeout keeps
TIMED_OUT = P.VIEW_CHANNEL | P.READ_MESSAGE_HISTORY
# what @everyone may do in a new guild
EVERYONE = int(
    P.CREATE_INSTANT_INVITE | P.ADD_REACTIONS | P.VIEW_CHANNEL | P.SEND_MESSAGES
    | P.SEND_TTS_MESSAGES | P.EMBED_LINKS | P.ATTACH_FILES | P.READ_MESSAGE_HISTORY
    | P.USE_EXTERNAL_EMOJIS | P.CONNECT | P.SPEAK | P.CHANGE_NICKNAME | P.USE_APPLICATION_COMMANDS
    | P.CREATE_PUBLIC_THREADS | P.CREATE_PRIVATE_THREADS | P.USE_EXTERNAL_STICKERS
    | P.SEND_MESSAGES_IN_THREADS | P.SEND_VOICE_MESSAGES | P.SEND_POLLS | P.USE_EXTERNAL_APPS
)  # fmt: skip
# what everybody has in a direct message
DIRECT = EVERYONE & ~int(P.CREATE_PUBLIC_THREADS | P.CREATE_PRIVATE_THREADS) | P.PIN_MESSAGES


def guild_permissions(guild: Guild, member: Member) -> int:
    """The sum of the member's roles, without any channel."""
    if member.user.id == guild.owner_id:
        return ALL
    total = guild.roles[guild.id].permissions
    for role_id in member.roles:
        total |= guild.roles[role_id].permissions
    return ALL if total & P.ADMINISTRATOR else total


def channel_permissions(
    guild: Guild, channel: Channel, member: Member, *, now: datetime | None = None
) -> int:
    """What the member may do in the channel; a thread has those of its parent.

    Without `now`, a timeout is not looked at.
    """
    base = guild_permissions(guild, member)
    if base == ALL:
        return ALL
    place = (
        guild.channels[channel.parent_id] if channel.is_thread and channel.parent_id else channel
    )
    total = _overwritten(base, guild, place.overwrites, member)
    if channel.is_thread and not _in_thread(channel, member, total):
        return 0
    if now is not None and member.timed_out_until is not None and member.timed_out_until > now:
        total &= TIMED_OUT
    if not total & P.VIEW_CHANNEL:
        return 0
    if channel.is_thread:
        # in a thread SEND_MESSAGES_IN_THREADS takes the place of SEND_MESSAGES
        in_threads = bool(total & P.SEND_MESSAGES_IN_THREADS)
        total = total | P.SEND_MESSAGES if in_threads else total & ~P.SEND_MESSAGES
    if not total & P.SEND_MESSAGES:
        total &= ~(P.MENTION_EVERYONE | P.SEND_TTS_MESSAGES | P.ATTACH_FILES | P.EMBED_LINKS)
    return int(total)


def _overwritten(base: int, guild: Guild, overwrites: dict[int, Overwrite], member: Member) -> int:
    """@everyone's overwrite first, then all roles' together, then the member's own."""
    total = base
    if everyone := overwrites.get(guild.id):
        total = total & ~everyone.deny | everyone.allow
    allow = deny = 0
    for role_id in member.roles:
        if role := overwrites.get(role_id):
            allow |= role.allow
            deny |= role.deny
    total = total & ~deny | allow
    if own := overwrites.get(member.user.id):
        total = total & ~own.deny | own.allow
    return total


def _in_thread(thread: Channel, member: Member, parent_permissions: int) -> bool:
    """A private thread is seen by its members and by who manages threads."""
    if thread.type is not ChannelType.PRIVATE_THREAD:
        return True
    return member.user.id in thread.thread_members or bool(parent_permissions & P.MANAGE_THREADS)
