"""Talking to the bot without a command.

By mention, reply or direct message; in threads that it opened, and where auto_reply is on.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from discord.ext import commands

from bot.domain.calls import Caller
from bot.domain.errors import BudgetExceededError, NotAllowedError, RefusedError, ShuttingDownError
from bot.domain.ids import SourceId
from bot.domain.preferences import AUTO_REPLY, AUTO_TRANSCRIBE, SCOPE, Feature
from bot.services.policy import check_server
from bot.texts import texts_for
from cogs._asking import ask_by_message, by_settings
from cogs._context import with_context
from cogs._entry import listening
from cogs._listening import (
    Heard,
    heard,
    in_thread,
    may_send,
    question_of,
    server_locale,
    whereabouts_of,
)
from cogs._sink import reply
from cogs._sounds import is_voice, seconds_of, voice_question
from cogs._threads import opened_for

if TYPE_CHECKING:
    import discord

    from bot.client import Bot

log = logging.getLogger(__name__)


class Messages(commands.Cog):
    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._mute: set[int] = set()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        me = self._bot.user
        if me is None:
            return
        settings = self._bot.services.preferences.resolve(whereabouts_of(message))
        if found := heard(message, me, auto_reply=settings[AUTO_REPLY]):
            guild = server_locale(message.guild)
            locale = self._bot.locales.of(message.author.id, settings, guild)
            await listening(message, lambda: self._answer(found, me, locale), texts_for(locale))
        elif settings[AUTO_TRANSCRIBE] and is_voice(message):
            locale = self._bot.locales.of(message.author.id, settings, server_locale(message.guild))
            await listening(message, lambda: self._write_down(message, locale), texts_for(locale))

    @commands.Cog.listener()
    async def on_raw_message_delete(self, deleted: discord.RawMessageDeleteEvent) -> None:
        await self._forget({deleted.message_id})

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, deleted: discord.RawBulkMessageDeleteEvent) -> None:
        await self._forget(deleted.message_ids)

    async def _answer(self, found: Heard, me: discord.ClientUser, locale: str) -> None:
        where = whereabouts_of(found.message)
        settings = self._bot.services.preferences.resolve(where)
        try:
            self._bot.services.policy.check(where)
            check_server(where, settings, Feature.CHAT)
        except NotAllowedError:
            if found.pinged and may_send(found.message):
                raise
            return
        if not may_send(found.message):
            self._note_mute(found.message.channel.id)
            return
        if self._bot.closing:
            raise ShuttingDownError
        question = question_of(
            found, me, settings, locale=locale, attachments=self._bot.attachments
        )
        if question is not None:
            if settings[SCOPE] == "thread" and await opened_for(
                found.message, question.text or ", ".join(question.attachments)
            ):
                question = in_thread(question, found.message)
            question = with_context(self._bot, question, found.message)
            await ask_by_message(self._bot, by_settings(question, settings))
        elif found.pinged:
            texts = texts_for(locale)
            await reply(found.message, texts("Yes? Write your question after the mention."))

    async def _write_down(self, message: discord.Message, locale: str) -> None:
        """A voice message that is no question; nobody asked, so nobody is told why not.

        But that a budget is used up is said, once to each person in its period.
        """
        where = whereabouts_of(message)
        settings = self._bot.services.preferences.resolve(where)
        try:
            self._bot.services.policy.check(where)
            check_server(where, settings, Feature.AUDIO)
            if not may_send(message) or self._bot.closing:
                return
            question = voice_question(message, self._bot.attachments, locale=locale)
            question = by_settings(question, settings)
            caller = Caller(user=where.user, guild=where.guild, channel=question.channel)
            model, seconds = question.answering.model, seconds_of(message)
            if await self._bot.services.unasked_sound.affordable(caller, seconds, model):
                await ask_by_message(self._bot, question)
        except BudgetExceededError:
            raise
        except RefusedError as error:
            log.info("Voice message %d is not written down: %s", message.id, type(error).__name__)

    def _note_mute(self, channel: int) -> None:
        """Nobody can be told there, so the log is: once, or a busy channel would fill it."""
        if channel not in self._mute:
            self._mute.add(channel)
            log.info("Channel %d: asked where the bot may not send messages", channel)

    async def _forget(self, messages: set[int]) -> None:
        """Deleted questions leave the history, and their answers Discord.

        Most deleted messages were none, and cost a look.
        """
        for message in messages:
            turn = await self._bot.services.conversations.question_deleted(SourceId(message))
            if turn is not None:
                await self._bot.answers.take_back(turn)


async def setup(bot: Bot) -> None:
    await bot.add_cog(Messages(bot))
