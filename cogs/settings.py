"""`/settings`: what a server decides, for itself, a category, a channel, a thread, or a role."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import AppCommandChannel, AppCommandThread, Range, Transform
from discord.ext import commands
from typing_extensions import override

from bot.domain.errors import LayerError, OptionError
from bot.domain.ids import ChannelId, GuildId, UserId
from bot.domain.preferences import (
    AUTO_REPLY,
    SETTINGS,
    Key,
    Layer,
    Scope,
    category_scope,
    channel_scope,
    layer_of,
    role_scope,
    server_scope,
    thread_scope,
)
from bot.domain.whereabouts import Whereabouts
from bot.texts import Texts, texts_for
from cogs._audience import check_admin, for_admins, is_admin
from cogs._entry import FIRST, First, acknowledged, answer
from cogs._meanings import (
    key_choices,
    key_named,
    line,
    said_reset,
    said_set,
    shown,
    typed_value,
    value_choices,
    whose,
)
from cogs._places import whereabouts
from cogs._settings_panel import Panel
from cogs._suggestions import suggesting

if TYPE_CHECKING:
    from bot.client import Bot

PRIVATE = {FIRST: First.PRIVATE}
EMBED_TEXT = 4096


AnyChannel = AppCommandChannel | AppCommandThread


class Spot(app_commands.Transformer):
    """Any channel, category or thread, also of kinds that are yet to come."""

    @property
    @override
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @override
    async def transform(self, interaction: discord.Interaction, value: Any, /) -> AnyChannel:
        return value


@for_admins
class Settings(commands.GroupCog, group_name="settings"):
    """What this server decides about the bot"""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._preferences = bot.services.preferences
        self._models = bot.services.models
        self._panel = Panel(bot)

    @app_commands.command(extras=PRIVATE)
    @app_commands.describe(channel="Where; this channel by default")
    async def show(
        self,
        interaction: discord.Interaction,
        channel: Transform[AnyChannel, Spot] | None = None,
    ) -> None:
        """What applies, and where each value comes from."""
        check_admin(interaction)
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        where = _in(interaction, channel)
        resolved = self._preferences.resolve(where).without_mine()
        lines = [line(name, key, resolved, texts, self._models) for name, key in SETTINGS.items()]
        lines += self._of_roles(where.guild, texts)
        spot = where.thread or where.channel or where.category
        embed = discord.Embed(
            title=texts("Settings"),
            description="\n".join([f"<#{spot}>", *lines])[:EMBED_TEXT],
        )
        await answer(interaction, embed=embed)

    @app_commands.command(extras=PRIVATE, name="set")
    @app_commands.describe(
        key="What to set",
        value="Its value",
        channel="Only for this channel, category or thread",
        role="Only for this role",
    )
    async def set_(
        self,
        interaction: discord.Interaction,
        key: Range[str, 1, 100],
        value: Range[str, 1, 6000],
        channel: Transform[AnyChannel, Spot] | None = None,
        role: discord.Role | None = None,
    ) -> None:
        """Set one of them, for the server or a part of it."""
        check_admin(interaction)
        await acknowledged(interaction)
        setting = key_named(key, SETTINGS)
        scope = _scope(interaction, setting, channel, role)
        typed = typed_value(setting, value, self._models)
        kept = await self._preferences.put(scope, setting, typed, UserId(interaction.user.id))
        texts = texts_for(str(interaction.locale))
        lines = [
            said_set(key, shown(setting, kept, texts, self._models), whose(scope, texts), texts)
        ]
        if setting is AUTO_REPLY and kept and not self._bot.message_content:
            lines.append(
                texts(
                    "Discord does not show the bot what is said there, until its operator switches"
                    " on the Message Content intent."
                )
            )
        await answer(interaction, embed=discord.Embed(description="\n".join(lines)))

    @app_commands.command(extras=PRIVATE)
    @app_commands.describe(
        key="What to reset",
        channel="Only for this channel, category or thread",
        role="Only for this role",
    )
    async def reset(
        self,
        interaction: discord.Interaction,
        key: Range[str, 1, 100],
        channel: Transform[AnyChannel, Spot] | None = None,
        role: discord.Role | None = None,
    ) -> None:
        """Take a value away, so that what stands above it applies."""
        check_admin(interaction)
        await acknowledged(interaction)
        setting = key_named(key, SETTINGS)
        scope = _scope(interaction, setting, channel, role)
        removed = await self._preferences.reset(scope, setting)
        texts = texts_for(str(interaction.locale))
        said = said_reset(key, whose(scope, texts), texts, removed=removed)
        await answer(interaction, embed=discord.Embed(description=said))

    @app_commands.command(extras=PRIVATE)
    async def panel(self, interaction: discord.Interaction) -> None:
        """The common ones, by menus and a form."""
        await self._panel.show(interaction)

    @set_.autocomplete("key")
    @reset.autocomplete("key")
    @suggesting
    async def suggest_key(
        self, interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        if not is_admin(interaction):
            return []
        return key_choices(SETTINGS, current, texts_for(str(interaction.locale)))

    @set_.autocomplete("value")
    @suggesting
    async def suggest_value(
        self, interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        if not is_admin(interaction):
            return []
        key = SETTINGS.get(str(interaction.namespace.key))
        return value_choices(key, current, interaction.guild, self._models)

    def _of_roles(self, guild: GuildId | None, texts: Texts) -> list[str]:
        """What single roles have: which of it applies depends on who asks."""
        if guild is None:
            return []
        found = self._preferences.within(role_scope(guild, 0).removesuffix("0"))
        return [
            f"`{name}` {shown(SETTINGS[name], value, texts, self._models)} · {whose(scope, texts)}"
            for scope, values in found.items()
            for name, value in values.items()
        ]


def _in(interaction: discord.Interaction, channel: AnyChannel | None) -> Whereabouts:
    """That channel as somebody without any role sees it; the interaction's own by default."""
    here = whereabouts(interaction)
    if channel is None:
        return replace(here, roles=())
    bare = Whereabouts(user=here.user, guild=here.guild, member=here.member)
    if isinstance(channel, AppCommandThread):
        category = _category(channel.parent)
        parent = ChannelId(channel.parent_id)
        return replace(bare, thread=ChannelId(channel.id), channel=parent, category=category)
    if channel.type is discord.ChannelType.category:
        return replace(bare, category=ChannelId(channel.id))
    return replace(bare, channel=ChannelId(channel.id), category=_category(channel))


def _category(channel: object) -> ChannelId | None:
    category: int | None = getattr(channel, "category_id", None)
    return None if category is None else ChannelId(category)


def _scope(
    interaction: discord.Interaction,
    key: Key[Any],
    channel: AnyChannel | None,
    role: discord.Role | None,
) -> Scope:
    """Whose value is meant.

    Raises:
        OptionError: channel and role together.
        LayerError: this key can't be set there.
    """
    guild = GuildId(interaction.guild_id or 0)
    if channel is not None and role is not None:
        raise OptionError("role", f"@{role.name}", "channel | role")
    if role is not None:
        scope = role_scope(guild, role.id)
    elif channel is None:
        scope = server_scope(guild)
    elif isinstance(channel, AppCommandThread):
        scope = thread_scope(ChannelId(channel.id))
    elif channel.type is discord.ChannelType.category:
        scope = category_scope(channel.id)
    else:
        scope = channel_scope(ChannelId(channel.id))
    if layer_of(scope) not in key.layers:
        raise LayerError(key.name, tuple(layer for layer in Layer if layer in key.layers))
    return scope


async def setup(bot: Bot) -> None:
    await bot.add_cog(Settings(bot))
