"""`/preferences`: what one prefers, everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.domain.ids import UserId
from bot.domain.preferences import LANGUAGE, PREFERENCES, Layer, layer_of, user_scope
from bot.texts import texts_for
from cogs._entry import FIRST, First, acknowledged, answer
from cogs._meanings import (
    MEANINGS,
    key_choices,
    key_named,
    said_reset,
    said_set,
    shown,
    typed_value,
    value_choices,
)
from cogs._places import whereabouts
from cogs._suggestions import suggesting

if TYPE_CHECKING:
    from bot.client import Bot

ALONE = {FIRST: First.PRIVATE}


class Preferences(commands.GroupCog, group_name="preferences"):
    """What you prefer, everywhere"""

    def __init__(self, bot: Bot) -> None:
        self._preferences = bot.services.preferences
        self._models = bot.services.models

    @app_commands.command(extras=ALONE)
    async def show(self, interaction: discord.Interaction) -> None:
        """See what you have set."""
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        resolved = self._preferences.resolve(whereabouts(interaction))
        lines: list[str] = []
        for name, key in PREFERENCES.items():
            scope = resolved.source(key)
            mine = scope is not None and layer_of(scope) is Layer.MINE
            value = shown(key, resolved[key], texts, self._models) if mine else texts("not set")
            lines.append(f"`{name}` {value} · {texts(MEANINGS[key])}")
        embed = discord.Embed(title=texts("Your preferences"), description="\n".join(lines))
        await answer(interaction, embed=embed)

    @app_commands.command(extras=ALONE, name="set")
    @app_commands.describe(key="What to set", value="Its value")
    async def set_(
        self,
        interaction: discord.Interaction,
        key: Range[str, 1, 100],
        value: Range[str, 1, 6000],
    ) -> None:
        """Set one of them; it applies wherever you use the bot."""
        await acknowledged(interaction)
        setting = key_named(key, PREFERENCES)
        user = UserId(interaction.user.id)
        typed = typed_value(setting, value, self._models)
        kept = await self._preferences.put(user_scope(user), setting, typed, user)
        texts = texts_for(str(kept) if setting is LANGUAGE else str(interaction.locale))
        said = said_set(key, shown(setting, kept, texts, self._models), texts("you"), texts)
        await answer(interaction, embed=discord.Embed(description=said))

    @app_commands.command(extras=ALONE)
    @app_commands.describe(key="What to reset")
    async def reset(self, interaction: discord.Interaction, key: Range[str, 1, 100]) -> None:
        """Take one of them away."""
        await acknowledged(interaction)
        setting = key_named(key, PREFERENCES)
        user = UserId(interaction.user.id)
        removed = await self._preferences.reset(user_scope(user), setting)
        texts = texts_for(str(interaction.locale))
        said = said_reset(key, texts("you"), texts, removed=removed)
        await answer(interaction, embed=discord.Embed(description=said))

    @set_.autocomplete("key")
    @reset.autocomplete("key")
    @suggesting
    async def suggest_key(
        self, interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        return key_choices(PREFERENCES, current, texts_for(str(interaction.locale)))

    @set_.autocomplete("value")
    @suggesting
    async def suggest_value(
        self, interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        key = PREFERENCES.get(str(interaction.namespace.key))
        return value_choices(key, current, None, self._models)


async def setup(bot: Bot) -> None:
    await bot.add_cog(Preferences(bot))
