"""What `/conversation` shows: exchanges, lists, and the system prompt."""

import io
from collections.abc import Sequence

import discord
from discord.utils import escape_markdown, format_dt

from bot.domain.chat import TextPart
from bot.domain.conversations import ConversationSummary, Exchange, Message
from bot.services.conversations import ConversationPage
from bot.texts import Texts
from cogs._suggestions import cut

EXCERPT = 300  # characters of a question or an answer
EMBED_TEXT = 4096
FORM_TEXT = 4000


def history_embed(page: ConversationPage, texts: Texts) -> discord.Embed:
    """Exchanges as one reads them, the oldest of the page on top."""
    if not page.exchanges:
        return discord.Embed(description=texts("Nothing has been said in this conversation yet."))
    shown = "\n\n".join(_exchange(each, texts) for each in reversed(page.exchanges))
    embed = discord.Embed(description=shown[:EMBED_TEXT])
    facts = [
        texts.plural("one exchange", "{n} exchanges", page.total),
        texts.plural("about one token on this page", "about {n} tokens on this page", page.tokens),
    ]
    if page.summed:
        facts.append(texts.plural("one in a summary", "{n} in a summary", page.summed))
    if page.system_prompt:
        facts.append(texts("with a system prompt"))
    return embed.set_footer(text=" · ".join(facts))


def list_embed(found: Sequence[ConversationSummary], texts: Texts) -> discord.Embed:
    lines = "\n".join(_summary(each, texts) for each in found)
    return discord.Embed(description=lines or texts("There is no conversation here yet."))


def system_shown(prompt: str | None, texts: Texts) -> tuple[discord.Embed, list[discord.File]]:
    """The system prompt, as a file where it is too long for an embed."""
    if not prompt:
        return discord.Embed(description=texts("No system prompt is set here.")), []
    if len(prompt) <= FORM_TEXT:
        return discord.Embed(title=texts("System prompt"), description=prompt), []
    file = discord.File(io.BytesIO(prompt.encode()), filename="system-prompt.txt")
    return discord.Embed(title=texts("System prompt")), [file]


def said(message: Message, limit: int = EXCERPT) -> str:
    """A message in short, its files by name."""
    words = [
        part.text if isinstance(part, TextPart) else f"[{part.name}]" for part in message.parts
    ]
    return escape_markdown(cut(" ".join(words), limit))


def _exchange(exchange: Exchange, texts: Texts) -> str:
    author = exchange.question.author
    name = escape_markdown(author.name) if author else texts("Somebody")
    return f"**{name}**: {said(exchange.question)}\n**→** {said(exchange.answer)}"


def _summary(summary: ConversationSummary, texts: Texts) -> str:
    facts = [texts.plural("one exchange", "{n} exchanges", summary.turns)]
    facts.append(format_dt(summary.last_at or summary.created_at, "R"))
    if summary.has_system_prompt:
        facts.append(texts("with a system prompt"))
    if summary.current:
        facts.append(texts("the current one"))
    title = escape_markdown(cut(summary.title)) if summary.title else texts("(empty)")
    return f"- **{title}** · {' · '.join(facts)}"
