"""`/files`: what the API server keeps for the account. For operators."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands
from discord.utils import format_dt

from bot.domain.errors import FileError, FileFault
from bot.texts import Texts, texts_for
from cogs._audience import for_operators
from cogs._buttons import buttons
from cogs._entry import acknowledged, answer
from cogs._logged import call_button
from cogs._operators import (
    ALONE,
    acting,
    bytes_as_words,
    confirm_button,
    for_operators_only,
    forward_pages,
    home_of,
    key_in,
)
from cogs._replies import code
from cogs._suggestions import file_choices, suggesting
from cogs._tuning_options import lifetime

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.domain.files import StoredFile

PER_PAGE = 15
Purpose = Literal["fine-tune", "assistants", "batch", "vision", "user_data", "evals"]
MOST_UPLOAD = 25 << 20  # bytes; it is held in memory, and what is larger goes by command line


@for_operators
class Files(commands.GroupCog, group_name="files"):
    """Files kept by the API server"""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._files = bot.services.files
        bot.actions["files"] = for_operators_only(self._turn_page)
        bot.actions["file_delete"] = for_operators_only(self._delete)

    @app_commands.command(name="list", extras=ALONE)
    @app_commands.describe(purpose="Only files for this")
    async def list_(self, interaction: discord.Interaction, purpose: Purpose | None = None) -> None:
        """See all files, the newest first."""
        await acknowledged(interaction)
        await answer(interaction, **await self._page(interaction, 1, purpose, ""))

    @app_commands.command(extras=ALONE)
    @app_commands.describe(
        file="The file to keep there",
        purpose="What it is for",
        expires_after="Delete it after that time: 1h to 30d",
    )
    async def upload(
        self,
        interaction: discord.Interaction,
        file: discord.Attachment,
        purpose: Purpose = "fine-tune",
        expires_after: Range[str, 1, 10] | None = None,
    ) -> None:
        """Upload a file; lines of training data are checked first."""
        await acknowledged(interaction)
        lasts = lifetime("expires_after", expires_after)
        data = await self._bot.attachments.fetch(file, MOST_UPLOAD)
        made = await self._files.upload(
            acting(interaction), file.filename, data, purpose, expires_after=lasts
        )
        texts = texts_for(str(interaction.locale))
        embed = _shown(made, texts)
        embed.description = texts("It is uploaded.")
        await answer(interaction, embed=embed, view=buttons(await call_button(interaction)))

    @app_commands.command(extras=ALONE)
    @app_commands.describe(file="The file")
    async def info(self, interaction: discord.Interaction, file: Range[str, 1, 100]) -> None:
        """See one file."""
        await acknowledged(interaction)
        found = await self._files.get(acting(interaction), file)
        embed = _shown(found, texts_for(str(interaction.locale)))
        await answer(interaction, embed=embed, view=buttons(await call_button(interaction)))

    @app_commands.command(extras=ALONE)
    @app_commands.describe(file="The file")
    async def download(self, interaction: discord.Interaction, file: Range[str, 1, 100]) -> None:
        """Get what is in a file."""
        await acknowledged(interaction)
        who, most = acting(interaction), interaction.filesize_limit
        found = await self._files.get(who, file)
        if (found.size or 0) > most:
            raise FileError(found.filename, FileFault.TOO_LARGE_FOR_DISCORD, most)
        try:
            data = await self._files.download(who, file, most=most)
        except FileError as error:
            raise FileError(found.filename, FileFault.TOO_LARGE_FOR_DISCORD, most) from error
        sent = discord.File(io.BytesIO(data), filename=found.filename)
        view = buttons(await call_button(interaction))
        await answer(interaction, attachments=[sent], view=view)

    @app_commands.command(extras=ALONE)
    @app_commands.describe(file="The file")
    async def delete(self, interaction: discord.Interaction, file: Range[str, 1, 100]) -> None:
        """Delete a file, after a confirmation."""
        await acknowledged(interaction)
        found, key = await self._files.ask_to_delete(acting(interaction), file)
        texts = texts_for(str(interaction.locale))
        embed = _shown(found, texts)
        embed.description = texts("Delete this file? That can't be undone.")
        delete = confirm_button("file_delete", key, texts("Delete"))
        view = buttons(delete, await call_button(interaction))
        await answer(interaction, embed=embed, view=view)

    @info.autocomplete("file")
    @download.autocomplete("file")
    @delete.autocomplete("file")
    @suggesting
    async def suggest_file(
        self, _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        return file_choices(self._files, current)

    async def _turn_page(self, interaction: discord.Interaction, key: str) -> None:
        number, _, rest = key.partition(":")
        purpose, _, after = rest.partition(":")
        await acknowledged(interaction)
        await answer(interaction, **await self._page(interaction, int(number), purpose, after))

    async def _page(
        self, interaction: discord.Interaction, number: int, purpose: str | None, after: str
    ) -> dict[str, Any]:
        texts = texts_for(str(interaction.locale))
        found = await self._files.page(
            acting(interaction), purpose=purpose or None, limit=PER_PAGE, after=after or None
        )
        shown = found.files[:PER_PAGE]
        more = found.after or (shown[-1].id if len(found.files) > PER_PAGE else None)
        embed = discord.Embed(
            title=texts("Files"),
            description="\n".join(_line(each, texts) for each in shown)
            or texts("There are no files."),
        )
        embed.set_footer(text=texts("Page {page}", page=number))
        kind = purpose or ""
        pages = forward_pages(
            "files",
            number,
            first=f"1:{kind}:",
            onwards=None if more is None else f"{number + 1}:{kind}:{more}",
            texts=texts,
        )
        return {"embed": embed, "view": buttons(*pages, await call_button(interaction))}

    async def _delete(self, interaction: discord.Interaction, key: str) -> None:
        await acknowledged(interaction)
        name = await self._files.delete(acting(interaction), key_in(key))
        texts = texts_for(str(interaction.locale))
        embed = discord.Embed(description=texts("{file} is deleted.", file=code(name, 200)))
        await answer(interaction, embed=embed, view=buttons(await call_button(interaction)))


def _line(file: StoredFile, texts: Texts) -> str:
    facts = [code(file.id, 60), code(file.filename, 60), bytes_as_words(file.size, texts)]
    facts += [each for each in (file.purpose, file.status) if each]
    if file.created:
        facts.append(format_dt(file.created, "d"))
    return " · ".join(facts)


def _shown(file: StoredFile, texts: Texts) -> discord.Embed:
    embed = discord.Embed(title=file.filename[:256])
    for name, value in (
        ("id", code(file.id)),
        (texts("Size"), bytes_as_words(file.size, texts)),
        (texts("Purpose"), file.purpose),
        (texts("Status"), file.status),
        (texts("Created"), file.created and format_dt(file.created, "f")),
        (texts("Expires"), file.expires and format_dt(file.expires, "f")),
    ):
        if value:
            embed.add_field(name=name, value=value)
    return embed


async def setup(bot: Bot) -> None:
    await bot.add_cog(Files(bot), **home_of(bot))
