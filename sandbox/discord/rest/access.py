"""What every route asks first: is it there, may this bot see it, may it do that."""

from sandbox.discord.errors import refusal
from sandbox.discord.model import TEXTUAL, Channel, Guild, Message, User
from sandbox.discord.permissions import Permission, guild_permissions
from sandbox.discord.rest.routing import Call


def guild_in(call: Call) -> Guild:
    """The guild of the path; one that the bot is not in is as unknown as one that is not."""
    guild = call.world.guild(call.id("guild_id"))
    if call.application.bot.id not in guild.members:
        raise refusal(10004)
    return guild


def visible_channel(call: Call, name: str = "channel_id") -> Channel:
    """Raises 10003, or 50001 where the bot can't see it."""
    channel = call.world.channel(call.id(name))
    if not call.world.can_see(channel, call.application.bot):
        raise refusal(50001)
    return channel


def text_channel(call: Call) -> Channel:
    """A visible channel that can have messages; 50008 for others."""
    channel = visible_channel(call)
    if channel.type not in TEXTUAL:
        raise refusal(50008)
    return channel


def readable_message(call: Call, channel: Channel) -> Message:
    """The message of the path; 50001 without Read Message History, 10008 when it is not there."""
    if not may(call, channel, Permission.READ_MESSAGE_HISTORY):
        raise refusal(50001)
    return call.world.message(channel, call.id("message_id"))


def may(call: Call, channel: Channel, permission: Permission) -> bool:
    granted = call.world.permissions(channel, call.application.bot)
    return granted & permission == permission


def need(call: Call, channel: Channel, permission: Permission) -> None:
    if not may(call, channel, permission):
        raise refusal(50013)


def need_in_guild(call: Call, guild: Guild, permission: Permission) -> None:
    member = guild.members[call.application.bot.id]
    if not guild_permissions(guild, member) & permission:
        raise refusal(50013)


def need_reachable(call: Call, channel: Channel) -> None:
    """Raises 50007 where a person in it takes no direct message from this bot.

    Because they turned them off, are a bot, or share no server with it.
    """
    bot = call.application.bot
    for person in channel.recipients:
        if person is bot:
            continue
        if person.bot or not person.accepts_dms or not _share_guild(call, bot, person):
            raise refusal(50007)


def _share_guild(call: Call, one: User, other: User) -> bool:
    return any(
        one.id in guild.members and other.id in guild.members
        for guild in call.world.guilds.values()
    )
