"""`/usage`: what was used and what it cost, one's own or a server's, and what is left."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.calls import Caller, Period
from bot.domain.errors import BudgetScope
from bot.domain.ids import UserId
from bot.texts import N_, texts_for
from cogs._audience import check_admin
from cogs._buttons import Action, ActionButton, buttons
from cogs._entry import FIRST, First, acknowledged, answer
from cogs._places import channel_of, guild_of
from cogs._usage import CHART, chart_words, pages_of, usage_embed

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.services.usage import Report
    from bot.texts import Texts

ALONE = {FIRST: First.PRIVATE}
Chosen = Literal["day", "week", "month", "all"]
WHEN = N_("Today, the last seven days, this month (the default), or all")
ME, SERVER = "me", "server"


class Usage(commands.GroupCog, group_name="usage"):
    """What was used, what it cost, and what is left"""

    def __init__(self, bot: Bot) -> None:
        self._usage = bot.services.usage
        bot.actions["usage"] = Action(self._turn_page)

    @app_commands.command(extras=ALONE)
    @app_commands.describe(period=WHEN)
    async def me(self, interaction: discord.Interaction, period: Chosen = "month") -> None:
        """What you have used, and what it cost."""
        await self._show(interaction, ME, Period(period), 0)

    @app_commands.command(extras=ALONE)
    @app_commands.describe(period=WHEN)
    async def server(self, interaction: discord.Interaction, period: Chosen = "month") -> None:
        """What this server has used, for people with Manage Server."""
        await self._show(interaction, SERVER, Period(period), 0)

    async def _turn_page(self, interaction: discord.Interaction, key: str) -> None:
        page, _, rest = key.partition(":")
        whose, _, period = rest.partition(":")
        known = period if period in set(Period) else Period.MONTH
        await self._show(
            interaction, SERVER if whose == SERVER else ME, Period(known), int(page or 0)
        )

    async def _show(
        self, interaction: discord.Interaction, whose: str, period: Period, page: int
    ) -> None:
        user, guild = UserId(interaction.user.id), guild_of(interaction)
        if whose == SERVER:
            if guild is None:
                raise app_commands.NoPrivateMessage
            check_admin(interaction)
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        if whose == SERVER:
            title = texts("Usage of this server")
            report = await self._usage.report(period, guild=guild)
        else:
            title = texts("Your usage")
            report = await self._usage.report(period, payer=user)
        caller = Caller(user=user, guild=guild, channel=channel_of(interaction))
        budgets = [
            (cap, state)
            for cap, state in await self._usage.budgets(caller)
            if whose == ME or cap.scope is not BudgetScope.USER_DAY
        ]
        page = min(page, pages_of(report) - 1)
        embed = usage_embed(title, report, budgets, page, texts)
        shown: dict[str, Any] = {"attachments": [], "view": _pager(whose, report, page, texts)}
        if page == 0 and (chart := await self._usage.chart(report, chart_words(texts))):
            embed.set_image(url=f"attachment://{CHART}")
            shown["attachments"] = [discord.File(io.BytesIO(chart.data), filename=CHART)]
        await answer(interaction, embed=embed, **shown)


def _pager(whose: str, report: Report, page: int, texts: Texts) -> discord.ui.View | None:
    pages = pages_of(report)
    if pages == 1:
        return None
    key = f"{whose}:{report.period}"
    return buttons(
        ActionButton.of("usage", f"{max(0, page - 1)}:{key}", texts("Back"), disabled=page == 0),
        ActionButton.of("usage", f"{page + 1}:{key}", texts("Next"), disabled=page == pages - 1),
    )


async def setup(bot: Bot) -> None:
    await bot.add_cog(Usage(bot))
