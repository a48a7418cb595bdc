"""`/image`: pictures from words, pictures changed, and others like a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands
from typing_extensions import override

from bot.domain.calls import Operation
from bot.domain.errors import OptionError
from bot.domain.images import Drawing, ImageParameters
from bot.domain.media import Region
from bot.domain.preferences import IMAGE_MODEL
from bot.services.images import sizes_for
from bot.services.models import IMAGE_USE
from bot.texts import N_
from cogs import _declared
from cogs._drawing import draw
from cogs._picture_buttons import take_forms
from cogs._picture_menu import EditImage
from cogs._places import whereabouts
from cogs._suggestions import cut, model_choices, model_of, suggesting

if TYPE_CHECKING:
    from bot.client import Bot

Quality = Literal["auto", "low", "medium", "high", "xhigh", "max", "standard", "hd"]
Background = Literal["auto", "opaque", "transparent"]
Format = Literal["png", "webp", "jpeg"]
ResponseFormat = Literal["url", "b64_json"]
Part = Literal["whole", "left", "right", "top", "bottom", "centre", "border"]
Choices = list[app_commands.Choice[Any]]
MAX_ALT = 1024

ALL = {
    "model": N_("The model that draws"),
    "n": N_("How many pictures"),
    "size": N_("Width x height, such as 1024x1024, or auto"),
    "response_format": N_("How the server sends them; you get files either way"),
    "private": _declared.PRIVATE,
}
DRAWN = {
    **ALL,
    "quality": N_("Higher takes longer and costs more"),
    "background": N_("Transparent needs png or webp"),
    "output_format": N_("The kind of file"),
}


class Image(commands.GroupCog, group_name="image"):
    """Make and change pictures"""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._menu = EditImage(bot).menu
        take_forms(bot)

    @override
    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._menu)

    @override
    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command()
    @app_commands.describe(
        prompt="What the picture should show",
        output_compression="100 is the best and largest; for webp and jpeg",
        moderation="Low filters less",
        **DRAWN,
    )
    async def generate(  # noqa: PLR0917  discord.py passes by name
        self,
        interaction: discord.Interaction,
        prompt: _declared.Text,
        model: _declared.ModelName | None = None,
        n: Range[int, 1, 10] | None = None,
        size: Range[str, 1, 20] | None = None,
        quality: Quality | None = None,
        background: Background | None = None,
        output_format: Format | None = None,
        output_compression: Range[int, 0, 100] | None = None,
        response_format: ResponseFormat | None = None,
        moderation: Literal["auto", "low"] | None = None,
        private: bool = False,  # noqa: FBT001, FBT002  Discord's options
    ) -> None:
        """Pictures from a description."""
        parameters = ImageParameters(
            n=n,
            size=size,
            quality=quality,
            background=background,
            output_format=output_format,
            output_compression=output_compression,
            response_format=response_format,
            moderation=moderation,
        )
        await draw(
            interaction,
            Operation.IMAGE_GENERATION,
            prompt,
            Drawing(parameters=parameters),
            model=model,
            private=private,
        )

    @app_commands.command()
    @app_commands.describe(
        image="The picture to change",
        prompt="What to change, in your own words",
        mask="The part to change: transparent, or white where nothing is transparent",
        region="The part to change, instead of a mask",
        image2="Another picture to take something from",
        image3="A third picture",
        image4="A fourth picture",
        input_fidelity="High keeps faces and details of the picture; not every model knows it",
        **DRAWN,
    )
    async def edit(  # noqa: PLR0917  an option each
        self,
        interaction: discord.Interaction,
        image: discord.Attachment,
        prompt: _declared.Text,
        mask: discord.Attachment | None = None,
        region: Part | None = None,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        model: _declared.ModelName | None = None,
        n: Range[int, 1, 10] | None = None,
        size: Range[str, 1, 20] | None = None,
        quality: Quality | None = None,
        background: Background | None = None,
        output_format: Format | None = None,
        response_format: ResponseFormat | None = None,
        input_fidelity: Literal["high", "low"] | None = None,
        private: bool = False,  # noqa: FBT001, FBT002  Discord names it
    ) -> None:
        """Change a picture with words."""
        if mask is not None and region is not None:
            raise OptionError("region", region, "mask | region")
        parameters = ImageParameters(
            n=n,
            size=size,
            quality=quality,
            background=background,
            output_format=output_format,
            response_format=response_format,
            input_fidelity=input_fidelity,
        )
        drawing = Drawing(
            parameters=parameters,
            masked=mask is not None,
            region=Region(region) if region else None,
        )
        await draw(
            interaction,
            Operation.IMAGE_EDIT,
            prompt,
            drawing,
            model=model,
            private=private,
            attached=[each for each in (image, image2, image3, image4, mask) if each],
        )

    @app_commands.command()
    @app_commands.describe(image="The picture to make others like", **ALL)
    async def variation(  # noqa: PLR0917  an option each
        self,
        interaction: discord.Interaction,
        image: discord.Attachment,
        n: Range[int, 1, 10] | None = None,
        size: Range[str, 1, 20] | None = None,
        model: _declared.ModelName | None = None,
        response_format: ResponseFormat | None = None,
        private: bool = False,  # noqa: FBT001, FBT002  Discord names it
    ) -> None:
        """Others like a picture."""
        parameters = ImageParameters(n=n, size=size, response_format=response_format)
        await draw(
            interaction,
            Operation.IMAGE_VARIATION,
            (image.description or image.filename)[:MAX_ALT],
            Drawing(parameters=parameters),
            model=model,
            private=private,
            attached=[image],
        )

    @generate.autocomplete("model")
    @edit.autocomplete("model")
    @variation.autocomplete("model")
    @suggesting
    async def suggest_model(self, _: discord.Interaction, current: str) -> Choices:
        return list(model_choices(self._bot.services.models, current, IMAGE_USE))

    @generate.autocomplete("size")
    @edit.autocomplete("size")
    @variation.autocomplete("size")
    @suggesting
    async def suggest_size(self, interaction: discord.Interaction, current: str) -> Choices:
        models = self._bot.services.models
        typed = model_of(models, getattr(interaction.namespace, "model", None))
        settings = self._bot.services.preferences.resolve(whereabouts(interaction))
        model = typed or settings[IMAGE_MODEL] or models.usual_for(IMAGE_USE) or ""
        varied = interaction.command is not None and interaction.command.name == "variation"
        wanted = current.strip().casefold()
        return [
            app_commands.Choice(name=cut(size), value=size)
            for size in sizes_for(model, varied=varied)
            if wanted in size
        ]


async def setup(bot: Bot) -> None:
    await bot.add_cog(Image(bot))
