"""`/operator`: the bot as a whole. For those who run it."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.domain.calls import Period
from bot.domain.errors import OptionError
from bot.domain.ids import UserId
from bot.domain.operators import Change
from bot.domain.version import VERSION
from bot.services.usage import begin_of
from bot.texts import N_, texts_for
from cogs import _registration
from cogs._audience import for_operators
from cogs._buttons import ActionButton, buttons
from cogs._entry import acknowledged, answer
from cogs._operator_pages import (
    PER_PAGE,
    audit_embed,
    blocks_embed,
    budget_named,
    budgets_embed,
    health_embed,
    pages_of,
    servers_embed,
)
from cogs._operators import ALONE, acting, bytes_as_words, for_operators_only, home_of
from cogs._replies import code, money
from cogs._tuning_options import moment
from cogs._usage import CHART, chart_words, usage_embed
from cogs._usage import pages_of as pages_of_usage

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.texts import Texts

Chosen = Literal["day", "week", "month", "all"]
WHEN = N_("Today, the last seven days, this month (the default), or all")
MICRO = 1_000_000
_ID = re.compile(r"<[@#]!?(\d{15,20})>|(\d{15,20})")


@for_operators
class Operator(commands.GroupCog, group_name="operator"):
    """The bot as a whole"""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._overview = bot.services.overview
        self._rulings = bot.services.rulings
        bot.actions["audit"] = for_operators_only(self._turn_audit)
        bot.actions["servers"] = for_operators_only(self._turn_servers)
        bot.actions["spending"] = for_operators_only(self._turn_usage)

    @app_commands.command(extras=ALONE)
    async def status(self, interaction: discord.Interaction) -> None:
        """How every part is, and what the API server can do."""
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        health = await self._overview.health()
        embed = health_embed(health, self._gateway(texts), VERSION, texts)
        await answer(interaction, embed=embed)

    @app_commands.command(extras=ALONE)
    @app_commands.describe(period=WHEN)
    async def usage(self, interaction: discord.Interaction, period: Chosen = "month") -> None:
        """What all servers and people together have used, and what it cost."""
        await acknowledged(interaction)
        await self._usage(interaction, Period(period), 0)

    @app_commands.command(extras=ALONE)
    @app_commands.describe(
        scope="Whose budget: the bot's or a server's by month, a person's by day",
        target="The person or server; without it everyone, or this server",
        amount="US dollars",
        clear="Take it back, so that the settings apply",
    )
    async def budget(
        self,
        interaction: discord.Interaction,
        scope: Literal["bot", "server", "user"] | None = None,
        target: Range[str, 1, 40] | None = None,
        amount: Range[float, 0, 10_000_000] | None = None,
        clear: bool = False,  # noqa: FBT001, FBT002  an option
    ) -> None:
        """See and set what may be spent."""
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        if scope is None or (amount is None and not clear):
            await answer(interaction, embed=budgets_embed(self._rulings.budgets, texts))
            return
        named = _scope(interaction, scope, target)
        whose = budget_named(named, texts)
        if clear:
            gone = await self._rulings.uncap(acting(interaction), named)
            said = (
                texts("The budget is taken back: {whose}.", whose=whose)
                if gone
                else texts("There was no such budget: {whose}.", whose=whose)
            )
        else:
            microusd = round((amount or 0) * MICRO)
            await self._rulings.cap(acting(interaction), named, microusd)
            said = texts(
                "The budget is set: {whose}, {amount}.", whose=whose, amount=money(microusd)
            )
        await answer(interaction, embed=discord.Embed(description=said))

    @app_commands.command(extras=ALONE)
    @app_commands.describe(
        user="Only what this person did", since="Only since then: 7d, 12h, or a date"
    )
    async def audit(
        self,
        interaction: discord.Interaction,
        user: discord.User | None = None,
        since: Range[str, 1, 40] | None = None,
    ) -> None:
        """Who changed what, the newest first."""
        await acknowledged(interaction)
        begin = moment("since", since, self._bot.services.clock.now())
        seconds = int(begin.timestamp()) if begin else 0
        await self._audit(interaction, 0, user.id if user else 0, seconds)

    @app_commands.command(extras=ALONE)
    @app_commands.describe(
        user="Who may not use the bot any more; without it all who may not are listed",
        reason="Why, for the other operators",
        lift="Let them use it again",
    )
    async def block(
        self,
        interaction: discord.Interaction,
        user: discord.User | None = None,
        reason: Range[str, 1, 200] | None = None,
        lift: bool = False,  # noqa: FBT001, FBT002  an option
    ) -> None:
        """Keep somebody from using the bot, at once and everywhere."""
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        if user is None:
            await answer(interaction, embed=blocks_embed(self._rulings.blocked, texts))
            return
        who = f"<@{user.id}>"
        if lift:
            gone = await self._rulings.unblock(acting(interaction), user.id)
            said = (
                texts("{who} may use the bot again.", who=who)
                if gone
                else texts("{who} was not blocked by command.", who=who)
            )
        elif user.id in self._bot.services.operators:
            raise OptionError("user", user.name, texts("anybody but operators"))
        else:
            await self._rulings.block(acting(interaction), user.id, reason or "")
            said = texts("{who} may not use the bot any more.", who=who)
        await answer(interaction, embed=discord.Embed(description=said))

    @app_commands.command(extras=ALONE)
    async def backup(self, interaction: discord.Interaction) -> None:
        """Copy the database into a file on the bot's machine, while it runs."""
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        path, size = await self._overview.backup(acting(interaction))
        said = texts(
            "The backup is made and was read through: {path} ({size}).",
            path=code(f"{path}", 200),
            size=bytes_as_words(size, texts),
        )
        await answer(interaction, embed=discord.Embed(description=said))

    @app_commands.command(extras=ALONE)
    async def sync(self, interaction: discord.Interaction) -> None:
        """Register the commands with Discord, where they differ."""
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        tree, home = self._bot.tree, self._bot.operator_guild
        who = acting(interaction)
        async with self._bot.services.operators.changing(who, Change.SYNC, "commands"):
            different = _registration.differences(
                await _registration.payload(tree), await _registration.registered(self._bot)
            )
            done = await _registration.register(tree, home)
            # Commands of a server that was OPERATOR_GUILD_ID once would stand there twice.
            if who.guild is not None and who.guild != home:
                left = await _registration.registered(self._bot, who.guild)
                if left:
                    await _registration.replace(self._bot, [], who.guild)
        said = texts("Discord has the commands as they are here.")
        if done is None:
            said = texts("Discord did not take the commands; the log says why.")
        elif done:
            names = ", ".join(map(code, different))
            said = texts("The commands are registered. Different were: {names}.", names=names)
        await answer(interaction, embed=discord.Embed(description=said[:4096]))

    @app_commands.command(extras=ALONE)
    async def servers(self, interaction: discord.Interaction) -> None:
        """The servers that the bot has joined."""
        await acknowledged(interaction)
        await self._servers(interaction, 0)

    async def _turn_audit(self, interaction: discord.Interaction, key: str) -> None:
        page, user, since = _numbers(key, 3)
        await acknowledged(interaction)
        await self._audit(interaction, page, user, since)

    async def _audit(
        self, interaction: discord.Interaction, page: int, user: int, since: int
    ) -> None:
        texts = texts_for(str(interaction.locale))
        found = await self._bot.services.operators.audited(
            PER_PAGE + 1,
            offset=page * PER_PAGE,
            user=UserId(user) if user else None,
            since=datetime.fromtimestamp(since, UTC) if since else None,
        )
        view = None
        if page or len(found) > PER_PAGE:
            rest = f":{user}:{since}"
            view = _pager("audit", page, rest, texts, last=len(found) <= PER_PAGE)
        embed = audit_embed(found[:PER_PAGE], page, texts)
        await answer(interaction, embed=embed, view=view)

    async def _turn_servers(self, interaction: discord.Interaction, key: str) -> None:
        await acknowledged(interaction)
        await self._servers(interaction, _numbers(key, 1)[0])

    async def _servers(self, interaction: discord.Interaction, page: int) -> None:
        texts = texts_for(str(interaction.locale))
        guilds = sorted(self._bot.guilds, key=lambda guild: (-(guild.member_count or 0), guild.id))
        pages = pages_of(len(guilds))
        page = min(page, pages - 1)
        since = begin_of(Period.MONTH, self._bot.services.clock.now())
        spent = dict(await self._overview.spent_by_guild(since))
        view = _pager("servers", page, "", texts, last=page == pages - 1) if pages > 1 else None
        await answer(interaction, embed=servers_embed(guilds, spent, page, texts), view=view)

    async def _turn_usage(self, interaction: discord.Interaction, key: str) -> None:
        page, _, period = key.partition(":")
        await acknowledged(interaction)
        known = period if period in set(Period) else Period.MONTH
        await self._usage(interaction, Period(known), int(page or 0))

    async def _usage(self, interaction: discord.Interaction, period: Period, page: int) -> None:
        texts = texts_for(str(interaction.locale))
        usage = self._bot.services.usage
        report = await usage.report(period)
        pages = pages_of_usage(report)
        page = min(page, pages - 1)
        embed = usage_embed(texts("Usage of all servers"), report, (), page, texts)
        shown: dict[str, Any] = {"attachments": [], "view": None}
        if pages > 1:
            rest = f":{period}"
            shown["view"] = _pager("spending", page, rest, texts, last=page == pages - 1)
        if page == 0:
            spent = (await self._overview.spent_by_guild(report.since))[:10]
            lines = [f"{self._named(guild, texts)}: {money(each)}" for guild, each in spent]
            if lines:
                embed.add_field(name=texts("By server"), value="\n".join(lines)[:1024])
            if chart := await usage.chart(report, chart_words(texts)):
                embed.set_image(url=f"attachment://{CHART}")
                shown["attachments"] = [discord.File(io.BytesIO(chart.data), filename=CHART)]
        await answer(interaction, embed=embed, **shown)

    def _named(self, guild: int | None, texts: Texts) -> str:
        if guild is None:
            return texts("direct messages and elsewhere")
        found = self._bot.get_guild(guild)
        name = discord.utils.escape_markdown(found.name)[:60] if found else ""
        return f"{name} {code(f'{guild}')}".strip()

    def _gateway(self, texts: Texts) -> str:
        lines: list[str] = []
        latencies = dict(self._bot.latencies)
        for shard, age in sorted(self._bot.heartbeat_ages().items()):
            said = texts("not connected")
            if age is not None:
                latency = latencies.get(shard, float("nan"))
                said = texts("answered {n} s ago", n=round(age))
                said += f", {latency * 1000:.0f} ms" if latency == latency else ""  # noqa: PLR0124  NaN
            lines.append(f"{shard}: {said}")
        return "\n".join(lines)[:1024] or texts("not connected")


def _pager(
    action: str, page: int, rest: str, texts: Texts, *, last: bool
) -> discord.ui.View | None:
    return buttons(
        ActionButton.of(action, f"{max(0, page - 1)}{rest}", texts("Back"), disabled=page == 0),
        ActionButton.of(action, f"{page + 1}{rest}", texts("Next"), disabled=last),
    )


def _numbers(key: str, count: int) -> list[int]:
    """Of a key that may be anybody's invention; 0 for what is none."""
    found = [int(each) if each.isdecimal() and len(each) <= 19 else 0 for each in key.split(":")]  # noqa: PLR2004  digits of an id
    found = [each if each < 2**62 else 0 for each in found]
    found += [0] * count
    return [min(found[0], 10_000), *found[1:count]]


def _scope(interaction: discord.Interaction, scope: str, target: str | None) -> str:
    """Whose budget is meant.

    Raises:
        OptionError: the target is neither an id nor a mention.
    """
    if scope == "bot":
        return "total"
    match = _ID.fullmatch(target.strip()) if target else None
    if target and match is None:
        raise OptionError("target", target, "id | @mention")
    if match is not None:
        return f"{scope}:{match[1] or match[2]}"
    return "user" if scope == "user" else f"server:{interaction.guild_id}"


async def setup(bot: Bot) -> None:
    await bot.add_cog(Operator(bot), **home_of(bot))
