"""From what was asked of a picture to the question that is kept and answered."""

from collections.abc import Sequence

import discord

from bot.domain.calls import Operation
from bot.domain.conversations import Answering, Input
from bot.domain.images import Drawing
from bot.domain.preferences import IMAGE_MODEL
from bot.services.images import check_drawing
from bot.services.models import IMAGE_USE
from cogs._asking import ask, asked
from cogs._attachments import Attached, name_of
from cogs._picture_inputs import check_pictures, pictures
from cogs._places import (
    bot_of,
    whereabouts,
)
from cogs._suggestions import model_of


async def draw(
    interaction: discord.Interaction,
    operation: Operation,
    text: str,
    drawing: Drawing,
    *,
    model: str | None,
    private: bool,
    attached: Sequence[Attached] = (),
    first: Sequence[Input] = (),
) -> None:
    """Ask for pictures: made, changed or varied.

    first     pictures that are at hand, in front of those that are `attached`
    attached  to be fetched; a mask comes last

    Raises:
        OptionError: a value that Discord could not check.
        FileError: an attachment that is refused before it is fetched.
    """
    bot = bot_of(interaction)
    settings = bot.services.preferences.resolve(whereabouts(interaction))
    chosen = model_of(bot.services.models, model) or settings[IMAGE_MODEL]
    usual = bot.services.models.usual_for(IMAGE_USE) or ""
    varied = operation is Operation.IMAGE_VARIATION
    check_drawing(drawing.parameters, chosen or usual, varied=varied)
    check_pictures(attached)
    question = asked(
        interaction,
        operation.value,
        text,
        Answering(operation=operation, model=chosen, details=drawing.details()),
        private=private,
        attachments=(*(each.name for each in first), *(name_of(each) for each in attached)),
        inputs=pictures(bot.attachments, attached, first=first),
    )
    await ask(interaction, question)
