"""Threads that the bot opens: to go on in from a channel, or for each question asked in it."""

from contextlib import suppress
from typing import Any

import discord
from discord import app_commands

from bot.domain.errors import NoThreadsHereError

TITLE = 100  # characters, Discord's limit
ALREADY_THERE = 160004  # this message has its thread: another process, or the same event again

Parent = discord.TextChannel


def parent_of(interaction: discord.Interaction) -> Parent:
    """The channel that a thread may be opened in by who asks for one.

    Raises:
        NoThreadsHereError: it is no text channel of a server.
        app_commands.MissingPermissions, app_commands.BotMissingPermissions
    """
    channel = interaction.channel
    if not isinstance(channel, Parent):
        raise NoThreadsHereError
    needed = ["create_public_threads", "send_messages_in_threads"]
    for held, missing in (
        (interaction.permissions, app_commands.MissingPermissions),
        (interaction.app_permissions, app_commands.BotMissingPermissions),
    ):
        lacking = [name for name in needed if not getattr(held, name)]
        if lacking:
            raise missing(lacking)
    return channel


async def opened_for(message: discord.Message, title: str) -> bool:
    """Open the thread of a message, whose id is the message's; False where that may not be."""
    if not isinstance(message.channel, Parent):
        return False
    try:
        await message.create_thread(name=titled(title))
    except discord.HTTPException as error:
        return error.code == ALREADY_THERE
    return True


def titled(text: str) -> str:
    """`text` as a thread's name: one line that fits."""
    line = " ".join(text.split())
    return line if len(line) <= TITLE else f"{line[: TITLE - 1]}…"


async def open_in(channel: Parent, title: str, person: discord.abc.Snowflake) -> discord.Thread:
    """A public thread that `person` finds among their own."""
    kind: Any = discord.ChannelType.public_thread
    thread = await channel.create_thread(name=titled(title), type=kind)
    with suppress(discord.HTTPException):  # they see its link all the same
        await thread.add_user(person)
    return thread
