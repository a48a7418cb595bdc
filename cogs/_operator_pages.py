"""What operators are shown about the bot as a whole."""

from collections.abc import Iterable, Mapping, Sequence

import discord
from discord.utils import escape_markdown, format_dt

from bot.domain.ids import GuildId
from bot.domain.operators import BEGUN, COMMAND_LINE, DONE, Audited, Blocked, SetBudget
from bot.services.overview import Health
from bot.texts import N_, Texts
from cogs._replies import code, money

PER_PAGE = 15

_OUTCOMES: Mapping[str, str] = {DONE: N_("done"), BEGUN: N_("begun, and never ended")}


def health_embed(health: Health, gateway: str, version: str, texts: Texts) -> discord.Embed:
    api = texts("not called yet") if health.api is None else code(health.api)
    embed = discord.Embed(title=texts("How the bot is"))
    for name, value in (
        (texts("Gateway"), gateway),
        (texts("Database"), f"{health.kind}: {code(health.database)}"),
        (texts("API"), f"{code(health.server, 100)}: {api}"),
    ):
        embed.add_field(name=name, value=value, inline=False)
    if health.counts is not None:
        counts = health.counts
        lines = [
            texts("answers under way: {n}", n=counts.running),
            texts("questions waiting: {n}", n=counts.queued),
            texts("calls under way: {n}", n=counts.calls),
            texts("trainings watched: {n}", n=counts.trainings),
        ]
        embed.add_field(name=texts("Queues"), value="\n".join(lines), inline=False)
    for name, wanted in (
        (texts("The API server offers"), True),
        (texts("It lacks"), False),
        (texts("Not known yet"), None),
    ):
        paths = [path for path, present in health.endpoints.items() if present is wanted]
        if paths:
            embed.add_field(name=name, value=", ".join(map(code, paths))[:1024], inline=False)
    versions = {"Switchboard": version, **health.versions}
    embed.set_footer(text=" · ".join(f"{name} {each}" for name, each in versions.items()))
    return embed


def audit_embed(entries: Sequence[Audited], page: int, texts: Texts) -> discord.Embed:
    lines = [_audited(each, texts) for each in entries]
    embed = discord.Embed(
        title=texts("What operators have changed"),
        description="\n".join(lines)[:4096] or texts("Nothing was changed."),
    )
    return embed.set_footer(text=texts("Page {page}", page=page + 1))


def _audited(entry: Audited, texts: Texts) -> str:
    known = _OUTCOMES.get(entry.outcome)
    outcome = texts(known) if known else code(entry.outcome)
    when = format_dt(entry.at, "f")
    who = f"<@{entry.user}> <#{entry.channel}>"
    if entry.user == COMMAND_LINE:
        who = texts("by command line")
    return f"{when} {who} {code(entry.change)} {code(entry.target, 100)}: {outcome}"


def blocks_embed(blocked: Iterable[Blocked], texts: Texts) -> discord.Embed:
    lines = [
        f"<@{each.target}> {code(f'{each.target}')} · {format_dt(each.at, 'd')} · <@{each.by}>"
        + (f" · {escape_markdown(each.reason)[:200]}" if each.reason else "")
        for each in blocked
    ]
    return discord.Embed(
        title=texts("Blocked by command"),
        description="\n".join(lines)[:4096] or texts("Nobody is blocked."),
    )


def budgets_embed(budgets: Iterable[SetBudget], texts: Texts) -> discord.Embed:
    lines = [
        f"{budget_named(each.scope, texts)}: {money(each.cap)} · <@{each.by}>"
        f" {format_dt(each.at, 'd')}"
        for each in budgets
    ]
    return discord.Embed(
        title=texts("Budgets by command"),
        description="\n".join(lines)[:4096]
        or texts("None is set, so the process's settings apply alone."),
    )


def budget_named(scope: str, texts: Texts) -> str:
    kind, _, target = scope.partition(":")
    match kind, target:
        case "user", "":
            return texts("each person, by day")
        case "user", _:
            return texts("{who}, by day", who=f"<@{target}>")
        case "server", _:
            return texts("the server {server}, by month", server=code(target))
        case _:
            return texts("the bot, by month")


def servers_embed(
    guilds: Sequence[discord.Guild],
    spent: Mapping[GuildId | None, int],
    page: int,
    texts: Texts,
) -> discord.Embed:
    shown = guilds[page * PER_PAGE : (page + 1) * PER_PAGE]
    lines = [
        " · ".join(
            (
                f"{escape_markdown(guild.name)[:60]} {code(f'{guild.id}')}",
                texts.plural("one member", "{n} members", guild.member_count or 0),
                texts("{money} this month", money=money(spent.get(GuildId(guild.id), 0))),
            )
        )
        for guild in shown
    ]
    embed = discord.Embed(
        title=texts.plural("One server", "{n} servers", len(guilds)), description="\n".join(lines)
    )
    return embed.set_footer(
        text=texts("Page {page} of {pages}", page=page + 1, pages=pages_of(len(guilds)))
    )


def pages_of(count: int) -> int:
    return max(1, -(-count // PER_PAGE))
