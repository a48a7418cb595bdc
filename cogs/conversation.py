"""`/conversation`: what was said here, and what of it is sent along."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.domain.errors import ConversationNotFoundError, FileError, FileFault
from bot.domain.ids import ConversationId, SourceId
from bot.texts import N_, texts_for
from cogs._buttons import Action, ActionButton, buttons
from cogs._entry import FIRST, First, acknowledged, answer
from cogs._histories import history_embed, list_embed, said
from cogs._places import bot_of, place_in, place_of, presser_of
from cogs._suggestions import MAX_CHOICES, cut, suggesting
from cogs._system_prompt import OWN_KEY, SystemPrompt
from cogs._threads import open_in, parent_of

if TYPE_CHECKING:
    from bot.client import Bot

PER_PAGE = 5  # exchanges
LISTED = 10  # conversations
SEARCHED = 200  # conversations that autocomplete looks through
PRIVATE = {FIRST: First.PRIVATE}
OWN = N_("Your own private conversation here instead")


class Conversation(commands.GroupCog, group_name="conversation"):
    """The conversation of this channel"""

    def __init__(self, bot: Bot) -> None:
        self._conversations = bot.services.conversations
        self._system = SystemPrompt(bot)
        bot.actions["history"] = Action(self._show)
        bot.actions["conversations"] = Action(self._list)

    @app_commands.command(extras=PRIVATE)
    @app_commands.describe(private=OWN)
    async def show(
        self,
        interaction: discord.Interaction,
        private: bool = False,  # noqa: FBT001, FBT002  an option
    ) -> None:
        """See what was said, the newest first."""
        await self._show(interaction, page_key(0, private=private))

    @app_commands.command(extras=PRIVATE)
    @app_commands.describe(private=OWN)
    async def new(
        self,
        interaction: discord.Interaction,
        private: bool = False,  # noqa: FBT001, FBT002  an option
    ) -> None:
        """Start afresh; the earlier conversation is kept."""
        await acknowledged(interaction)
        begun = await self._conversations.begin(
            place_of(interaction, private=private), presser_of(interaction)
        )
        if begun is None:
            return
        texts = texts_for(str(interaction.locale))
        await answer(
            interaction,
            texts("A new conversation begins. `/conversation resume` brings the earlier one back."),
        )

    @app_commands.command(extras=PRIVATE)
    @app_commands.describe(private=OWN)
    async def undo(
        self,
        interaction: discord.Interaction,
        private: bool = False,  # noqa: FBT001, FBT002  an option
    ) -> None:
        """Take back the last question and its answer."""
        await acknowledged(interaction)
        place = place_of(interaction, private=private)
        texts = texts_for(str(interaction.locale))
        page = await self._conversations.history(place, before=None, limit=1)
        turn = await self._conversations.undo(place, presser_of(interaction))
        if turn is None:
            return
        words = next((said(each.question) for each in page.exchanges if each.turn == turn.id), "…")
        left = await bot_of(interaction).answers.take_back(turn)
        lines = [texts("Taken back: {question}", question=words)]
        if left:
            lines.append(
                texts.plural(
                    "One message of the answer could not be deleted.",
                    "{n} messages of the answer could not be deleted.",
                    left,
                )
            )
        await answer(interaction, "\n".join(lines))

    @app_commands.command(extras=PRIVATE)
    @app_commands.describe(
        format="md to read, json to keep, jsonl for fine-tuning; md by default", private=OWN
    )
    async def export(
        self,
        interaction: discord.Interaction,
        format: Literal["md", "json", "jsonl"] = "md",  # noqa: A002  the option's name
        private: bool = False,  # noqa: FBT001, FBT002  an option
    ) -> None:
        """Download the conversation."""
        await acknowledged(interaction)
        exported = await self._conversations.export(place_of(interaction, private=private), format)
        if len(exported.data) > interaction.filesize_limit:
            raise FileError(exported.name, FileFault.TOO_LARGE, interaction.filesize_limit)
        file = discord.File(io.BytesIO(exported.data), filename=exported.name)
        await answer(interaction, attachments=[file])

    @app_commands.command(name="list", extras=PRIVATE)
    @app_commands.describe(private=OWN)
    async def list_(
        self,
        interaction: discord.Interaction,
        private: bool = False,  # noqa: FBT001, FBT002  an option
    ) -> None:
        """The conversations of this channel."""
        await self._list(interaction, page_key(0, private=private))

    @app_commands.command(extras=PRIVATE)
    @app_commands.describe(conversation="The one to go back to", private=OWN)
    async def resume(
        self,
        interaction: discord.Interaction,
        conversation: Range[str, 1, 100],
        private: bool = False,  # noqa: FBT001, FBT002  an option
    ) -> None:
        """Go back to an earlier conversation of this channel."""
        await acknowledged(interaction)
        if not (conversation.isascii() and conversation.isdigit() and len(conversation) < 19):  # noqa: PLR2004  63 bits
            raise ConversationNotFoundError
        chosen = ConversationId(int(conversation))
        place = place_of(interaction, private=private)
        await self._conversations.resume(place, chosen, presser_of(interaction))
        texts = texts_for(str(interaction.locale))
        await answer(interaction, texts("That conversation goes on from here."))

    @resume.autocomplete("conversation")
    @suggesting
    async def suggest_conversation(
        self, interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        private = bool(getattr(interaction.namespace, "private", False))
        place = place_of(interaction, private=private)
        found = await self._conversations.listed(place, limit=SEARCHED, offset=0)
        wanted = current.casefold()
        return [
            app_commands.Choice(name=cut(each.title), value=str(each.id))
            for each in found
            if not each.current and wanted in each.title.casefold()
        ][:MAX_CHOICES]

    @app_commands.command(extras=PRIVATE)
    @app_commands.describe(
        prompt="How the model should behave in this conversation",
        file="The same as a text file, for long ones",
        clear="Remove it",
        private=OWN,
    )
    async def system(
        self,
        interaction: discord.Interaction,
        prompt: Range[str, 1, 6000] | None = None,
        file: discord.Attachment | None = None,
        clear: bool = False,  # noqa: FBT001, FBT002  an option
        private: bool = False,  # noqa: FBT001, FBT002  an option
    ) -> None:
        """See or change the system prompt."""
        await self._system.command(interaction, prompt, file, clear=clear, private=private)

    @app_commands.command()
    @app_commands.describe(title="Its name")
    async def thread(
        self, interaction: discord.Interaction, title: Range[str, 1, 100] | None = None
    ) -> None:
        """Go on in a new thread, with all that was said here so far."""
        texts = texts_for(str(interaction.locale))
        channel = parent_of(interaction)
        await acknowledged(interaction)
        if await self._conversations.already_handled(SourceId(interaction.id), "thread"):
            return
        name = title or texts("Conversation with {name}", name=interaction.user.display_name)
        thread = await open_in(channel, name, interaction.user)
        await self._conversations.fork(place_of(interaction), place_in(interaction, thread))
        await answer(
            interaction,
            texts(
                "The conversation goes on in {thread}, with all that was said here. Everything"
                " written there is a question: no mention is needed.",
                thread=thread.mention,
            ),
        )

    async def _show(self, interaction: discord.Interaction, key: str) -> None:
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        before, private = page_of(key)
        page = await self._conversations.history(
            place_of(interaction, private=private), before=before or None, limit=PER_PAGE
        )
        older = (
            None
            if page.before is None
            else ActionButton.of("history", page_key(page.before, private=private), texts("Older"))
        )
        newest = (
            ActionButton.of("history", page_key(0, private=private), texts("Newest"))
            if before
            else None
        )
        await answer(interaction, embed=history_embed(page, texts), view=buttons(older, newest))

    async def _list(self, interaction: discord.Interaction, key: str) -> None:
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        offset, private = page_of(key)
        found = await self._conversations.listed(
            place_of(interaction, private=private), limit=LISTED + 1, offset=offset
        )
        back = page_key(max(0, offset - LISTED), private=private)
        more = page_key(offset + LISTED, private=private)
        view = buttons(
            ActionButton.of("conversations", back, texts("Back")) if offset else None,
            ActionButton.of("conversations", more, texts("Next")) if len(found) > LISTED else None,
        )
        await answer(interaction, embed=list_embed(found[:LISTED], texts), view=view)


def page_key(number: int, *, private: bool) -> str:
    return f"{number}:{OWN_KEY}" if private else str(number)


def page_of(key: str) -> tuple[int, bool]:
    """Number of the page, 0 for the first, and whether it is of one's private conversation."""
    number, _, whose = key.partition(":")
    return int(number or 0), whose == OWN_KEY


async def setup(bot: Bot) -> None:
    await bot.add_cog(Conversation(bot))
