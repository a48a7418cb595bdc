"""`/write` and `Ask about this`: questions by a form, with line breaks and files."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from bot.domain.conversations import Answering
from bot.domain.preferences import PRIVATE, Feature
from bot.texts import Texts, texts_for
from cogs import _declared
from cogs._asking import ask, asked
from cogs._attachments import name_of
from cogs._entry import FIRST, First
from cogs._forms import FORM_LIFE_S, Form, Sent
from cogs._gates import FEATURE, Gate
from cogs._histories import FORM_TEXT
from cogs._places import whereabouts
from cogs._question_threads import place_of_question
from cogs._quoting import Quoted, fetched, quoted
from cogs._suggestions import key_of, model_choices, model_of, suggesting

if TYPE_CHECKING:
    from bot.client import Bot

TEXT, FILES = "text", "files"
MAX_FILES = 10  # Discord's own limit for a message
MODEL_IN_ID = 80  # characters; a form's custom_id has 100
OPEN_FORMS = 1000  # whose message is remembered, so that it need not be fetched
BY_FORM = {FIRST: First.FORM, FEATURE: Feature.CHAT}


class Write(commands.Cog):
    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._quoted: OrderedDict[tuple[int, int], Quoted] = OrderedDict()
        self._menu = app_commands.ContextMenu(
            name="Ask about this", callback=self._about, extras=dict(BY_FORM)
        )
        bot.forms["write"] = Form(
            self._written, private=_is_private, gate=Gate(feature=Feature.CHAT)
        )
        bot.forms["about"] = Form(self._asked, private=_is_private, gate=Gate(feature=Feature.CHAT))

    @override
    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._menu)

    @override
    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command(extras=BY_FORM)
    @app_commands.describe(
        model="The model that answers",
        private="Only you see question and answer, in a conversation of your own",
    )
    async def write(
        self,
        interaction: discord.Interaction,
        model: _declared.ModelName | None = None,
        private: bool = False,  # noqa: FBT001, FBT002  an option
    ) -> None:
        """Ask by a form: long texts with line breaks, and files."""
        texts = texts_for(str(interaction.locale))
        chosen = model_of(self._bot.services.models, model) or ""
        form = _form(f"write:{_flag(private)}:{key_of(chosen, MODEL_IN_ID)}", texts)
        form.add_item(_text(texts("What do you want to say?")))
        form.add_item(
            discord.ui.Label(
                text=texts("Files"),
                description=texts("Pictures and text files"),
                component=discord.ui.FileUpload(
                    custom_id=FILES, required=False, min_values=0, max_values=MAX_FILES
                ),
            )
        )
        await interaction.response.send_modal(form)

    @write.autocomplete("model")
    @suggesting
    async def suggest_model(
        self, _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        return model_choices(self._bot.services.models, current)

    async def _about(self, interaction: discord.Interaction, message: discord.Message) -> None:
        texts = texts_for(str(interaction.locale))
        settings = self._bot.services.preferences.resolve(whereabouts(interaction))
        self._quoted[interaction.user.id, message.id] = quoted(message)
        while len(self._quoted) > OPEN_FORMS:
            self._quoted.popitem(last=False)
        form = _form(f"about:{_flag(settings[PRIVATE])}:{message.id}", texts)
        form.add_item(_text(texts("What do you want to know about this message?")))
        await interaction.response.send_modal(form)

    async def _written(self, interaction: discord.Interaction, key: str, filled_in: Sent) -> None:
        model = model_of(self._bot.services.models, key.partition(":")[2] or None)
        files = filled_in.files.get(FILES, ())[:MAX_FILES]
        said = Quoted(filled_in.texts.get(TEXT, ""), files)
        await self._ask(interaction, "write", said, private=_is_private(key), model=model)

    async def _asked(self, interaction: discord.Interaction, key: str, filled_in: Sent) -> None:
        number = key.partition(":")[2]
        known = self._quoted.get((interaction.user.id, int(number) if number.isdecimal() else 0))
        about = known or await fetched(interaction, number)
        said = replace(about, text=f"{filled_in.texts.get(TEXT, '')}\n\n{about.text}")
        await self._ask(interaction, "about", said, private=_is_private(key))

    async def _ask(
        self,
        interaction: discord.Interaction,
        kind: str,
        said: Quoted,
        *,
        private: bool,
        model: str | None = None,
    ) -> None:
        text, files = said.text, said.files
        question = asked(
            interaction,
            kind,
            text.strip() or ", ".join(name_of(each) for each in files) or "…",
            Answering(model=model),
            place=place_of_question(interaction, private=private),
            private=private,
            attachments=tuple(name_of(each) for each in files),
            inputs=self._bot.attachments.inputs(files),
        )
        await ask(interaction, question)


def _form(custom_id: str, texts: Texts) -> discord.ui.Modal:
    return discord.ui.Modal(title=texts("Your question"), custom_id=custom_id, timeout=FORM_LIFE_S)


def _text(label: str) -> discord.ui.Label[discord.ui.Modal]:
    return discord.ui.Label(
        text=label,
        component=discord.ui.TextInput(
            custom_id=TEXT, style=discord.TextStyle.paragraph, max_length=FORM_TEXT
        ),
    )


def _flag(private: bool) -> str:  # noqa: FBT001  the one thing it is about
    return "p" if private else ""


def _is_private(key: str) -> bool:
    return key.startswith("p:")


async def setup(bot: Bot) -> None:
    await bot.add_cog(Write(bot))
