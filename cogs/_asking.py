"""From a question to the answer that grows in Discord."""

from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.domain.conversations import Question
from bot.domain.preferences import CHAT_MODEL, MODERATION, SYSTEM_PROMPT, TEMPERATURE, Resolved
from cogs._acknowledgement import entry_of
from cogs._places import bot_of, whereabouts

if TYPE_CHECKING:
    from bot.client import Bot


def by_settings(question: Question, settings: Resolved) -> Question:
    """Fill in what the person left out: by their preferences, else by what is set there."""
    asked = question.answering
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
