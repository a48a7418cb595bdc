"""`/models`: what this API server offers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands
from discord.utils import format_dt

from bot.domain.preferences import Feature
from bot.texts import Texts, texts_for
from cogs._buttons import Action, ActionButton, buttons
from cogs._entry import acknowledged, answer
from cogs._replies import code
from cogs._suggestions import model_choices, model_of, suggesting

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.domain.models import ModelInfo

PER_PAGE = 15  # of the longest lines, these fit an embed


class Models(commands.GroupCog, group_name="models"):
    """The models of this server"""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        bot.actions["models"] = Action(self._turn_page, feature=Feature.MODELS)

    @app_commands.command(name="list")
    @app_commands.describe(search="Only models whose name holds this", private="Only you see it")
    async def list_(
        self,
        interaction: discord.Interaction,
        search: Range[str, 1, 60] | None = None,
        private: bool = False,  # noqa: ARG002, FBT001, FBT002  the entry has read it
    ) -> None:
        """All models, the newest first."""
        await answer(interaction, **await self._page(interaction, 0, search))

    @app_commands.command()
    @app_commands.describe(model="The model to look at")
    async def info(self, interaction: discord.Interaction, model: Range[str, 1, 300]) -> None:
        """One model: its owner, its age, its end."""
        await acknowledged(interaction)
        models = self._bot.services.models
        found = await models.get(model_of(models, model) or model)
        texts = texts_for(str(interaction.locale))
        embed = discord.Embed(title=found.id[:256])
        for name, value in (
            (texts("Owner"), found.owned_by),
            (texts("Created"), found.created and format_dt(found.created, "D")),
            (texts("Shuts down"), found.shutdown_date and _day(found)),
        ):
            embed.add_field(name=name, value=value or texts("not known"))
        await answer(interaction, embed=embed)

    @info.autocomplete("model")
    @suggesting
    async def suggest_model(
        self, _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        return model_choices(self._bot.services.models, current)

    async def _turn_page(self, interaction: discord.Interaction, key: str) -> None:
        page, _, search = key.partition(":")
        await answer(interaction, **await self._page(interaction, int(page), search or None))

    async def _page(
        self, interaction: discord.Interaction, page: int, search: str | None
    ) -> dict[str, Any]:
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        found = await self._bot.services.models.listed(search)
        pages = max(1, -(-len(found) // PER_PAGE))
        page = min(page, pages - 1)
        shown = found[page * PER_PAGE : (page + 1) * PER_PAGE]
        lines = "\n".join(_line(model, texts) for model in shown)
        embed = discord.Embed(
            title=texts.plural("One model", "{n} models", len(found)),
            description=lines
            or texts("No model has {search} in its name.", search=code(search or "")),
        )
        if pages == 1:
            return {"embed": embed, "view": None}
        embed.set_footer(text=texts("Page {page} of {pages}", page=page + 1, pages=pages))
        return {"embed": embed, "view": _pager(texts, page, pages, search or "")}


def _pager(texts: Texts, page: int, pages: int, search: str) -> discord.ui.View | None:
    return buttons(
        ActionButton.of("models", f"{page - 1}:{search}", texts("Back"), disabled=page == 0),
        ActionButton.of(
            "models", f"{page + 1}:{search}", texts("Next"), disabled=page == pages - 1
        ),
    )


def _line(model: ModelInfo, texts: Texts) -> str:
    facts = [code(model.id, 120)]
    if model.owned_by:
        facts.append(discord.utils.escape_markdown(model.owned_by[:40]))
    if model.created:
        facts.append(format_dt(model.created, "d"))
    if model.shutdown_date:
        facts.append(texts("shuts down {day}", day=_day(model)))
    return " · ".join(facts)


def _day(model: ModelInfo) -> str:
    day = model.shutdown_date
    return format_dt(datetime(day.year, day.month, day.day, tzinfo=UTC), "D") if day else ""


async def setup(bot: Bot) -> None:
    await bot.add_cog(Models(bot))
