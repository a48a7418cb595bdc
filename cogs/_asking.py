"""From a question to the answer that grows in Discord."""

from typing import TYPE_CHECKING

import discord

from bot.domain.conversations import Question
from cogs._acknowledgement import entry_of
from cogs._places import bot_of

if TYPE_CHECKING:
    from bot.client import Bot


async def ask(interaction: discord.Interaction, question: Question) -> None:
    """Have the question accepted while its acknowledgement travels, then show the answer."""
    bot = bot_of(interaction)
    with bot.answers.expecting(question.source):
        live = await bot.services.conversations.ask(question)
        entry = entry_of(interaction)
        if live is None or entry is None:
            return  # a replay: whoever took it first shows the answer
        entry.ours = True
        await entry.settled()
        bot.answers.follow(live)


async def ask_by_message(bot: "Bot", question: Question) -> None:
    """The same for a message: the answer is a reply to it."""
    with bot.answers.expecting(question.source):
        live = await bot.services.conversations.ask(question)
        if live is not None:
            bot.answers.follow(live)
