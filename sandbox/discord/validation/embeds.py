"""Embeds: resources/message, embed limits."""

from datetime import datetime
from typing import cast

from sandbox.discord.validation.fields import Field, Json

MAX_EMBEDS = 10
MAX_EMBED_TEXT = 6000  # over all embeds of a message
MEDIA = ("http", "https", "attachment")


def check_embeds(embeds: Field) -> None:
    """Each embed's own limits, then the 6,000 characters that all share."""
    total = 0
    for embed in embeds.items(MAX_EMBEDS):
        if embed.is_object():
            _check_embed(embed)
            total += embed_text_length(cast("Json", embed.value))
            if total > MAX_EMBED_TEXT:
                message = f"Embed size exceeds maximum size of {MAX_EMBED_TEXT}"
                embed.refuse("MAX_EMBED_SIZE_EXCEEDED", message)


def _check_embed(embed: Field) -> None:
    embed.at("title").text(256)
    embed.at("description").text(4096)
    embed.at("url").url(("http", "https"))
    embed.at("color").integer(0, 0xFFFFFF)
    _check_timestamp(embed.at("timestamp"))
    footer, author = embed.at("footer"), embed.at("author")
    if footer.is_object():
        footer.at("text").required_text(2048)
        footer.at("icon_url").url(MEDIA)
    if author.is_object():
        author.at("name").required_text(256)
        author.at("url").url(("http", "https"))
        author.at("icon_url").url(MEDIA)
    for key in ("image", "thumbnail"):
        if embed.at(key).is_object():
            embed.at(key).at("url").url(MEDIA)
    for field in embed.at("fields").items(25):
        if field.is_object():
            field.at("name").required_text(256)
            field.at("value").required_text(1024)
            field.at("inline").boolean()


def _check_timestamp(timestamp: Field) -> None:
    moment = timestamp.text()
    if moment is None:
        return
    try:
        datetime.fromisoformat(moment)
    except ValueError:
        message = f"Could not parse {moment}. Should be ISO8601."
        timestamp.refuse("DATE_TIME_TYPE_PARSE", message)


def embed_text_length(embed: Json) -> int:
    """Characters of an embed that count towards the 6,000."""
    texts: list[object] = [embed.get("title"), embed.get("description")]
    for key, inner in (("footer", "text"), ("author", "name")):
        part = embed.get(key)
        if isinstance(part, dict):
            texts.append(cast("Json", part).get(inner))
    fields = embed.get("fields")
    if isinstance(fields, list):
        for field in cast("list[object]", fields):
            if isinstance(field, dict):
                texts += [cast("Json", field).get("name"), cast("Json", field).get("value")]
    return sum(len(text) for text in texts if isinstance(text, str))
