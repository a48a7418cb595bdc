"""A conversation as a file: Markdown to read, JSON to keep, JSONL as fine-tuning takes it."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import orjson

from bot.domain.conversations import Exchange, Message
from bot.domain.ids import ChannelId, ConversationId
from bot.services.conversations._words import whole
from storage.database import Database

ExportForm = Literal["md", "json", "jsonl"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    name: str
    mime: str
    data: bytes = field(repr=False)


def export(
    exchanges: Sequence[Exchange],
    form: ExportForm,
    *,
    conversation: ConversationId,
    system_prompt: str | None,
    at: datetime,
) -> ExportedFile:
    """`exchanges` oldest first. Pictures are named, not included."""
    name = f"conversation-{conversation}-{at:%Y%m%d-%H%M%S}.{form}"
    match form:
        case "md":
            return ExportedFile(
                name=name, mime="text/markdown", data=markdown(exchanges, system_prompt).encode()
            )
        case "json":
            return ExportedFile(
                name=name,
                mime="application/json",
                data=orjson.dumps(
                    {
                        "conversation": conversation,
                        "exported_at": at.isoformat(),
                        "messages": messages(exchanges, system_prompt, authors=True),
                    },
                    option=orjson.OPT_INDENT_2,
                ),
            )
        case "jsonl":
            # One line is one example: {"messages": [...]}, OpenAI API reference, fine-tuning.
            line = orjson.dumps({"messages": messages(exchanges, system_prompt, authors=False)})
            return ExportedFile(name=name, mime="application/jsonl", data=line + b"\n")


async def channel_pieces(
    database: Database, channel: ChannelId, form: ExportForm
) -> AsyncGenerator[bytes, None]:
    """All conversations of a channel, each as `/conversation export` gives it; oldest first.

    md has a heading for each, json and jsonl are one line each. Empty ones are left out.
    """
    async with database.reading() as tx:
        for conversation in await tx.conversations.of_channel(channel):
            exchanges = [each async for each in tx.messages.export(conversation)]
            if not exchanges:
                continue
            prompt = await tx.conversations.system_prompt(conversation)
            match form:
                case "md":
                    words = f"# Conversation {conversation}\n\n{markdown(exchanges, prompt)}\n"
                    yield words.encode()
                case "json":
                    listed = messages(exchanges, prompt, authors=True)
                    found = {"conversation": conversation, "messages": listed}
                    yield orjson.dumps(found, option=orjson.OPT_APPEND_NEWLINE)
                case "jsonl":
                    listed = messages(exchanges, prompt, authors=False)
                    yield orjson.dumps({"messages": listed}, option=orjson.OPT_APPEND_NEWLINE)


def messages(
    exchanges: Sequence[Exchange], system_prompt: str | None, *, authors: bool
) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = []
    if system_prompt:
        listed.append({"role": "system", "content": system_prompt})
    for exchange in exchanges:
        for message in (exchange.question, exchange.answer):
            entry: dict[str, Any] = {"role": message.role, "content": content(message)}
            if authors and message.author:
                entry["author"] = message.author.name
            listed.append(entry)
    return listed


def markdown(exchanges: Sequence[Exchange], system_prompt: str | None) -> str:
    pieces: list[str] = []
    if system_prompt:
        pieces.append(f"## system\n\n{system_prompt}")
    for exchange in exchanges:
        asker = exchange.question.author.name if exchange.question.author else "user"
        pieces.append(f"## {asker}\n\n{content(exchange.question)}")
        pieces.append(f"## assistant\n\n{content(exchange.answer)}")
    return "\n\n".join(pieces) + "\n"


def content(message: Message) -> str:
    return whole(message.parts)
