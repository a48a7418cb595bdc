"""Presses and forms: forms go to whoever knows them, and what nobody knows has expired."""

from functools import partial
from typing import TYPE_CHECKING, Any, cast

import discord

from bot.texts import texts_for
from cogs._entry import First, pressed
from cogs._forms import sent
from cogs._places import bot_of

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    filled_in = sent(cast("Mapping[str, Any]", interaction.data or {}))
    private = form.private(key)
    await pressed(
        interaction,
        partial(form.submit, interaction, key, filled_in),
        first=First.PRIVATE if private else First.OPTION,
        private=private,
        gate=form.gate,
    )


async def _expired(interaction: discord.Interaction) -> None:
    async def say() -> None:
        texts = texts_for(str(interaction.locale))
        await interaction.response.send_message(
            texts("This has expired. Please use the command again."), ephemeral=True
        )

    await pressed(interaction, say, first=First.FORM)


def _custom_id(interaction: discord.Interaction) -> str:
    return cast("Mapping[str, str]", interaction.data or {}).get("custom_id", "")
