"""Where something was said, and by whom, in the words of the domain."""

from datetime import timedelta
from typing import TYPE_CHECKING, cast

import discord

from bot.domain.conversations import (
    Author,
    InteractionToken,
    Presser,
    channel_place,
    direct_place,
    install_place,
    own_place,
    private_place,
)
from bot.domain.ids import ChannelId, GuildId, MessageId, PlaceKey, SourceId, UserId
from bot.domain.preferences import SCOPE, Resolved
from bot.domain.whereabouts import Whereabouts

if TYPE_CHECKING:
    from bot.client import Bot

TOKEN_LIFE = timedelta(minutes=15)


def is_member(interaction: discord.Interaction) -> bool:
    """Whether the bot itself is there: a guild it has joined, or its own direct messages.

    Elsewhere it is only installed by the user, and can speak through the interaction alone.
    """
    if interaction.guild_id is not None:
        joined = interaction.client.get_guild(interaction.guild_id) is not None
        return joined or interaction.is_guild_integration()
    context = interaction.context
    if not (context.dm_channel or context.private_channel):  # left out by compatible servers
        return isinstance(interaction.channel, discord.DMChannel)
    return bool(context.dm_channel)


def whereabouts(interaction: discord.Interaction) -> Whereabouts:
    return whereabouts_in(
        interaction.user,
        interaction.channel,
        guild=guild_of(interaction),
        member=is_member(interaction),
    )


def whereabouts_in(
    person: discord.abc.User, channel: object, *, guild: GuildId | None, member: bool = True
) -> Whereabouts:
    """That person in a channel; `channel` is whatever Discord's library makes of one."""
    spot: dict[str, ChannelId | None] = {}
    if isinstance(channel, discord.Thread):
        category = channel.parent.category_id if channel.parent else None
        spot = {"thread": _channel(channel.id), "channel": _channel(channel.parent_id)}
        spot["category"] = _channel(category)
    elif isinstance(channel, discord.abc.GuildChannel):
        spot = {"channel": _channel(channel.id), "category": _channel(channel.category_id)}
    elif isinstance(channel, discord.PartialMessageable):
        spot = {"channel": _channel(channel.id)}
    roles: tuple[int, ...] = ()
    if isinstance(person, discord.Member):
        roles = tuple(role.id for role in reversed(person.roles))  # the highest first
    return Whereabouts(user=UserId(person.id), guild=guild, member=member, roles=roles, **spot)


def place_of(interaction: discord.Interaction, *, private: bool = False) -> PlaceKey:
    channel, user = channel_of(interaction), UserId(interaction.user.id)
    if private:
        return private_place(channel, user)
    if not is_member(interaction):
        return install_place(channel, user)
    if interaction.guild_id is None:
        return direct_place(channel)
    settings = bot_of(interaction).services.preferences.resolve(whereabouts(interaction))
    return _shared_place(channel, user, settings)


def place_in(interaction: discord.Interaction, thread: discord.Thread) -> PlaceKey:
    """The place of whoever asks in another thread of this server."""
    where = whereabouts_in(interaction.user, thread, guild=guild_of(interaction))
    settings = bot_of(interaction).services.preferences.resolve(where)
    return _shared_place(ChannelId(thread.id), UserId(interaction.user.id), settings)


def place_of_message(message: discord.Message, settings: Resolved) -> PlaceKey:
    channel = ChannelId(message.channel.id)
    if message.guild is None:
        return direct_place(channel)
    return _shared_place(channel, UserId(message.author.id), settings)


def _shared_place(channel: ChannelId, user: UserId, settings: Resolved) -> PlaceKey:
    return own_place(channel, user) if settings[SCOPE] == "user" else channel_place(channel)


def channel_of(interaction: discord.Interaction) -> ChannelId:
    """The channel of an interaction; the person's id where none came, which Discord does not do."""
    return ChannelId(interaction.channel_id or interaction.user.id)


def guild_of(interaction: discord.Interaction) -> GuildId | None:
    return _guild(interaction.guild_id)


def author_of(person: discord.abc.User) -> Author:
    return Author(user=UserId(person.id), name=person.display_name)


def token_of(interaction: discord.Interaction) -> InteractionToken:
    """Its token, whose life is counted from now by our clock: the id's date is by Discord's."""
    return InteractionToken(
        application=interaction.application_id,
        token=interaction.token,
        expires_at=bot_of(interaction).services.clock.now() + TOKEN_LIFE,
    )


def presser_of(interaction: discord.Interaction) -> Presser:
    """Who pressed or typed, with what they may do there. In direct messages all is one's own."""
    return Presser(
        source=SourceId(interaction.id),
        user=UserId(interaction.user.id),
        channel=channel_of(interaction),
        may_manage=may_manage(interaction),
        message=MessageId(interaction.message.id) if interaction.message else None,
        token=token_of(interaction),
    )


def may_manage(interaction: discord.Interaction) -> bool:
    return interaction.guild_id is not None and interaction.permissions.manage_messages


def bot_of(interaction: discord.Interaction) -> "Bot":
    return cast("Bot", interaction.client)


def _guild(guild: int | None) -> GuildId | None:
    return None if guild is None else GuildId(guild)


def _channel(channel: int | None) -> ChannelId | None:
    return None if channel is None else ChannelId(channel)
