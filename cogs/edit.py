"""`/edit`: a text changed as instructed; typed, from a file, or by a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.domain.calls import Operation
from bot.domain.conversations import Answering
from bot.domain.errors import OptionError
from bot.domain.preferences import Feature
from bot.services.models import EDIT_USE
from bot.texts import texts_for
from cogs import _declared
from cogs._asking import ask, asked
from cogs._attachments import name_of
from cogs._entry import FIRST, First
from cogs._forms import FORM_LIFE_S, Form, Sent
from cogs._gates import Gate
from cogs._histories import FORM_TEXT
from cogs._suggestions import key_of, model_choices, model_of, suggesting

if TYPE_CHECKING:
    from bot.client import Bot

INSTRUCTION, TEXT = "instruction", "text"
MODEL_IN_ID = 60  # characters; a form's custom_id has 100


def _first(namespace: app_commands.Namespace) -> First:
    """A form is an answer by itself: only what is whole is acknowledged first."""
    whole = getattr(namespace, "input", None) or getattr(namespace, "file", None)
    return First.OPTION if whole else First.FORM


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """The options beside the texts, and how a form carries them."""

    private: bool = False
    model: str | None = None
    n: int | None = None
    temperature: float | None = None
    top_p: float | None = None

    def key(self) -> str:
        numbers = (self.n, self.temperature, self.top_p)
        shown = ":".join("" if each is None else f"{each:.6g}" for each in numbers)
        return f"edit:{'p' if self.private else ''}:{shown}:{key_of(self.model or '', MODEL_IN_ID)}"

    @classmethod
    def of(cls, key: str) -> _Wanted:
        """Of a form's custom_id without its first word.

        Raises:
            OptionError: somebody has forged it.
        """
        private, *numbers, model = (key + "::::").split(":", 4)
        try:
            n, temperature, top_p = (float(each) if each else None for each in numbers)
        except ValueError:
            raise OptionError("n", key, "1..20") from None
        ranges = (("n", n, 1, 20), ("temperature", temperature, 0, 2), ("top_p", top_p, 0, 1))
        for name, value, low, high in ranges:
            if value is not None and not low <= value <= high:
                raise OptionError(name, f"{value:g}", f"{low}..{high}")
        return cls(
            private=private == "p",
            model=model.rstrip(":") or None,
            n=None if n is None else int(n),
            temperature=temperature,
            top_p=top_p,
        )


class Edit(commands.Cog):
    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        bot.forms["edit"] = Form(
            self._filled_in,
            private=lambda key: key.startswith("p:"),
            gate=Gate(feature=Feature.EDIT),
        )

    @app_commands.command(extras={FIRST: _first})
    @app_commands.describe(
        instruction="What to change",
        input="The text to change; without text and file a form opens",
        file="A text file to change, up to 1 MiB",
        model="The model that edits",
        n="How many versions, to page through",
        temperature=_declared.TEMPERATURE,
        top_p=_declared.TOP_P,
        private=_declared.PRIVATE,
    )
    async def edit(  # noqa: PLR0917  discord.py passes by name
        self,
        interaction: discord.Interaction,
        instruction: Range[str, 1, FORM_TEXT],
        input: _declared.Text | None = None,  # noqa: A002  the option's name
        file: discord.Attachment | None = None,
        model: _declared.ModelName | None = None,
        n: Range[int, 1, 20] | None = None,
        temperature: _declared.Temperature | None = None,
        top_p: _declared.Share | None = None,
        private: bool = False,  # noqa: FBT001, FBT002  an option
    ) -> None:
        """Have a text changed as you say, and see what was changed."""
        wanted = _Wanted(
            private=private,
            model=model_of(self._bot.services.models, model),
            n=n,
            temperature=temperature,
            top_p=top_p,
        )
        if input is not None and file is not None:
            raise OptionError("file", name_of(file), "input | file")
        if input is None and file is None:
            await interaction.response.send_modal(_form(interaction, wanted, instruction))
            return
        await self._ask(interaction, wanted, instruction, input, file)

    @edit.autocomplete("model")
    @suggesting
    async def suggest_model(
        self, _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        return model_choices(self._bot.services.models, current, EDIT_USE)

    async def _filled_in(self, interaction: discord.Interaction, key: str, filled_in: Sent) -> None:
        wanted = _Wanted.of(key)
        model = model_of(self._bot.services.models, wanted.model)
        instruction = filled_in.texts.get(INSTRUCTION, "")
        if not instruction.strip():
            raise OptionError("instruction", "…", f"1..{FORM_TEXT}")
        text = filled_in.texts.get(TEXT) or None
        await self._ask(interaction, wanted, instruction, text, None, model=model)

    async def _ask(
        self,
        interaction: discord.Interaction,
        wanted: _Wanted,
        instruction: str,
        text: str | None,
        file: discord.Attachment | None,
        *,
        model: str | None = None,
    ) -> None:
        details = {"n": wanted.n, "temperature": wanted.temperature, "top_p": wanted.top_p}
        given = {name: value for name, value in details.items() if value is not None}
        question = asked(
            interaction,
            "edit",
            instruction,
            Answering(
                operation=Operation.EDIT,
                model=model or wanted.model,
                details={**given, "choices": wanted.n or 1},
            ),
            private=wanted.private,
            more=(text,) if text else (),
            attachments=(name_of(file),) if file else (),
            inputs=self._bot.attachments.text_inputs(file) if file else None,
        )
        await ask(interaction, question)


def _form(interaction: discord.Interaction, wanted: _Wanted, instruction: str) -> discord.ui.Modal:
    texts = texts_for(str(interaction.locale))
    form = discord.ui.Modal(
        title=texts("A text to change"), custom_id=wanted.key(), timeout=FORM_LIFE_S
    )
    form.add_item(
        discord.ui.Label(
            text=texts("What to change"),
            component=discord.ui.TextInput(
                custom_id=INSTRUCTION,
                style=discord.TextStyle.paragraph,
                default=instruction,
                max_length=FORM_TEXT,
            ),
        )
    )
    form.add_item(
        discord.ui.Label(
            text=texts("The text"),
            description=texts("Leave it empty to have one written as instructed"),
            component=discord.ui.TextInput(
                custom_id=TEXT,
                style=discord.TextStyle.paragraph,
                required=False,
                max_length=FORM_TEXT,
            ),
        )
    )
    return form


async def setup(bot: Bot) -> None:
    await bot.add_cog(Edit(bot))
