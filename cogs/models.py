"""`/models`: what this API server offers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands
from discord.utils import format_dt

from bot.domain.preferences import Feature
from bot.texts import Texts, texts_for
from cogs import _declared
from cogs._buttons import Action, ActionButton, buttons
from cogs._entry import acknowledged, answer
from cogs._gates import Gate
from cogs._histories import EMBED_TEXT
from cogs._logged import call_button, caller_in
from cogs._replies import code
from cogs._suggestions import model_choices, model_of, suggesting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.client import Bot
    from bot.domain.models import ModelInfo, UsualModel

PER_PAGE = 15  # of the longest lines, these fit an embed


class Models(commands.GroupCog, group_name="models"):
    """The models of this server"""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        bot.actions["models"] = Action(self._turn_page, gate=Gate(feature=Feature.MODELS))

    @app_commands.command(name="list")
    @app_commands.describe(search="Only models whose name holds this", private=_declared.PRIVATE)
    async def list_(
        self,
        interaction: discord.Interaction,
        search: Range[str, 1, 60] | None = None,
        private: bool = False,  # noqa: ARG002, FBT001, FBT002  the entry has read it
    ) -> None:
        """All models, the newest first."""
        await answer(interaction, **await self._page(interaction, 0, search, again=True))

    @app_commands.command()
    @app_commands.describe(model="The model to look at")
    async def info(self, interaction: discord.Interaction, model: _declared.ModelName) -> None:
        """One model: its owner, its age, its end."""
        await acknowledged(interaction)
        models = self._bot.services.models
        found = await models.get(model_of(models, model) or model, by=caller_in(interaction))
        texts = texts_for(str(interaction.locale))
        today = self._bot.services.clock.now().date()
        embed = discord.Embed(title=found.id[:256], colour=_colour([found], today))
        if found.ends_soon(today):
            embed.description = _end(found, today, texts)
        for name, value in (
            (texts("Owner"), found.owned_by),
            (texts("Created"), found.created and format_dt(found.created, "D")),
            (texts("Shuts down"), found.shutdown_date and _day(found)),
        ):
            embed.add_field(name=name, value=value or texts("not known"))
        await answer(interaction, embed=embed, view=buttons(await call_button(interaction)))

    @info.autocomplete("model")
    @suggesting
    async def suggest_model(
        self, _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        return model_choices(self._bot.services.models, current)

    async def _turn_page(self, interaction: discord.Interaction, key: str) -> None:
        page, _, search = key.partition(":")
        shown = await self._page(interaction, int(page), search or None, again=False)
        await answer(interaction, **shown)

    async def _page(
        self, interaction: discord.Interaction, page: int, search: str | None, *, again: bool
    ) -> dict[str, Any]:
        """`again` asks the server; else a list that is fresh is turned over as it is remembered."""
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        found = await self._bot.services.models.listed(
            search, by=caller_in(interaction), again=again
        )
        pages = max(1, -(-len(found) // PER_PAGE))
        page = min(page, pages - 1)
        shown = found[page * PER_PAGE : (page + 1) * PER_PAGE]
        today = self._bot.services.clock.now().date()
        lines = [_line(model, today, texts) for model in shown]
        if page == 0 and not search:
            usual = self._bot.services.models.usual_models()
            lines += [said for each in usual if (said := _warning(each, today, texts))]
        embed = discord.Embed(
            title=texts.plural("One model", "{n} models", len(found)),
            description="\n".join(lines)[:EMBED_TEXT]
            or texts("No model has {search} in its name.", search=code(search or "")),
            colour=_colour(shown, today),
        )
        call = await call_button(interaction)
        if pages == 1:
            return {"embed": embed, "view": buttons(call)}
        embed.set_footer(text=texts("Page {page} of {pages}", page=page + 1, pages=pages))
        return {"embed": embed, "view": buttons(*_pager(texts, page, pages, search or ""), call)}


def _pager(texts: Texts, page: int, pages: int, search: str) -> tuple[ActionButton, ActionButton]:
    return (
        ActionButton.of("models", f"{page - 1}:{search}", texts("Back"), disabled=page == 0),
        ActionButton.of(
            "models", f"{page + 1}:{search}", texts("Next"), disabled=page == pages - 1
        ),
    )


def _line(model: ModelInfo, today: date, texts: Texts) -> str:
    facts = [code(model.id, 120)]
    if model.owned_by:
        facts.append(discord.utils.escape_markdown(model.owned_by[:40]))
    if model.created:
        facts.append(format_dt(model.created, "d"))
    if model.shutdown_date:
        facts.append(_end(model, today, texts))
    return " · ".join(facts)


def _end(model: ModelInfo, today: date, texts: Texts) -> str:
    """When it shuts down, with a sign that gets stronger as the day comes near."""
    if model.ended(today):
        return f"\u26d4 {texts('shut down {day}', day=_day(model))}"
    said = texts("shuts down {day}", day=_day(model))
    return f"\u26a0\ufe0f {said}" if model.ends_soon(today) else said


def _warning(usual: UsualModel, today: date, texts: Texts) -> str | None:
    """A line in small print about a setting that the operator should change."""
    names = {"setting": code(usual.use.upper()), "model": code(usual.model)}
    if usual.listed is None:
        said = texts("{setting} is {model}, which this server does not list.", **names)
    elif usual.listed.ends_soon(today):
        said = texts("{setting} is {model}: {end}.", end=_end(usual.listed, today, texts), **names)
    else:
        return None
    return f"-# {said}"


def _colour(models: Sequence[ModelInfo], today: date) -> discord.Colour | None:
    if any(model.ended(today) for model in models):
        return discord.Colour.red()
    return discord.Colour.orange() if any(each.ends_soon(today) for each in models) else None


def _day(model: ModelInfo) -> str:
    day = model.shutdown_date
    return format_dt(datetime(day.year, day.month, day.day, tzinfo=UTC), "D") if day else ""


async def setup(bot: Bot) -> None:
    await bot.add_cog(Models(bot))
