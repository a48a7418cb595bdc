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
from bot.services.api_calls import Viewer
from bot.texts import Texts, texts_for
from cogs._api_calls import as_curl, as_python, call_message, fenced
from cogs._buttons import buttons
from cogs._entry import FIRST, First, acknowledged, answer, pressed
from cogs._gates import OPEN, Gate
from cogs._logged import answered_by
from cogs._places import bot_of, channel_of
from cogs._splitting import LIMIT

if TYPE_CHECKING:
    import re

    from bot.client import Bot
    from bot.services.api_calls import ShownCall

_MOST = 2**63  # a larger number is no key of ours
TURN, LOGGED, CURL, PYTHON = "call", "logged", "curl", "python"


class CallButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"(?P<what>call|logged|curl|python):(?P<key>\d{1,19})(?::(?P<number>\d{1,4}))?",
):
    """`call` shows a turn's call; `logged` one of the log, `curl` and `python` copy it.

    With a number it stands under a call that is shown already, whose place the next one takes: of
    `call` that is the number within its turn.
    """

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
        pages = self._what in (TURN, LOGGED) and self._number is not None
        first = First.UPDATE if pages else First.PRIVATE
        work = self._show if self._what in (TURN, LOGGED) else self._copy
        # Whether they may see a call does not depend on what a server has switched off since.
        gate = OPEN if self._what == TURN else Gate(free=True)
        await pressed(interaction, lambda: work(interaction), first=first, gate=gate)

    async def _show(self, interaction: discord.Interaction) -> None:
        if self._key >= _MOST:
            raise TurnNotFoundError if self._what == TURN else CallNotKeptError
        await acknowledged(interaction)
        calls, viewer = bot_of(interaction).services.api_calls, _viewer(interaction)
        message = interaction.message if self._number is None else None
        if self._what == TURN:
            under = None if message is None else MessageId(message.id)
            shown = await calls.show(TurnId(self._key), self._number, viewer, message=under)
        else:
            asked = None if message is None else answered_by(message)
            shown = await calls.one(LoggedId(self._key), viewer, under=asked)
        await _answer(interaction, shown)

    async def _copy(self, interaction: discord.Interaction) -> None:
        if self._key >= _MOST:
            raise CallNotKeptError
        await acknowledged(interaction)
        calls = bot_of(interaction).services.api_calls
        shown = await calls.one(LoggedId(self._key), _viewer(interaction))
        curl = self._what == CURL
        made = (as_curl if curl else as_python)(shown.exchange, calls.base_url)
        block = fenced(made, "sh" if curl else "py")
        if len(block) <= LIMIT:
            await answer(interaction, block)
            return
        name = "call.sh" if curl else "call.py"
        file = discord.File(io.BytesIO(made.encode("utf-8", "replace")), filename=name)
        await answer(interaction, attachments=[file])


def _viewer(interaction: discord.Interaction) -> Viewer:
    user = UserId(interaction.user.id)
    operator = user in bot_of(interaction).services.policy.operators
    return Viewer(user=user, operator=operator, channel=channel_of(interaction))


async def _answer(interaction: discord.Interaction, shown: ShownCall) -> None:
    texts = texts_for(str(interaction.locale))
    content, files = call_message(shown, texts)
    await answer(interaction, content, attachments=files, view=_below(shown, texts))


def _below(shown: ShownCall, texts: Texts) -> discord.ui.View | None:
    copies = [
        _button(texts("Copy as curl"), f"{CURL}:{shown.id}"),
        _button(texts("Copy as Python"), f"{PYTHON}:{shown.id}"),
    ]
    if shown.of == 1:
        return buttons(*copies)
    pages = [
        # Where there is no neighbour, its own key: no two buttons may be alike.
        _button(label, f"{LOGGED}:{other or shown.id}:{number}", disabled=other is None)
        for number, (label, other) in enumerate((("◀", shown.before), ("▶", shown.after)))
    ]
    return buttons(*copies, *pages)


def _button(
    label: str, custom_id: str, *, disabled: bool = False
) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(label=label, custom_id=custom_id, disabled=disabled)


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
        calls, viewer = self._bot.services.api_calls, _viewer(interaction)
        turn = await calls.of_message(MessageId(message.id))
        if turn is not None:
            await _answer(interaction, await calls.show(turn, None, viewer))
        elif asked := answered_by(message):
            await _answer(interaction, await calls.of_answer(asked, viewer))
        else:
            raise TurnNotFoundError


async def setup(bot: Bot) -> None:
    await bot.add_cog(ApiCalls(bot))
