"""Answers of commands that make no turn, and the calls behind them: who asked, and the button."""

import logging

import discord

from bot.domain.calls import Audience, Caller, LoggedId
from bot.domain.errors import StorageError
from bot.domain.ids import SourceId, UserId
from bot.texts import texts_for
from cogs._acknowledgement import entry_of
from cogs._places import bot_of, channel_of, guild_of

log = logging.getLogger(__name__)


def asked_in(interaction: discord.Interaction) -> SourceId:
    """Whose answer is shown: of a press, the interaction that brought the message pressed on.

    Discord says so itself, so it can't be made up as a custom_id can.
    """
    message = interaction.message
    return (message and answered_by(message)) or SourceId(interaction.id)


def answered_by(message: discord.Message) -> SourceId:
    """The interaction that a message answers; 0 where it answers none."""
    metadata = message.interaction_metadata
    return SourceId(0 if metadata is None else metadata.id)


def caller_in(interaction: discord.Interaction) -> Caller:
    """Who pays for what this asks for, and who may look at it."""
    entry = entry_of(interaction)
    message = interaction.message
    hidden = message is not None and message.flags.ephemeral
    private = hidden or (entry is not None and entry.private)
    return Caller(
        user=UserId(interaction.user.id),
        guild=guild_of(interaction),
        channel=channel_of(interaction),
        asked=asked_in(interaction),
        audience=Audience.ASKER if private else Audience.CHANNEL,
    )


async def call_button(
    interaction: discord.Interaction,
) -> discord.ui.Button[discord.ui.View] | None:
    """`Show API call` for the last call that this answer took; None where none is kept.

    A page that was turned from memory has no call of its own: then it is the one before.

    The log is a help: where it can't be read, the answer is shown without the button.
    """
    calls = bot_of(interaction).services.api_calls
    try:
        logged = await calls.newest(asked_in(interaction))
    except StorageError as error:
        log.warning("No call is offered: %s", type(error).__name__)
        return None
    return None if logged is None else _button(interaction, logged)


def _button(
    interaction: discord.Interaction, logged: LoggedId
) -> discord.ui.Button[discord.ui.View]:
    label = texts_for(str(interaction.locale))("Show API call")
    return discord.ui.Button(label=label, custom_id=f"logged:{logged}")
