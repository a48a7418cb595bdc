"""The buttons under an answer. All they know is in their custom_id, so they outlive a restart."""

import re
from abc import abstractmethod
from typing import Any, ClassVar, Self

import discord
from typing_extensions import override

from bot.domain.errors import TurnNotFoundError
from bot.domain.ids import TurnId
from bot.domain.preferences import FEATURES_OF, MODERATION, Feature
from bot.services.policy import check_server
from cogs._acknowledgement import entry_of
from cogs._entry import First, pressed
from cogs._gates import Gate
from cogs._places import bot_of, presser_of, whereabouts

COOLDOWN_S = 0.7
_REMEMBERED = 1000
_MOST = 2**63  # a larger number is no key of ours


class Cooldown:
    """Presses of one person that follow each other too fast are acknowledged, and nothing more.

    Answering them would use up Discord's limits for everybody (discord-api-docs#7243).
    """

    def __init__(self) -> None:
        self._last: dict[int, float] = {}

    def passes(self, user: int, now: float) -> bool:
        if now - self._last.get(user, -COOLDOWN_S) < COOLDOWN_S:
            return False
        self._last.pop(user, None)
        self._last[user] = now  # at the end: the oldest are first, and leave first
        while len(self._last) > _REMEMBERED:
            del self._last[next(iter(self._last))]
        return True


async def _nothing() -> None:
    """A second press in a row: Discord has its acknowledgement, the first press does the work."""


async def _take(interaction: discord.Interaction) -> None:
    """The press is ours: what it caused is shown even if its acknowledgement came too late."""
    entry = entry_of(interaction)
    if entry is not None:
        entry.ours = True
        await entry.settled()


def _moderation(interaction: discord.Interaction) -> str:
    """What is judged there now, whatever was when the question was asked."""
    settings = bot_of(interaction).services.preferences.resolve(whereabouts(interaction))
    return settings[MODERATION] or "off"


async def _show_on(interaction: discord.Interaction, turn: TurnId) -> None:
    """Go on showing the answer by the token of this press."""
    bot = bot_of(interaction)
    with bot.answers.expecting(turn):
        await bot.services.conversations.renew_token(turn, presser_of(interaction))
        await _take(interaction)
        await bot.answers.resume(turn)


class AnswerButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"^$"):
    """A button with a turn's key.

    asks_again  a press uses the turn's feature anew
    feature     what it uses instead, where that is known without a look at the turn
    """

    asks_again: ClassVar[bool] = False
    feature: ClassVar[Feature | None] = None

    @property
    def first(self) -> First:
        return First.UPDATE

    @property
    def private(self) -> bool:
        """Whether what a new message says is for the presser alone."""
        return False

    def __init__(self, custom_id: str, match: re.Match[str]) -> None:
        super().__init__(discord.ui.Button(label="…", custom_id=custom_id))
        self._numbers = [int(number) for number in match.groups()]

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match.string, match)

    @property
    def turn(self) -> TurnId:
        if any(number >= _MOST for number in self._numbers):
            raise TurnNotFoundError
        return TurnId(self._numbers[0])

    @override
    async def callback(self, interaction: discord.Interaction) -> None:
        bot = bot_of(interaction)
        now = bot.services.clock.monotonic()
        calm = bot.answers.cooldown.passes(interaction.user.id, now)
        await pressed(
            interaction,
            lambda: self._press(interaction) if calm else _nothing(),
            first=self.first if calm else First.UPDATE,
            private=self.private,
            gate=Gate(feature=self.feature),
        )

    async def _press(self, interaction: discord.Interaction) -> None:
        if self.asks_again:
            services = bot_of(interaction).services
            where = whereabouts(interaction)
            feature = FEATURES_OF.get(await services.conversations.operation(self.turn))
            check_server(where, services.preferences.resolve(where), feature)
        await self.press(interaction)

    @abstractmethod
    async def press(self, interaction: discord.Interaction) -> None:
        """What it does; whatever it raises is answered by the shared error sink."""


class StopButton(AnswerButton, template=r"stop:(\d{1,19})"):
    @override
    async def press(self, interaction: discord.Interaction) -> None:
        bot = bot_of(interaction)
        if not await bot.services.conversations.stop(self.turn, presser_of(interaction)):
            await _show_on(interaction, self.turn)


class RetryButton(AnswerButton, template=r"retry:(\d{1,19})"):
    asks_again = True

    @override
    async def press(self, interaction: discord.Interaction) -> None:
        bot = bot_of(interaction)
        with bot.answers.expecting(self.turn):
            live = await bot.services.conversations.retry(
                self.turn, presser_of(interaction), moderation=_moderation(interaction)
            )
            if live is not None:
                await _take(interaction)
                bot.answers.follow(live)


class ContinueButton(AnswerButton, template=r"continue:(\d{1,19}):(\d{1,9}):(\d{1,9})"):
    asks_again = True

    @override
    async def press(self, interaction: discord.Interaction) -> None:
        bot = bot_of(interaction)
        with bot.answers.expecting(self.turn):
            attempt, choice = self._numbers[1:]
            live = await bot.services.conversations.go_on(
                self.turn,
                attempt,
                choice,
                presser_of(interaction),
                moderation=_moderation(interaction),
            )
            if live is not None:
                await _take(interaction)
                bot.answers.follow(live)


class PageButton(AnswerButton, template=r"page:(\d{1,19}):(\d{1,9}):(\d{1,9})"):
    @override
    async def press(self, interaction: discord.Interaction) -> None:
        bot = bot_of(interaction)
        turn, (attempt, choice) = self.turn, self._numbers[1:]
        # A private answer can be changed by an interaction's token alone, and its own has ended.
        with bot.answers.expecting(turn):
            await bot.services.conversations.renew_token(turn, presser_of(interaction))
            view = await bot.services.conversations.choose(
                turn, attempt, choice, presser_of(interaction)
            )
            await _take(interaction)
            bot.answers.show_soon(view)


class RestButton(AnswerButton, template=r"rest:(\d{1,19})"):
    @override
    async def press(self, interaction: discord.Interaction) -> None:
        await _show_on(interaction, self.turn)


ANSWER_BUTTONS = (StopButton, RetryButton, ContinueButton, PageButton, RestButton)
