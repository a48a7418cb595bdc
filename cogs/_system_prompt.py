"""The system prompt of a conversation: shown, edited in a form, cleared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.domain.conversations import channel_place
from bot.domain.errors import FileError, FileFault, OptionError
from bot.texts import Texts, texts_for
from cogs._attachments import name_of
from cogs._buttons import Action, ActionButton, buttons
from cogs._entry import First, acknowledged, answer
from cogs._forms import FORM_LIFE_S, Form, Sent
from cogs._histories import FORM_TEXT, system_shown
from cogs._places import channel_of, may_manage, place_of, presser_of

if TYPE_CHECKING:
    from bot.client import Bot

MAX_PROMPT = 32_000  # characters of a file: about 8,000 tokens, sent with every question
FIELD = "prompt"
OWN_KEY = "p"  # in custom_ids: of one's own private conversation


class SystemPrompt:
    """Who may change it is checked each time: the command, the button and the form."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._conversations = bot.services.conversations
        bot.actions["system_edit"] = Action(self._open_form, First.FORM)
        bot.actions["system_clear"] = Action(self._clear)
        bot.forms["system"] = Form(self._submitted)

    async def command(
        self,
        interaction: discord.Interaction,
        prompt: str | None,
        file: discord.Attachment | None,
        *,
        clear: bool,
        private: bool = False,
    ) -> None:
        await acknowledged(interaction)
        if sum((prompt is not None, file is not None, clear)) > 1:
            option = "clear" if clear else "file"
            raise OptionError(option, "…", "prompt | file | clear")
        if file is not None:
            prompt = await self._read(file)
        if prompt is not None or clear:
            await self._change(interaction, prompt, private=private)
        else:
            await self._show(interaction, private=private)

    async def _show(self, interaction: discord.Interaction, *, private: bool) -> None:
        place = place_of(interaction, private=private)
        prompt = await self._conversations.system_prompt(place)
        texts = texts_for(str(interaction.locale))
        embed, files = system_shown(prompt, texts)
        may = _may_change(interaction, private=private)
        view = _controls(prompt, texts, OWN_KEY if private else "") if may else None
        await answer(interaction, embed=embed, attachments=files, view=view)

    async def _open_form(self, interaction: discord.Interaction, key: str) -> None:
        """A form must be the first answer, so the text comes from the message, not the database."""
        whose = _whose(key)
        _check_may_change(interaction, private=whose == OWN_KEY)
        texts = texts_for(str(interaction.locale))
        shown = interaction.message.embeds if interaction.message else []
        has_prompt = bool(shown and shown[0].title)  # without one the embed only says so
        form = discord.ui.Modal(
            title=texts("System prompt"), custom_id=f"system:{whose}", timeout=FORM_LIFE_S
        )
        form.add_item(
            discord.ui.Label(
                text=texts("How should the model behave?"),
                component=discord.ui.TextInput(
                    custom_id=FIELD,
                    style=discord.TextStyle.paragraph,
                    default=(shown[0].description or "")[:FORM_TEXT] if has_prompt else None,
                    max_length=FORM_TEXT,
                ),
            )
        )
        await interaction.response.send_modal(form)

    async def _submitted(self, interaction: discord.Interaction, key: str, filled_in: Sent) -> None:
        await acknowledged(interaction)
        prompt = filled_in.texts.get(FIELD, "").strip() or None
        await self._change(interaction, prompt, private=key == OWN_KEY)

    async def _clear(self, interaction: discord.Interaction, key: str) -> None:
        await acknowledged(interaction)
        await self._change(interaction, None, private=_whose(key) == OWN_KEY)

    async def _change(
        self, interaction: discord.Interaction, prompt: str | None, *, private: bool
    ) -> None:
        _check_may_change(interaction, private=private)
        place, by = place_of(interaction, private=private), presser_of(interaction)
        await self._conversations.set_system_prompt(place, prompt, by)
        await self._show(interaction, private=private)

    async def _read(self, file: discord.Attachment) -> str:
        """The prompt in a text file.

        Raises:
            FileError: it is not text, or longer than MAX_PROMPT.
        """
        read = await self._bot.attachments.read(file)
        if read.mime != "text/plain":
            raise FileError(read.name, FileFault.NOT_TEXT)
        prompt = read.data.decode().strip()
        if len(prompt) > MAX_PROMPT:
            raise FileError(name_of(file), FileFault.TOO_LARGE, MAX_PROMPT)
        return prompt


def _controls(prompt: str | None, texts: Texts, whose: str) -> discord.ui.View | None:
    """Edit and Clear; what is longer than a form holds comes as a file."""
    key = f"0:{whose}" if whose else ""
    fits = not prompt or len(prompt) <= FORM_TEXT
    return buttons(
        ActionButton.of("system_edit", key, texts("Edit")) if fits else None,
        ActionButton.of("system_clear", key, texts("Clear"), style=discord.ButtonStyle.danger)
        if prompt
        else None,
    )


def _whose(key: str) -> str:
    """OWN_KEY for one's private conversation, and nothing for the channel's."""
    return key.partition(":")[2]


def _may_change(interaction: discord.Interaction, *, private: bool) -> bool:
    """A conversation that others take part in belongs to all; the rest is one's own."""
    place = place_of(interaction, private=private)
    shared = interaction.guild_id is not None and place == channel_place(channel_of(interaction))
    return not shared or may_manage(interaction)


def _check_may_change(interaction: discord.Interaction, *, private: bool) -> None:
    if not _may_change(interaction, private=private):
        raise app_commands.MissingPermissions(["manage_messages"])
