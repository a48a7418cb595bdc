"""Who asks, from where: what policy and settings are looked up by."""

from dataclasses import dataclass

from bot.domain.ids import ChannelId, GuildId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Who asks, from where.

    guild     None in direct and group messages
    member    True where the bot itself is there: a guild it has joined, or its own direct messages
    roles     ids of the person's roles in that guild, the highest first
    category  of the channel, where it has one
    channel   for a thread, the channel it belongs to
    thread    None outside of threads
    """

    user: UserId
    guild: GuildId | None
    member: bool
    roles: tuple[int, ...] = ()
    category: ChannelId | None = None
    channel: ChannelId | None = None
    thread: ChannelId | None = None
