"""The way in: every command, press and form is admitted, acknowledged, run, and answered if it fails.

Discord waits three seconds. So the acknowledgement is on its way before anything that can wait (the
database, the API) is asked, and it travels beside the work instead of before it. Whoever shows
something first awaits `acknowledged()`.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

import discord

from bot.domain.errors import ShuttingDownError
from cogs._acknowledgement import (
    Acknowledgement,
    Entry,
    First,
    NotAcknowledgedError,
    entry_of,
)
from cogs._places import whereabouts
from cogs._sink import report

if TYPE_CHECKING:
    from bot.client import Bot

__all__ = ["FIRST", "First", "acknowledged", "answer", "enter", "enter_command", "pressed"]

FIRST = "first"  # the key in a command's `extras`


def enter(interaction: discord.Interaction, first: First, *, private: bool = False) -> Entry:
    """Admit and begin to acknowledge, without waiting for anything.

    Raises:
        NotAllowedError: the process's settings rule this person or place out.
        ShuttingDownError: the bot takes no new work.
    """
    bot = cast("Bot", interaction.client)
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


async def answer(interaction: discord.Interaction, content: str | None = None, **shown: Any) -> None:
    """Put the answer where "thinking..." stands. `shown` as in `Interaction.edit_original_response`.

    Raises:
        NotAcknowledgedError: see `acknowledged`.
    """
    entry = await acknowledged(interaction)
    await interaction.edit_original_response(content=content, **shown)
    entry.answered = True
