"""From what was asked of a picture to the question that is kept and answered."""

from collections.abc import Sequence

import discord

from bot.domain.calls import Operation
from bot.domain.conversations import Answering, Input, Question, once_place
from bot.domain.ids import SourceId
from bot.domain.images import Drawing
from bot.domain.preferences import IMAGE_MODEL
from bot.services.images import check_drawing
from bot.services.models import IMAGE_USE
from cogs._asking import ask
from cogs._attachments import Attached, name_of
from cogs._picture_inputs import check_pictures, pictures
from cogs._places import (
    author_of,
    bot_of,
    channel_of,
    guild_of,
    is_member,
    token_of,
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
    source = SourceId(interaction.id)
    question = Question(
        source=source,
        kind=operation.value,
        place=once_place(source, reachable=is_member(interaction)),
        guild=guild_of(interaction),
        channel=channel_of(interaction),
        author=author_of(interaction.user),
        text=text,
        locale=str(interaction.locale),
        private=private,
        answering=Answering(operation=operation, model=chosen, details=drawing.details()),
        attachments=(*(each.name for each in first), *(name_of(each) for each in attached)),
        inputs=pictures(bot.attachments, attached, first=first),
        token=token_of(interaction),
    )
    await ask(interaction, question)
