"""Vary and Edit under pictures, and the forms they open. All of it outlives a restart.

What they know is in custom_ids: turn, attempt, which picture (0: the form asks), and whether only
the asker sees it. A form's may be forged, so the service is asked who sees what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from typing_extensions import override

from bot.domain.calls import Operation
from bot.domain.conversations import Input
from bot.domain.errors import TurnNotFoundError
from bot.domain.ids import TurnId
from bot.domain.images import DRAWN, Drawing, ImageParameters, drawn
from bot.domain.media import Region
from bot.domain.preferences import Feature
from bot.texts import N_, Texts, texts_for
from cogs._drawing import draw
from cogs._entry import First
from cogs._forms import FORM_LIFE_S, Form, Sent, Uploaded
from cogs._gates import Gate
from cogs._histories import FORM_TEXT
from cogs._picture_inputs import is_picture
from cogs._places import bot_of, presser_of
from cogs._views import AnswerButton

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.client import Bot
    from bot.domain.conversations import TurnView

PROMPT, REGION, MASK, WHICH = "prompt", "region", "mask", "which"
NOWHERE = "none"  # a choice that sends no mask
MOST = 2**63

REGIONS = {
    NOWHERE: N_("the model decides"),
    Region.WHOLE: N_("all of it"),
    Region.LEFT: N_("the left half"),
    Region.RIGHT: N_("the right half"),
    Region.TOP: N_("the upper half"),
    Region.BOTTOM: N_("the lower half"),
    Region.CENTRE: N_("the middle"),
    Region.BORDER: N_("the border"),
}


class PictureButton(AnswerButton, template=r"^$"):
    """Of one picture, or of several, where a form asks which."""

    feature = Feature.IMAGE

    @property
    def key(self) -> str:
        return ":".join(map(str, self._numbers))

    @property
    @override
    def private(self) -> bool:
        return bool(self._numbers[3])


class VaryButton(PictureButton, template=r"vary:(\d{1,19}):(\d{1,9}):(\d{1,2}):([01])"):
    @property
    @override
    def first(self) -> First:
        return First.OPTION if self._numbers[2] else First.FORM

    @override
    async def press(self, interaction: discord.Interaction) -> None:
        if self._numbers[2]:
            await _vary(interaction, self.key, Sent())
            return
        texts = texts_for(str(interaction.locale))
        form = _form(f"vary:{self.key}", texts("Vary a picture"))
        form.add_item(_which(_names(interaction), texts))
        await interaction.response.send_modal(form)


class RedrawButton(PictureButton, template=r"redraw:(\d{1,19}):(\d{1,9}):(\d{1,2}):([01])"):
    @property
    @override
    def first(self) -> First:
        return First.FORM

    @override
    async def press(self, interaction: discord.Interaction) -> None:
        texts = texts_for(str(interaction.locale))
        names = () if self._numbers[2] else _names(interaction)
        await interaction.response.send_modal(edit_form(f"redraw:{self.key}", texts, names))


PICTURE_BUTTONS = (VaryButton, RedrawButton)


def take_forms(bot: Bot) -> None:
    """Let the forms of these buttons be answered, also those opened before a restart."""
    bot.forms["vary"] = Form(_vary, private=is_private, gate=Gate(feature=Feature.IMAGE))
    bot.forms["redraw"] = Form(_redraw, private=is_private, gate=Gate(feature=Feature.IMAGE))


def is_private(key: str) -> bool:
    return key.endswith(":1")


def edit_form(custom_id: str, texts: Texts, names: Sequence[str] = ()) -> discord.ui.Modal:
    """What to change, where, and of several pictures, whose `names` are given, which."""
    form = _form(custom_id, texts("Change a picture"))
    if len(names) > 1:
        form.add_item(_which(names, texts))
    form.add_item(
        discord.ui.Label(
            text=texts("What should change?"),
            component=discord.ui.TextInput(
                custom_id=PROMPT, style=discord.TextStyle.paragraph, max_length=FORM_TEXT
            ),
        )
    )
    form.add_item(
        discord.ui.Label(
            text=texts("Where?"),
            component=discord.ui.Select(
                custom_id=REGION,
                required=False,
                options=[
                    discord.SelectOption(label=texts(name), value=value, default=value == NOWHERE)
                    for value, name in REGIONS.items()
                ],
            ),
        )
    )
    form.add_item(
        discord.ui.Label(
            text=texts("Or a mask"),
            description=texts("As large as the picture; transparent or white is what changes"),
            component=discord.ui.FileUpload(
                custom_id=MASK, required=False, min_values=0, max_values=1
            ),
        )
    )
    return form


def filled(form: Sent) -> tuple[str, Region | None, Sequence[Uploaded]]:
    """Prompt, region and mask of an `edit_form`. A mask is more exact, so it goes before."""
    masks = form.files.get(MASK, ())[:1]
    region = next((each for each in form.chosen.get(REGION, ()) if each in set(Region)), None)
    prompt = form.texts.get(PROMPT, "").strip() or "…"
    return prompt, None if masks or region is None else Region(region), masks


def chosen(form: Sent) -> int:
    """Which of several pictures, from 1."""
    [number] = form.chosen.get(WHICH, ("1",))[:1] or ("1",)
    return int(number) if number.isdecimal() and len(number) <= 2 else 1  # noqa: PLR2004  digits


def _form(custom_id: str, title: str) -> discord.ui.Modal:
    return discord.ui.Modal(title=title, custom_id=custom_id, timeout=FORM_LIFE_S)


def _which(names: Sequence[str], texts: Texts) -> discord.ui.Label[discord.ui.Modal]:
    options = [
        discord.SelectOption(
            label=f"{number}: {name}"[:100], value=str(number), default=number == 1
        )
        for number, name in enumerate(names, start=1)
    ]
    return discord.ui.Label(
        text=texts("Which picture?"),
        component=discord.ui.Select(custom_id=WHICH, options=options[:25]),
    )


def _names(interaction: discord.Interaction) -> Sequence[str]:
    """From the message, since a form can't wait for the database."""
    attached = interaction.message.attachments if interaction.message else []
    return [each.filename for each in attached if each.filename.startswith(f"{DRAWN}-")]


async def _vary(interaction: discord.Interaction, key: str, form: Sent) -> None:
    view, picture, alt = await _picture(interaction, key, form)
    size = Drawing.of(view.turn.answering.details).parameters.size
    await draw(
        interaction,
        Operation.IMAGE_VARIATION,
        alt,
        Drawing(parameters=ImageParameters(size=size)),
        model=view.turn.answering.model,
        private=is_private(key),
        first=[picture],
    )


async def _redraw(interaction: discord.Interaction, key: str, form: Sent) -> None:
    view, picture, _ = await _picture(interaction, key, form)
    prompt, region, masks = filled(form)
    was = Drawing.of(view.turn.answering.details).parameters
    parameters = ImageParameters(
        size=was.size,
        quality=was.quality,
        background=was.background,
        output_format=was.output_format,
        input_fidelity=was.input_fidelity,
    )
    await draw(
        interaction,
        Operation.IMAGE_EDIT,
        prompt,
        Drawing(parameters=parameters, masked=bool(masks), region=region),
        model=view.turn.answering.model,
        private=is_private(key),
        attached=masks,
        first=[picture],
    )


async def _picture(
    interaction: discord.Interaction, key: str, form: Sent
) -> tuple[TurnView, Input, str]:
    """The answer, the picture of it that was meant, and what is on it.

    It is kept with the answer; where it had to make room there, it still is in the message.

    Raises:
        TurnNotFoundError: there is no such picture, or it is not theirs to see.
    """
    numbers = key.split(":")
    if len(numbers) != 4 or not all(each.isdecimal() and int(each) < MOST for each in numbers):  # noqa: PLR2004  turn, attempt, picture, private
        raise TurnNotFoundError
    turn, attempt, which, _ = map(int, numbers)
    bot = bot_of(interaction)
    view = await bot.services.conversations.seen(TurnId(turn), attempt, presser_of(interaction))
    if view.turn.private and not is_private(key):
        raise TurnNotFoundError
    which = which or chosen(form)
    if found := drawn(view.files).get(which):
        picture = Input(name=found.name, mime=found.mime, data=found.data)
        return view, picture, found.description or found.name
    attached = interaction.message.attachments if interaction.message else []
    for each in attached:
        if each.filename.partition(".")[0] == f"{DRAWN}-{which}" and is_picture(each):
            return view, await bot.attachments.read(each), each.description or each.filename
    raise TurnNotFoundError
