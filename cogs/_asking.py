"""From a question to the answer that grows in Discord."""

from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.domain.calls import Operation
from bot.domain.conversations import Answering, Question
from bot.domain.preferences import CHAT_MODEL, MODERATION, SYSTEM_PROMPT, TEMPERATURE, Resolved
from cogs._acknowledgement import entry_of
from cogs._places import bot_of, whereabouts

if TYPE_CHECKING:
    from bot.client import Bot


def by_settings(question: Question, settings: Resolved) -> Question:
    """Fill in what the person left out: by their preferences, else by what is set there."""
    asked = question.answering
    if asked.operation is not Operation.CHAT:
        return replace(question, answering=_not_of_chat(asked, settings))
    parameters = asked.parameters
    if parameters.temperature is None:
        parameters = replace(parameters, temperature=settings[TEMPERATURE])
    answering = replace(
        asked,
        model=asked.model or settings[CHAT_MODEL],
        parameters=parameters,
        usual_system=settings[SYSTEM_PROMPT],
        moderation=settings[MODERATION] or "off",
    )
    return replace(question, answering=answering)


def _not_of_chat(asked: Answering, settings: Resolved) -> Answering:
    """Judged as chat is; where the endpoint is not there, the chat model that is set stands in."""
    asked = replace(asked, moderation=settings[MODERATION] or "off")
    stand_in = settings[CHAT_MODEL]
    if stand_in is None or not asked.has_stand_in:
        return asked
    return replace(asked, details={**asked.details, "chat_model": stand_in})


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
