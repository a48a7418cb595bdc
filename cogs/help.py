"""`/help`: what one can do here, from the commands themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.domain.errors import NotAllowedError, OptionError
from bot.domain.preferences import AUTO_REPLY, CHAT_MODEL, Feature
from bot.services.policy import check_server
from bot.texts import Texts, texts_for
from cogs._audience import is_admin
from cogs._entry import FIRST, First, acknowledged, answer
from cogs._gates import AnyCommand, gate_of
from cogs._places import is_member, whereabouts
from cogs._suggestions import MAX_CHOICES, cut, suggesting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.client import Bot

MANAGE_SERVER = discord.Permissions(manage_guild=True)
EMBED_TEXT = 4096


class Help(commands.Cog):
    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command(name="help", extras={FIRST: First.PRIVATE})
    @app_commands.describe(topic="A command you want to know more about")
    async def help_(
        self, interaction: discord.Interaction, topic: Range[str, 1, 100] | None = None
    ) -> None:
        """What you can do here."""
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        if topic is None:
            await answer(interaction, embed=self._overview(interaction, texts))
            return
        wanted = topic.removeprefix("/").casefold()
        offered = {_name(each).casefold(): each for each in self._offered(interaction)}
        if wanted not in offered:
            raise OptionError("topic", topic, ", ".join(offered)[:500])
        await answer(interaction, embed=_about(offered[wanted], texts))

    @help_.autocomplete("topic")
    @suggesting
    async def suggest_topic(
        self, interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        texts = texts_for(str(interaction.locale))
        found: list[app_commands.Choice[Any]] = []
        for each in self._offered(interaction):
            label = f"{_shown(each, texts)}: {_does(each, texts)}".removesuffix(": ")
            if current.removeprefix("/").casefold() in label.casefold():
                found.append(app_commands.Choice(name=cut(label), value=_name(each)[:100]))
        return found[:MAX_CHOICES]

    def _offered(self, interaction: discord.Interaction) -> Iterator[AnyCommand]:
        """What this person may use in this place, as far as rules say."""
        where = whereabouts(interaction)
        settings = self._bot.services.preferences.resolve(where)
        for top in self._bot.tree.get_commands():
            if not _is_for(top, interaction):
                continue
            below = top.walk_commands() if isinstance(top, app_commands.Group) else (top,)
            for each in below:
                if isinstance(each, app_commands.Group):
                    continue
                gate = gate_of(each)
                try:
                    if not gate.free:
                        check_server(where, settings, gate.feature)
                except NotAllowedError:
                    continue
                yield each

    def _overview(self, interaction: discord.Interaction, texts: Texts) -> discord.Embed:
        offered = [*self._offered(interaction)]
        lines = [*self._ways(interaction, offered, texts), ""]
        lines += [
            f"`{_shown(each, texts)}` {_does(each, texts)}"
            for each in offered
            if isinstance(each, app_commands.Command)
        ]
        menus = [
            _shown(each, texts) for each in offered if isinstance(each, app_commands.ContextMenu)
        ]
        if menus:
            names = ", ".join(f"*{name}*" for name in menus)
            lines += ["", texts("In the menu of a message, under Apps: {names}", names=names)]
        embed = discord.Embed(
            title=texts("What you can do here"), description=_fitting(lines, EMBED_TEXT)
        )
        return embed.set_footer(text=texts("More about one of them: /help topic"))

    def _ways(
        self, interaction: discord.Interaction, offered: list[AnyCommand], texts: Texts
    ) -> list[str]:
        """How to talk here without a command; nothing where chat is off."""
        if all(gate_of(each).feature is not Feature.CHAT for each in offered):
            return [texts("Talking to the bot is switched off here.")]
        settings = self._bot.services.preferences.resolve(whereabouts(interaction))
        model = settings[CHAT_MODEL] or self._bot.services.models.default_chat_model
        lines = [texts("Answers come from {model}.", model=f"`{model}`")]
        if not is_member(interaction):
            lines.append(texts("The bot is no member here, so only commands reach it."))
        elif interaction.guild_id is None:
            lines.append(texts("Just write: every message here is a question."))
        elif settings[AUTO_REPLY] and self._bot.message_content:
            lines.append(texts("Just write: every message in this channel is a question."))
        else:
            lines.append(texts("Mention the bot or reply to it, and it answers."))
        return lines


def _is_for(command: AnyCommand | app_commands.Group, interaction: discord.Interaction) -> bool:
    """By where it works, and by what it needs."""
    contexts = command.allowed_contexts
    if contexts is not None and interaction.guild_id is None and not contexts.dm_channel:
        return False
    needed = command.default_permissions
    if needed is None:
        return True
    # None at all is what families for operators say; only their own check knows them.
    return needed == MANAGE_SERVER and is_member(interaction) and is_admin(interaction)


def _name(command: AnyCommand) -> str:
    return command.qualified_name


def _shown(command: AnyCommand, texts: Texts) -> str:
    if isinstance(command, app_commands.ContextMenu):
        return texts(command.name)
    return f"/{command.qualified_name}"


def _does(command: AnyCommand, texts: Texts) -> str:
    return texts(command.description) if isinstance(command, app_commands.Command) else ""


def _about(command: AnyCommand, texts: Texts) -> discord.Embed:
    """A command with each of its options."""
    embed = discord.Embed(title=_shown(command, texts), description=_does(command, texts))
    if isinstance(command, app_commands.ContextMenu):
        embed.description = texts("In the menu of a message, under Apps.")
        return embed
    lines = [
        f"`{parameter.display_name}` {texts(str(parameter.description))}"
        + (f" ({texts('required')})" if parameter.required else "")
        for parameter in command.parameters
    ]
    if lines:
        embed.description = _fitting([_does(command, texts), "", *lines], EMBED_TEXT)
    return embed


def _fitting(lines: list[str], limit: int) -> str:
    """As many whole lines as fit."""
    while len("\n".join(lines)) > limit:
        lines = [*lines[:-2], "…"]
    return "\n".join(lines)


async def setup(bot: Bot) -> None:
    await bot.add_cog(Help(bot))
