"""A report of what was used, as people read it: the sum first, then where it went."""

from collections.abc import Mapping, Sequence

import discord
from discord.utils import format_dt

from bot.domain.calls import BudgetState, Operation
from bot.domain.errors import BudgetScope
from bot.domain.media import Label
from bot.services.calls import Cap
from bot.services.usage import ChartWords, Report, Sums
from bot.texts import N_, Texts
from cogs._replies import code, money

PER_PAGE = 10  # of the longest lines, these fit an embed
CHART = "usage.png"
BAR = 10  # signs

OPERATIONS: Mapping[Operation, str] = {
    Operation.CHAT: N_("Chat"),
    Operation.COMPLETION: N_("Completion"),
    Operation.EDIT: N_("Text edits"),
    Operation.IMAGE_GENERATION: N_("Pictures"),
    Operation.IMAGE_EDIT: N_("Changed pictures"),
    Operation.IMAGE_VARIATION: N_("Variations of pictures"),
    Operation.TRANSCRIPTION: N_("Transcription"),
    Operation.TRANSLATION: N_("Translation"),
    Operation.SPEECH: N_("Speech"),
    Operation.MODERATION: N_("Moderation"),
    Operation.MODELS: N_("Models"),
    Operation.FILES: N_("Files"),
    Operation.FINE_TUNING: N_("Fine-tuning"),
}

_BUDGETS: Mapping[BudgetScope, str] = {
    BudgetScope.TOTAL_MONTH: N_("The bot's budget for this month"),
    BudgetScope.USER_DAY: N_("Your budget for today"),
    BudgetScope.SERVER_MONTH: N_("This server's budget for this month"),
}


def chart_words(texts: Texts) -> ChartWords:
    return ChartWords(
        money=Label(texts("US dollars"), "US dollars"),
        calls=Label(texts("Requests"), "Requests"),
        others=Label(texts("Others"), "Others"),
        operation=lambda each: Label(texts(OPERATIONS[each]), OPERATIONS[each]),
    )


def pages_of(report: Report) -> int:
    return max(1, -(-len(report.lines) // PER_PAGE))


def usage_embed(
    title: str,
    report: Report,
    budgets: Sequence[tuple[Cap, BudgetState]],
    page: int,
    texts: Texts,
) -> discord.Embed:
    """One page. `page` counts from 0 and has to be there."""
    shown = report.lines[page * PER_PAGE : (page + 1) * PER_PAGE]
    lines = [*_head(report, texts), *(_line(*each, texts) for each in shown)]
    embed = discord.Embed(title=title, description="\n".join(lines))
    for cap, state in budgets:
        embed.add_field(
            name=texts(_BUDGETS[cap.scope]), value=_budget(cap, state, texts), inline=False
        )
    if pages_of(report) > 1:
        embed.set_footer(
            text=texts("Page {page} of {pages}", page=page + 1, pages=pages_of(report))
        )
    return embed


def _head(report: Report, texts: Texts) -> list[str]:
    total = report.total
    cost = f"**{_cost(total)}**"
    requests = texts.plural("one request", "{n} requests", total.calls)
    if report.since is None:
        lines = [texts("{cost} for {requests} in all", cost=cost, requests=requests)]
    else:
        since = format_dt(report.since, "D")
        lines = [
            texts("{cost} for {requests} since {since}", cost=cost, requests=requests, since=since)
        ]
    if amounts := _amounts(total, texts):
        lines.append(amounts)
    if total.unpriced:
        lines.append(
            "-# "
            + texts.plural(
                "Of one request the price is not known; it is not in the sum.",
                "Of {n} requests the price is not known; they are not in the sum.",
                total.unpriced,
            )
        )
    if total.estimated:
        lines.append("-# " + texts("≈: worked out by the bot, since the server did not count."))
    return lines


def _line(operation: Operation, model: str, sums: Sums, texts: Texts) -> str:
    parts = [_cost(sums), texts.plural("one request", "{n} requests", sums.calls)]
    if sums.failed:
        parts.append(texts.plural("one failed", "{n} failed", sums.failed))
    if amounts := _amounts(sums, texts):
        parts.append(amounts)
    name = f"**{texts(OPERATIONS[operation])}**"
    if model:
        name += f" {code(model, 60)}"
    return f"{name}: {' · '.join(parts)}"


def _cost(sums: Sums) -> str:
    """A sum, marked where it is not exact; a question mark where nothing of it is known."""
    if sums.unpriced and sums.unpriced == sums.calls:
        return "$?"
    known = f"≈{money(sums.microusd)}" if sums.estimated else money(sums.microusd)
    return f"{known} + ?" if sums.unpriced else known


def _amounts(sums: Sums, texts: Texts) -> str:
    found: list[str] = []
    if sums.prompt or sums.completion:
        cached = " " + texts("({cached} cached)", cached=f"{sums.cached:,}") if sums.cached else ""
        found.append(
            texts(
                "tokens: {prompt} in{cached}, {completion} out",
                prompt=f"{sums.prompt:,}",
                cached=cached,
                completion=f"{sums.completion:,}",
            )
        )
    if sums.pictures:
        found.append(texts.plural("one picture", "{n} pictures", sums.pictures))
    if sums.sound_s:
        found.append(texts("{seconds} s of sound", seconds=f"{sums.sound_s:,.0f}"))
    return " · ".join(found)


def _budget(cap: Cap, state: BudgetState, texts: Texts) -> str:
    whole = state.budget.cap
    gone = 1.0 if whole == 0 else min(1.0, (whole - state.left) / whole)
    filled = round(gone * BAR)
    return f"{'▰' * filled}{'▱' * (BAR - filled)} " + texts(
        "{left} of {cap} is left; it starts anew {when}.",
        left=money(state.left),
        cap=money(whole),
        when=format_dt(cap.resets_at, "R"),
    )
