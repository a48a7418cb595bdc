"""Buttons of commands' answers. All they know is in their custom_id, so they outlive a restart."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import discord
from typing_extensions import override

from cogs._entry import First, pressed
from cogs._gates import OPEN, Gate
from cogs._places import bot_of

ACTIONS = (
    "models",
    "history",
    "conversations",
    "system_edit",
    "system_clear",
    "settings_form",
    "settings_auto_reply",
    "settings_auto_transcribe",
    "usage",
    "files",
    "file_delete",
    "jobs",
    "tuning_begin",
    "tuning_convert",
    "model_delete",
    "tuned_use",
    "erase",
    "audit",
    "servers",
    "spending",
)

Press = Callable[[discord.Interaction, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Action:
    """What a press does, what it is first answered with, and who may be kept from it."""

    press: Press
    first: First = First.UPDATE
    gate: Gate = OPEN


class ActionButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=rf"(?P<action>{'|'.join(ACTIONS)}):(?P<key>(?:\d{{1,18}}(?::.*)?)?)",  # fits 64 bits
):
    """One of ACTIONS; what it does stands in the bot's `actions`."""

    def __init__(self, button: discord.ui.Button[discord.ui.View], action: str, key: str) -> None:
        super().__init__(button)
        self._action = action
        self._key = key

    @classmethod
    def of(
        cls,
        action: str,
        key: str,
        label: str,
        *,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        disabled: bool = False,
    ) -> Self:
        custom_id = f"{action}:{key}"
        return cls(
            discord.ui.Button(label=label, style=style, custom_id=custom_id, disabled=disabled),
            action,
            key,
        )

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls.of(match["action"], match["key"], "…")

    @override
    async def callback(self, interaction: discord.Interaction) -> None:
        action = bot_of(interaction).actions[self._action]
        await pressed(
            interaction,
            partial(action.press, interaction, self._key),
            first=action.first,
            gate=action.gate,
        )


def buttons(*shown: discord.ui.Item[Any] | None) -> discord.ui.View | None:
    """A row of those that are there; None for an empty one.

    All of them are known by their custom_id, so discord.py need not keep the view.
    """
    present = [each for each in shown if each is not None]
    if not present:
        return None
    view = discord.ui.View(timeout=None)
    for each in present:
        view.add_item(each)
    view.stop()
    return view
