"""Presses and forms: forms go to whoever knows them, and what nobody knows has expired."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, cast

import discord

from bot.texts import texts_for
from cogs._entry import First, pressed
from cogs._places import bot_of


async def answer_stray(interaction: discord.Interaction) -> None:
    """See to what discord.py hands on to nobody.

    Forms all come this way, not by `Modal.on_submit`: discord.py forgets its modals with the
    process, while a person may send theirs after a restart.
    """
    if interaction.type is discord.InteractionType.component:
        if not _has_owner(interaction):
            await _expired(interaction)
    elif interaction.type is discord.InteractionType.modal_submit:
        await _submitted(interaction)


def _has_owner(interaction: discord.Interaction) -> bool:
    custom_id = _custom_id(interaction)
    return any(
        item.__discord_ui_compiled_template__.fullmatch(custom_id)
        for item in bot_of(interaction).items
    )


async def _submitted(interaction: discord.Interaction) -> None:
    action, _, key = _custom_id(interaction).partition(":")
    form = bot_of(interaction).forms.get(action)
    if form is None:
        await _expired(interaction)
        return
    values = dict(_values(cast("Mapping[str, Any]", interaction.data or {})))
    await pressed(interaction, partial(form, interaction, key, values), first=First.PRIVATE)


async def _expired(interaction: discord.Interaction) -> None:
    async def say() -> None:
        texts = texts_for(str(interaction.locale))
        await interaction.response.send_message(
            texts("This has expired. Please use the command again."), ephemeral=True
        )

    await pressed(interaction, say, first=First.FORM)


def _custom_id(interaction: discord.Interaction) -> str:
    return cast("Mapping[str, str]", interaction.data or {}).get("custom_id", "")


def _values(component: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The texts of a submitted form, by custom_id, however its rows and labels are nested."""
    if isinstance(component.get("value"), str) and "components" not in component:
        yield component["custom_id"], component["value"]
    inner = component.get("component")
    children: Sequence[Mapping[str, Any]] = component.get("components", ())
    for child in (*children, *((inner,) if inner else ())):
        yield from _values(child)
