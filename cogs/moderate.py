"""`/moderate`: what the moderation model says about a text or a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.chat import ImageData
from bot.domain.errors import FileError, FileFault, OptionError
from bot.texts import Texts, texts_for
from cogs import _declared
from cogs._attachments import name_of
from cogs._buttons import buttons
from cogs._entry import answer
from cogs._logged import call_button, caller_in

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.domain.moderations import Moderation, Verdict

BAR = 5  # blocks of a full bar: phones and narrow windows break long lines
MOST = 25  # categories; there are 13 today
FULL, EMPTY = "\u2588", "\u2591"
FLAG = "\u2691"


class Moderate(commands.Cog):
    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command()
    @app_commands.describe(
        text="The text to judge", image="A picture to judge", private=_declared.PRIVATE
    )
    async def moderate(
        self,
        interaction: discord.Interaction,
        text: _declared.Text | None = None,
        image: discord.Attachment | None = None,
        private: bool = False,  # noqa: ARG002, FBT001, FBT002  the entry has read it
    ) -> None:
        """See what the moderation model says about a text or a picture."""
        if text is None and image is None:
            raise OptionError("text", "…", "text | image")
        picture = await self._picture(image) if image is not None else None
        judged = await self._bot.services.moderations.judge(text, picture, caller_in(interaction))
        embed = _embed(judged, texts_for(str(interaction.locale)))
        await answer(interaction, embed=embed, view=buttons(await call_button(interaction)))

    async def _picture(self, image: discord.Attachment) -> ImageData:
        if not (image.content_type or "image/").startswith("image/"):
            raise FileError(name_of(image), FileFault.NOT_A_PICTURE)
        read = await self._bot.attachments.read(image)
        if not read.mime.startswith("image/"):
            raise FileError(name_of(image), FileFault.NOT_A_PICTURE)
        return ImageData(read.mime, read.data)


def _embed(judged: Moderation, texts: Texts) -> discord.Embed:
    """What was judged is not repeated: it may be what nobody should read again."""
    embed = discord.Embed(
        title=texts("Flagged") if judged.flagged else texts("Not flagged"),
        description="\n".join(_table(verdict) for verdict in judged.verdicts)[:4096],
        colour=discord.Colour.red() if judged.flagged else discord.Colour.green(),
    )
    return embed.set_footer(text=judged.model[:200])


def _table(verdict: Verdict) -> str:
    """The categories with their scores, those that are flagged on top, then by score."""
    names = list(dict.fromkeys([*verdict.categories, *verdict.scores]))
    names.sort(key=lambda name: (not verdict.categories.get(name), -verdict.scores.get(name, 0.0)))
    lines = [_line(name, verdict) for name in names[:MOST]]
    return "\n".join(["```", *lines, "```"]) if lines else "…"


def _line(name: str, verdict: Verdict) -> str:
    score = verdict.scores.get(name)
    sign = FLAG if verdict.categories.get(name) else " "
    shown = name.replace("`", "'")[:24]
    if score is None:
        return f"{sign} {'':6} {'':{BAR}} {shown}"
    full = round(min(max(score, 0.0), 1.0) * BAR)
    return f"{sign} {score:6.2%} {FULL * full}{EMPTY * (BAR - full)} {shown}"


async def setup(bot: Bot) -> None:
    await bot.add_cog(Moderate(bot))
