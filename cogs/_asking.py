"""From a question to the answer that grows in Discord."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.domain.calls import Operation
from bot.domain.conversations import Answering, Inputs, Question, once_place
from bot.domain.ids import PlaceKey, SourceId
from bot.domain.preferences import (
    ANSWER_MESSAGES,
    CHAT_MODEL,
    IDLE_DAYS,
    IMAGE_MODEL,
    MODERATION,
    SPEECH_MODEL,
    SYSTEM_PROMPT,
    TEMPERATURE,
    TRANSCRIPTION_MODEL,
    Key,
    Resolved,
)
from cogs._acknowledgement import entry_of
from cogs._places import (
    author_of,
    bot_of,
    channel_of,
    guild_of,
    is_member,
    token_of,
    whereabouts,
)

if TYPE_CHECKING:
    from bot.client import Bot


USUAL = Answering()

_MODELS: Mapping[Operation, Key[str | None]] = {
    Operation.CHAT: CHAT_MODEL,
    Operation.IMAGE_GENERATION: IMAGE_MODEL,
    Operation.IMAGE_EDIT: IMAGE_MODEL,
    Operation.IMAGE_VARIATION: IMAGE_MODEL,
    Operation.TRANSCRIPTION: TRANSCRIPTION_MODEL,
    Operation.SPEECH: SPEECH_MODEL,
}
"""Where an operation's model can be set, beside the process's own settings."""


def by_settings(question: Question, settings: Resolved) -> Question:
    """Fill in what the person left out: by their preferences, else by what is set there.

    Everything is judged as chat is.
    """
    asked = question.answering
    key = _MODELS.get(asked.operation)
    answering = replace(
        asked,
        model=asked.model or (settings[key] if key else None),
        details={**_behind(asked, settings), **asked.details},
        moderation=settings[MODERATION] or "off",
        most_messages=_unusual(settings),
    )
    if asked.operation is Operation.CHAT:
        parameters = asked.parameters
        if parameters.temperature is None:
            parameters = replace(parameters, temperature=settings[TEMPERATURE])
        answering = replace(answering, parameters=parameters, usual_system=settings[SYSTEM_PROMPT])
    idle_days = settings[IDLE_DAYS] or question.idle_days
    return replace(question, answering=answering, idle_days=idle_days)


def _unusual(settings: Resolved) -> int | None:
    most = settings[ANSWER_MESSAGES]
    return None if most == ANSWER_MESSAGES.default else most


def _behind(asked: Answering, settings: Resolved) -> Mapping[str, str]:
    """The models that are set and stand behind the one that was asked for."""
    behind: dict[str, str | None] = {}
    if asked.has_stand_in:
        behind["chat_model"] = settings[CHAT_MODEL]
    if asked.operation in (Operation.CHAT, Operation.TRANSLATION):
        behind["transcription_model"] = settings[TRANSCRIPTION_MODEL]
    return {name: model for name, model in behind.items() if model}


def asked(
    interaction: discord.Interaction,
    kind: str,
    text: str,
    answering: Answering = USUAL,
    *,
    place: PlaceKey | None = None,
    private: bool = False,
    more: tuple[str, ...] = (),
    attachments: tuple[str, ...] = (),
    inputs: Inputs | None = None,
) -> Question:
    """A question of whoever uses this; the rest is as Question has it.

    place  None: a place of its own, since it is part of no conversation
    """
    source = SourceId(interaction.id)
    return Question(
        source=source,
        kind=kind,
        place=place or once_place(source, reachable=is_member(interaction)),
        guild=guild_of(interaction),
        channel=channel_of(interaction),
        author=author_of(interaction.user),
        text=text,
        more=more,
        locale=str(interaction.locale),
        private=private,
        answering=answering,
        attachments=attachments,
        inputs=inputs,
        token=token_of(interaction),
    )


async def ask(interaction: discord.Interaction, question: Question) -> None:
    """Have the question accepted while its acknowledgement travels, then show the answer."""
    bot = bot_of(interaction)
    question = by_settings(question, bot.services.preferences.resolve(whereabouts(interaction)))
    with bot.answers.expecting(question.source):
        live = await bot.services.conversations.ask(question)
        entry = entry_of(interaction)
        if live is None or entry is None:
            return  # a replay: whoever took it first shows the answer
        entry.ours = True
        await entry.settled()
        bot.answers.follow_new(live, question.token)


async def ask_by_message(bot: "Bot", question: Question) -> None:
    """The same for a message: the answer is a reply to it."""
    with bot.answers.expecting(question.source):
        live = await bot.services.conversations.ask(question)
        if live is not None:
            bot.answers.follow_new(live, None)
