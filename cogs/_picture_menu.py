"""`Edit image`: change a picture of any message by a form."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.domain.calls import Operation
from bot.domain.errors import NoPictureError
from bot.domain.images import Drawing
from bot.domain.preferences import PRIVATE, Feature
from bot.texts import texts_for
from cogs._drawing import draw
from cogs._entry import FIRST, First
from cogs._forms import Form, Sent, Uploaded
from cogs._gates import FEATURE, Gate
from cogs._picture_buttons import chosen, edit_form, filled, is_private
from cogs._picture_inputs import is_picture
from cogs._places import whereabouts
from cogs._quoting import fetched, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.client import Bot

OPEN_FORMS = 1000  # whose message is remembered, so that it need not be fetched


class EditImage:
    """The menu and its form."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._seen: OrderedDict[tuple[int, int], Sequence[Uploaded]] = OrderedDict()
        self.menu = app_commands.ContextMenu(
            name="Edit image",
            callback=self._open,
            extras={FIRST: First.FORM, FEATURE: Feature.IMAGE},
        )
        bot.forms["edit_image"] = Form(
            self._submitted, private=is_private, gate=Gate(feature=Feature.IMAGE)
        )

    async def _open(self, interaction: discord.Interaction, message: discord.Message) -> None:
        found = _pictures(quoted(message).files)
        if not found:
            raise NoPictureError
        self._seen[interaction.user.id, message.id] = found
        while len(self._seen) > OPEN_FORMS:
            self._seen.popitem(last=False)
        settings = self._bot.services.preferences.resolve(whereabouts(interaction))
        custom_id = f"edit_image:{message.id}:{int(settings[PRIVATE])}"
        texts = texts_for(str(interaction.locale))
        names = [each.filename for each in found]
        await interaction.response.send_modal(edit_form(custom_id, texts, names))

    async def _submitted(self, interaction: discord.Interaction, key: str, form: Sent) -> None:
        number = key.partition(":")[0]
        known = self._seen.get((interaction.user.id, int(number) if number.isdecimal() else 0))
        found = known or _pictures((await fetched(interaction, number)).files)
        which = chosen(form)
        if not 1 <= which <= len(found):
            raise NoPictureError
        prompt, region, masks = filled(form)
        await draw(
            interaction,
            Operation.IMAGE_EDIT,
            prompt,
            Drawing(masked=bool(masks), region=region),
            model=None,
            private=is_private(key),
            attached=[found[which - 1], *masks],
        )


def _pictures(files: Sequence[Uploaded]) -> Sequence[Uploaded]:
    """What is known to be a picture: of other people's files nothing is guessed."""
    return [each for each in files if each.content_type and is_picture(each)]
