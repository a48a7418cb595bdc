"""Seeing the API at work: the exchange behind an answer, by its button or its message's menu."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Self

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from bot.domain.calls import LoggedId
from bot.domain.errors import CallNotKeptError, TurnNotFoundError
from bot.domain.ids import MessageId, TurnId, UserId
from bot.texts import texts_for
from cogs._api_calls import as_curl, as_python, call_message, fenced
from cogs._entry import FIRST, First, acknowledged, answer, pressed
from cogs._places import bot_of, channel_of
from cogs._splitting import LIMIT

if TYPE_CHECKING:
    import re

    from bot.client import Bot
    from bot.services.api_calls import ShownCall

_MOST = 2**63  # a larger number is no key of ours


class CallButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"(?P<what>call|curl|python):(?P<key>\d{1,19})(?::(?P<number>\d{1,4}))?",
):
    """`call` shows a turn's call, `curl` and `python` copy one out of the log."""

    def __init__(self, custom_id: str, match: re.Match[str]) -> None:
        super().__init__(discord.ui.Button(label="…", custom_id=custom_id))
        self._what, self._key = match["what"], int(match["key"])
        self._number = None if match["number"] is None else int(match["number"])

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match.string, match)

    @override
    async def callback(self, interaction: discord.Interaction) -> None:
        pages = self._what == "call" and self._number is not None  # on our own private message
        first = First.UPDATE if pages else First.PRIVATE
        work = self._show if self._what == "call" else self._copy
        await pressed(interaction, lambda: work(interaction), first=first)

    async def _show(self, interaction: discord.Interaction) -> None:
        if self._key >= _MOST:
            raise TurnNotFoundError
        under_answer = self._number is None and interaction.message is not None
        await _answer(
            interaction,
            TurnId(self._key),
            self._number,
            MessageId(interaction.message.id) if under_answer and interaction.message else None,
        )

    async def _copy(self, interaction: discord.Interaction) -> None:
        if self._key >= _MOST:
            raise CallNotKeptError
        await acknowledged(interaction)
        calls = bot_of(interaction).services.api_calls
        user, operator = _by(interaction)
        shown = await calls.one(
            LoggedId(self._key), user, operator=operator, channel=channel_of(interaction)
        )
        curl = self._what == "curl"
        made = (as_curl if curl else as_python)(shown.exchange, calls.base_url)
        block = fenced(made, "sh" if curl else "py")
        if len(block) <= LIMIT:
            await answer(interaction, block)
            return
        name = "call.sh" if curl else "call.py"
        file = discord.File(io.BytesIO(made.encode("utf-8", "replace")), filename=name)
        await answer(interaction, attachments=[file])


def _by(interaction: discord.Interaction) -> tuple[UserId, bool]:
    user = UserId(interaction.user.id)
    return user, user in bot_of(interaction).services.policy.operators


async def _answer(
    interaction: discord.Interaction, turn: TurnId, number: int | None, message: MessageId | None
) -> None:
    await acknowledged(interaction)
    user, operator = _by(interaction)
    shown = await bot_of(interaction).services.api_calls.show(
        turn,
        number,
        user,
        operator=operator,
        channel=channel_of(interaction),
        message=message,
    )
    texts = texts_for(str(interaction.locale))
    content, files = call_message(shown, texts)
    await answer(interaction, content, attachments=files, view=_buttons(shown, texts))


def _buttons(shown: ShownCall, texts: Any) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for label, custom_id in (
        (texts("Copy as curl"), f"curl:{shown.id}"),
        (texts("Copy as Python"), f"python:{shown.id}"),
    ):
        view.add_item(discord.ui.Button(label=label, custom_id=custom_id))
    if shown.of > 1:
        for label, number in (("◀", shown.number - 1), ("▶", shown.number + 1)):
            view.add_item(
                discord.ui.Button(
                    label=label,
                    custom_id=f"call:{shown.turn}:{number}",
                    disabled=not 1 <= number <= shown.of,
                )
            )
    return view


class ApiCalls(commands.Cog):
    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        bot.add_dynamic_items(CallButton)
        self._menu = app_commands.ContextMenu(
            name="Show API call", callback=self.show_api_call, extras={FIRST: First.PRIVATE}
        )
        bot.tree.add_command(self._menu)

    @override
    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    async def show_api_call(
        self, interaction: discord.Interaction, message: discord.Message
    ) -> None:
        await acknowledged(interaction)
        turn = await self._bot.services.api_calls.of_message(MessageId(message.id))
        await _answer(interaction, turn, None, None)


async def setup(bot: Bot) -> None:
    await bot.add_cog(ApiCalls(bot))
