"""The buttons under a transcript: put it into English, or have it answered. Who presses pays."""

import discord
from typing_extensions import override

from bot.domain.calls import Operation
from bot.domain.conversations import Answering, Input
from bot.domain.preferences import Feature
from cogs._asking import ask, asked
from cogs._entry import First, pressed
from cogs._gates import Gate
from cogs._places import (
    bot_of,
    place_of,
    presser_of,
)
from cogs._views import AnswerButton

TRANSLATE = (
    "Translate what the user said into English. Answer with the translation alone. If it is"
    " English already, repeat it."
)


def translation_of() -> Answering:
    """Of words, by chat; what was said before has no part in it."""
    return Answering(system=TRANSLATE, fresh=True)


class _NewTurn(AnswerButton, template=r"^$"):
    """What it begins is an answer of its own, as private as what it stands under."""

    @override
    async def callback(self, interaction: discord.Interaction) -> None:
        await pressed(
            interaction,
            lambda: self.press(interaction),
            first=First.OPTION,
            private=_is_private(interaction),
            gate=Gate(feature=self.feature),
        )


class TranslateButton(_NewTurn, template=r"translate:(\d{1,19})"):
    """Sound by translation, as long as it is kept; else its text by chat."""

    feature = Feature.AUDIO

    @override
    async def press(self, interaction: discord.Interaction) -> None:
        conversations = bot_of(interaction).services.conversations
        found = await conversations.transcript(self.turn, presser_of(interaction))
        recordings = found.recordings

        async def kept() -> tuple[Input, ...]:
            return recordings

        by_ear = Answering(operation=Operation.TRANSLATION)
        question = asked(
            interaction,
            "translate",
            "" if recordings else found.text,
            by_ear if recordings else translation_of(),
            private=_is_private(interaction),
            attachments=tuple(each.name for each in recordings),
            inputs=kept if recordings else None,
        )
        await ask(interaction, question)


class ReplyButton(_NewTurn, template=r"reply:(\d{1,19})"):
    """The words become a question in this channel's conversation."""

    feature = Feature.CHAT

    @override
    async def press(self, interaction: discord.Interaction) -> None:
        conversations = bot_of(interaction).services.conversations
        found = await conversations.transcript(self.turn, presser_of(interaction))
        private = _is_private(interaction)
        place = place_of(interaction, private=private)
        question = asked(interaction, "voice_answer", found.text, place=place, private=private)
        await ask(interaction, question)


def _is_private(interaction: discord.Interaction) -> bool:
    return interaction.message is not None and interaction.message.flags.ephemeral


TRANSCRIPT_BUTTONS = (TranslateButton, ReplyButton)
