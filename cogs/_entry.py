"""The way in: all that people start is admitted, acknowledged, run, and answered if it fails.

Discord waits three seconds. So the acknowledgement is on its way before anything that can wait (the
database, the API) is asked, and it travels beside the work instead of before it. Whoever shows
something first awaits `acknowledged()`.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import discord

from bot.domain.errors import ShuttingDownError
from bot.texts import Texts
from cogs._acknowledgement import (
    Acknowledgement,
    Entry,
    First,
    NotAcknowledgedError,
    entry_of,
)
from cogs._options import check_ranges
from cogs._places import bot_of, whereabouts
from cogs._sink import apologise, report

__all__ = [
    "FIRST",
    "First",
    "acknowledged",
    "answer",
    "enter",
    "enter_command",
    "listening",
    "pressed",
]

FIRST = "first"  # the key in a command's `extras`


def enter(interaction: discord.Interaction, first: First, *, private: bool = False) -> Entry:
    """Admit and begin to acknowledge, without waiting for anything.

    Raises:
        NotAllowedError: the process's settings rule this person or place out.
        ShuttingDownError: the bot takes no new work.
    """
    bot = bot_of(interaction)
    bot.services.policy.check(whereabouts(interaction))
    if bot.closing:
        raise ShuttingDownError
    bot.locales.remember(interaction.user.id, str(interaction.locale))
    entry = Entry(interaction, first, private=private or first is First.PRIVATE)
    interaction.extras[Entry] = entry
    return entry


def enter_command(interaction: discord.Interaction) -> None:
    """Let a command in as its `extras` say. Unknown commands are for the tree to refuse."""
    command = interaction.command
    if command is None:
        return
    if interaction.type is discord.InteractionType.autocomplete:
        bot_of(interaction).services.policy.check(whereabouts(interaction))
        return
    check_ranges(interaction)
    first: First = command.extras.get(FIRST, First.OPTION)
    enter(interaction, first, private=bool(getattr(interaction.namespace, "private", False)))


async def pressed(
    interaction: discord.Interaction,
    work: Callable[[], Awaitable[None]],
    *,
    first: First = First.UPDATE,
    private: bool = False,
) -> None:
    """Do what a button, a menu or a form asked for. Nothing it raises is lost: see `report`.

    async def callback(self, interaction):
        await pressed(interaction, lambda: self._stop(interaction))
    """
    try:
        enter(interaction, first, private=private)
        await work()
    except Exception as error:  # noqa: BLE001  discord.py would only log it
        await report(interaction, error)


async def listening(
    message: discord.Message, work: Callable[[], Awaitable[None]], texts: Texts
) -> None:
    """Do what a message asked for; what that raises is answered by a reply."""
    try:
        await work()
    except Exception as error:  # noqa: BLE001  discord.py would only log it
        await apologise(message, error, texts)


async def acknowledged(interaction: discord.Interaction) -> Entry:
    """Wait until Discord has taken the acknowledgement.

    Raises:
        NotAcknowledgedError: another delivery of this interaction was answered, or it is too late.
    """
    entry = entry_of(interaction)
    assert entry is not None, "enter() comes first"  # noqa: S101  a bug, not an input
    state = await entry.settled()
    if state is Acknowledgement.LATE or (state is Acknowledgement.REPLAYED and not entry.ours):
        raise NotAcknowledgedError
    return entry


async def answer(
    interaction: discord.Interaction, content: str | None = None, **shown: Any
) -> None:
    """Put the answer where "thinking..." stands; `shown` as `edit_original_response` takes it.

    Raises:
        NotAcknowledgedError: see `acknowledged`.
    """
    entry = await acknowledged(interaction)
    await interaction.edit_original_response(content=content, **shown)
    entry.answered = True
