"""The last stop of every exception: one short message to the person, one line in the log."""

import logging
from collections.abc import Mapping
from typing import Any

import aiohttp
import discord
from discord import app_commands
from typing_extensions import override

from bot.domain.errors import BotError, RefusedError, UpstreamError
from bot.texts import Texts, texts_for
from cogs._acknowledgement import (
    ALREADY_ACKNOWLEDGED,
    Acknowledgement,
    Entry,
    First,
    NotAcknowledgedError,
    entry_of,
)
from cogs._logged import call_button
from cogs._replies import explain

log = logging.getLogger(__name__)

Unreachable = (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError)


async def report(interaction: discord.Interaction, error: Exception) -> None:
    """Tell the person what went wrong, for their eyes only; never raises.

    A public placeholder is deleted first: the first follow-up would take its visibility. A replay
    and an expired token leave nothing to say, and nobody to say it to.
    """
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, NotAcknowledgedError):
        return
    texts = texts_for(str(interaction.locale))
    embed = sorry(cause, texts, interaction.id)
    more: dict[str, Any] = {}
    if isinstance(cause, UpstreamError) and (button := await call_button(interaction)):
        more["view"] = _alone(button)
    try:
        await _say(interaction, embed, more)
    except Unreachable as unsaid:
        if not _is_replay(unsaid):
            log.warning("Interaction %s: the refusal was not delivered: %r", interaction.id, unsaid)


def sorry(error: Exception, texts: Texts, reference: int) -> discord.Embed:
    """The message for `error`, and its line in the log. `reference` is what a person can quote."""
    sentence = explain(error, texts)
    if sentence is None:
        log.error("Unplanned error, reference %s", reference, exc_info=error)
        sentence = texts("Something broke on our side. If you report it, quote the number below.")
    elif isinstance(error, BotError) and not isinstance(error, RefusedError):
        # A server's own words may quote what was asked; they stand in the answer alone.
        quiet = isinstance(error, UpstreamError)
        facts = f", status {error.status}, request {error.request_id}" if quiet else ""
        name = type(error).__name__
        log.warning("%s, reference %s%s", name, reference, facts, exc_info=None if quiet else error)
    else:
        log.info("Refused (%s), reference %s", type(error).__name__, reference)
    embed = discord.Embed(description=sentence, colour=discord.Colour.red())
    return embed.set_footer(text=str(reference))


async def apologise(message: discord.Message, error: Exception, texts: Texts) -> None:
    """The same for a message: a reply to it, since nothing can be shown to its author alone."""
    embed = sorry(error, texts, message.id)
    try:
        await reply(message, embed=embed)
    except Unreachable as unsaid:
        log.warning("Message %s: the refusal was not delivered: %r", message.id, unsaid)


class _Asked(discord.MessageReference):
    """discord.py writes the ids as numbers; Discord describes texts."""

    @override
    def to_message_reference_dict(self) -> Any:
        return {"message_id": str(self.message_id), "fail_if_not_exists": False}


async def reply(message: discord.Message, content: str | None = None, **shown: Any) -> None:
    """Answer a message once, however often Discord or a second process brought it.

    `shown` as `Messageable.send` takes it.
    """
    asked = _Asked(message_id=message.id, channel_id=message.channel.id)
    await message.channel.send(content, reference=asked, nonce=message.id, **shown)


def _alone(button: discord.ui.Button[discord.ui.View]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    view.add_item(button)
    view.stop()  # its custom_id is known, so discord.py need not keep it
    return view


async def _say(
    interaction: discord.Interaction, embed: discord.Embed, more: Mapping[str, Any]
) -> None:
    if interaction.type is discord.InteractionType.autocomplete:
        if not interaction.response.is_done():
            await interaction.response.autocomplete([])
        return
    entry = entry_of(interaction)
    if entry is None or entry.first is First.FORM:
        await _say_first(interaction, embed, more)
    else:
        await _say_after(interaction, entry, embed, more)


async def _say_first(
    interaction: discord.Interaction, embed: discord.Embed, more: Mapping[str, Any]
) -> None:
    if interaction.response.is_done():
        await interaction.followup.send(embed=embed, ephemeral=True, **more)
    else:
        await interaction.response.send_message(embed=embed, ephemeral=True, **more)


async def _say_after(
    interaction: discord.Interaction, entry: Entry, embed: discord.Embed, more: Mapping[str, Any]
) -> None:
    match await entry.settled():
        case Acknowledgement.REPLAYED if not entry.ours:
            return
        case Acknowledgement.LATE:
            return
        case _:
            pass
    waiting = entry.first is not First.UPDATE and not entry.answered
    if waiting and not entry.private:
        await interaction.delete_original_response()
    await interaction.followup.send(embed=embed, ephemeral=True, **more)


def _is_replay(error: Exception) -> bool:
    return isinstance(error, discord.HTTPException) and error.code == ALREADY_ACKNOWLEDGED
