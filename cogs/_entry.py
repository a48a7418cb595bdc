"""The way in: all that people start is admitted, acknowledged, run, and answered if it fails.

Discord waits three seconds. So the acknowledgement is on its way before anything that can wait (the
database, the API) is asked, and it travels beside the work instead of before it. Whoever shows
something first awaits `acknowledged()`.
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import discord
from discord import app_commands

from bot.domain.errors import ShuttingDownError
from bot.domain.preferences import LANGUAGE, PRIVATE, Layer, Resolved, layer_of
from bot.services.policy import check_server
from bot.texts import Texts
from cogs._acknowledgement import (
    Acknowledgement,
    Entry,
    First,
    NotAcknowledgedError,
    entry_of,
)
from cogs._gates import OPEN, Gate, gate_of
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

FIRST = "first"
"""The key in a command's `extras`: a First, or what makes one of the options that were given."""
SUBCOMMANDS, BOOLEAN = (1, 2), 5  # Discord's types of options


def enter(
    interaction: discord.Interaction,
    first: First,
    *,
    private: bool = False,
    gate: Gate = OPEN,
) -> Entry:
    """Admit and begin to acknowledge, without waiting for anything.

    Raises:
        NotAllowedError: settings of the process or of the server rule this person or place out.
        ShuttingDownError: the bot takes no new work.
    """
    bot = bot_of(interaction)
    bot.locales.remember(interaction.user.id, str(interaction.locale))
    _admit(interaction, gate)
    if bot.closing:
        raise ShuttingDownError
    entry = Entry(interaction, first, private=private or first is First.PRIVATE)
    interaction.extras[Entry] = entry
    return entry


def enter_command(interaction: discord.Interaction) -> None:
    """Let a command in as its `extras` say. Unknown commands are for the tree to refuse."""
    command = interaction.command
    if command is None:
        return
    gate = gate_of(command)
    if interaction.type is discord.InteractionType.autocomplete:
        _admit(interaction, gate)
        return
    first: First | Callable[[Any], First] = command.extras.get(FIRST, First.OPTION)
    if not isinstance(first, First):
        first = first(interaction.namespace)
    if first in (First.OPTION, First.FORM) and isinstance(command, app_commands.Command):
        _prefer_private(interaction, command)
    check_ranges(interaction)
    private = bool(getattr(interaction.namespace, "private", False))
    enter(interaction, first, private=private, gate=gate)


def _admit(interaction: discord.Interaction, gate: Gate) -> None:
    """Policy, in the language that the person prefers."""
    services = bot_of(interaction).services
    where = whereabouts(interaction)
    settings = services.preferences.resolve(where)
    _prefer_language(interaction, settings)
    if gate.own:
        return
    services.policy.check(where)
    if gate.operators:
        services.operators.check(where.user)
    if not gate.free:
        check_server(where, settings, gate.feature)


def _prefer_language(interaction: discord.Interaction, settings: Resolved) -> None:
    """One's preference replaces the language of one's Discord, for all that is said from here."""
    scope = settings.source(LANGUAGE)
    language = settings[LANGUAGE]
    if language and scope and layer_of(scope) is Layer.MINE:
        interaction.locale = discord.Locale(language)


def _prefer_private(
    interaction: discord.Interaction, command: app_commands.Command[Any, ..., Any]
) -> None:
    """Fill in the option `private` where it was left out and is one's preference."""
    if "private" not in (parameter.display_name for parameter in command.parameters):
        return
    settings = bot_of(interaction).services.preferences.resolve(whereabouts(interaction))
    options = cast("dict[str, Any]", interaction.data).setdefault("options", [])
    while options and options[0]["type"] in SUBCOMMANDS:
        options = options[0].setdefault("options", [])
    if settings[PRIVATE] and all(option["name"] != "private" for option in options):
        options.append({"name": "private", "type": BOOLEAN, "value": True})


async def pressed(
    interaction: discord.Interaction,
    work: Callable[[], Awaitable[None]],
    *,
    first: First = First.UPDATE,
    private: bool = False,
    gate: Gate = OPEN,
) -> None:
    """Do what a button, a menu or a form asked for. Nothing it raises is lost: see `report`.

    The options are those of `enter`.

    async def callback(self, interaction):
        await pressed(interaction, lambda: self._stop(interaction))
    """
    try:
        enter(interaction, first, private=private, gate=gate)
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
