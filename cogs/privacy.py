"""`/privacy`: what is stored about oneself, all of it to take along, and its end."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands
from discord.utils import format_dt

from bot.domain.errors import NotYoursError
from bot.domain.ids import UserId
from bot.texts import Texts, texts_for
from cogs._buttons import Action, ActionButton, buttons
from cogs._entry import FIRST, First, acknowledged, answer
from cogs._gates import Gate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.client import Bot
    from bot.domain.ids import TurnId
    from bot.domain.privacy import Erased, Stored

ALONE = {FIRST: First.PRIVATE}
KEPT, TAKEN_BACK = "keep", "remove"  # the answers in Discord
AT_ONCE = 100
"""Answers that are removed while somebody waits; others follow by and by."""


class Privacy(commands.GroupCog, group_name="privacy"):
    """What is stored about you"""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._privacy = bot.services.privacy
        bot.actions["erase"] = Action(self._erase, gate=Gate(own=True))

    @app_commands.command(extras=ALONE)
    async def show(self, interaction: discord.Interaction) -> None:
        """What is stored about you, what for, and how long."""
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        stored = await self._privacy.stored(UserId(interaction.user.id))
        embed = discord.Embed(
            title=texts("What is stored about you"), description="\n".join(_lines(stored, texts))
        )
        await answer(interaction, embed=embed)

    @app_commands.command(extras=ALONE)
    async def export(self, interaction: discord.Interaction) -> None:
        """Get all that is stored about you as a file."""
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        package = await self._privacy.export(
            UserId(interaction.user.id), interaction.filesize_limit
        )
        lines = [texts("This is all that is stored about you.")]
        if package.left_out:
            lines.append(
                texts.plural(
                    "One picture or sound did not fit in the file.",
                    "{n} pictures and sounds did not fit in the file.",
                    package.left_out,
                )
            )
        file = discord.File(io.BytesIO(package.data), filename=package.name)
        await answer(interaction, "\n".join(lines), attachments=[file])

    @app_commands.command(extras=ALONE)
    async def erase(self, interaction: discord.Interaction) -> None:
        """Delete all that is stored about you."""
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        key = f"0:{interaction.user.id}"
        embed = discord.Embed(
            title=texts("Erase everything that is stored about you?"),
            description="\n".join(
                (
                    texts(
                        "Your questions and their answers, pictures, preferences, system prompts"
                        " and API calls are deleted everywhere, and what is being answered is"
                        " stopped. This can't be undone."
                    ),
                    texts(
                        "What it cost stays as sums without you; what you cost today is deleted"
                        " when the day (UTC) is over, because of the budgets."
                    ),
                    texts(
                        "Answers in Discord stay where they are, unless you have them removed as"
                        " well. What you wrote there yourself only you can delete."
                    ),
                )
            ),
        )
        view = buttons(
            ActionButton.of(
                "erase", f"{key}:{KEPT}", texts("Erase"), style=discord.ButtonStyle.danger
            ),
            ActionButton.of(
                "erase",
                f"{key}:{TAKEN_BACK}",
                texts("Erase, and remove the answers in Discord"),
                style=discord.ButtonStyle.danger,
            ),
        )
        await answer(interaction, embed=embed, view=view)

    @app_commands.command(extras=ALONE)
    @app_commands.describe(allow="Whether they may be used; no, unless you say so")
    async def training(self, interaction: discord.Interaction, allow: bool) -> None:  # noqa: FBT001  an option
        """Whether your messages may be used to train models."""
        await acknowledged(interaction)
        await self._privacy.allow_training(UserId(interaction.user.id), allow=allow)
        texts = texts_for(str(interaction.locale))
        await answer(
            interaction,
            texts("What you write to the bot may be used to train models. Thank you.")
            if allow
            else texts("What you write to the bot will not be used to train models."),
        )

    async def _erase(self, interaction: discord.Interaction, key: str) -> None:
        """The key holds whose data it is about, since a custom_id can be forged."""
        _, _, rest = key.partition(":")
        person, _, answers = rest.partition(":")
        if person != str(interaction.user.id):
            raise NotYoursError
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        erased = await self._privacy.erase(
            UserId(interaction.user.id), take_back=answers == TAKEN_BACK
        )
        self._bot.locales.forget(interaction.user.id)
        lines = _said(erased, texts)
        soon = erased.shown[:AT_ONCE]
        if soon:
            await answer(
                interaction,
                embed=_embed([*lines, texts("The answers in Discord are being removed.")], texts),
                view=None,
            )
            lines += await self._removed(soon, len(erased.shown) - len(soon), texts)
        await answer(interaction, embed=_embed(lines, texts), view=None)

    async def _removed(self, soon: Sequence[TurnId], more: int, texts: Texts) -> list[str]:
        left = 0
        for turn in await self._privacy.turns(soon):
            left += await self._bot.answers.take_back(turn)
        lines = [texts("The answers in Discord are removed.")]
        if more:
            lines = [
                texts.plural(
                    "Most answers in Discord are removed; one more follows soon.",
                    "Most answers in Discord are removed; {n} more follow soon.",
                    more,
                )
            ]
        if left:
            lines.append(
                texts.plural(
                    "One message could not be removed: the bot may not, or it was private.",
                    "{n} messages could not be removed: the bot may not, or they were private.",
                    left,
                )
            )
        return lines


def _embed(lines: Sequence[str], texts: Texts) -> discord.Embed:
    return discord.Embed(title=texts("Erased"), description="\n".join(lines))


def _said(erased: Erased, texts: Texts) -> list[str]:
    lines = [
        texts.plural(
            "One question with its answers is deleted.",
            "{n} questions with their answers are deleted.",
            erased.questions,
        )
    ]
    if erased.conversations:
        lines.append(
            texts.plural(
                "One conversation that was yours alone is gone.",
                "{n} conversations that were yours alone are gone.",
                erased.conversations,
            )
        )
    if erased.pictures:
        lines.append(
            texts.plural(
                "One picture or sound is deleted.",
                "{n} pictures and sounds are deleted.",
                erased.pictures,
            )
        )
    lines.append(texts("Your preferences, system prompts and API calls are deleted."))
    if erased.calls:
        lines.append(
            texts.plural(
                "One call stays in the sums, without you.",
                "{n} calls stay in the sums, without you.",
                erased.calls,
            )
        )
    return lines


def _lines(stored: Stored, texts: Texts) -> list[str]:
    lines = [
        texts(
            "{questions} and {answers} in {conversations}, to go on from; until a server's"
            " `retention_days` are over, or you erase them",
            questions=texts.plural("**{n}** question", "**{n}** questions", stored.questions),
            answers=texts.plural("**{n}** answer", "**{n}** answers", stored.answers),
            conversations=texts.plural(
                "**{n}** conversation", "**{n}** conversations", stored.conversations
            ),
        ),
        texts.plural(
            "**{n}** picture or sound, so that Retry works; for 30 days",
            "**{n}** pictures and sounds, so that Retry works; for 30 days",
            stored.pictures,
        ),
        texts.plural(
            "**{n}** system prompt, for its conversation",
            "**{n}** system prompts, for their conversations",
            stored.prompts,
        ),
        texts.plural(
            "**{n}** preference; until you reset it",
            "**{n}** preferences; until you reset them",
            stored.preferences,
        ),
        texts.plural(
            "**{n}** setting of a server; it stays there, without you, when you erase all",
            "**{n}** settings of servers; they stay there, without you, when you erase all",
            stored.settings,
        ),
        texts.plural(
            "**{n}** API call, so that `Show API call` works; for 30 days",
            "**{n}** API calls, so that `Show API call` works; for 30 days",
            stored.logged,
        ),
        texts.plural(
            "**{n}** row of the ledger with what your question cost; it stays as a sum, without"
            " you, when you erase all",
            "**{n}** rows of the ledger with what your questions cost; they stay as sums, without"
            " you, when you erase all",
            stored.calls,
        ),
    ]
    if stored.audited:
        lines.append(
            texts.plural(
                "**{n}** change you made as an operator; it stays, without you, when you erase all",
                "**{n}** changes you made as an operator; they stay, without you, when you erase"
                " all",
                stored.audited,
            )
        )
    lines = [f"- {line}" for line in lines]
    if stored.since:
        lines.insert(0, texts("Since {day}:", day=format_dt(stored.since, "D")))
    lines.append(
        texts(
            "`/privacy export` gives you all of it, `/privacy erase` deletes it. Nothing is sent"
            " anywhere but to Discord and to the API."
        )
    )
    return lines


async def setup(bot: Bot) -> None:
    await bot.add_cog(Privacy(bot))
