"""Where each question has a thread of its own, one asked by a command gets it under its answer.

A mention is there before it is answered, so its thread is opened first (see _threads.py). Of a
command there is nothing to open a thread from but the answer. So the question is held in a place of
its own, and once it is answered the thread goes on from there.
"""

import logging
from typing import TYPE_CHECKING

import discord

from bot.domain.calls import Operation
from bot.domain.chat import TextPart
from bot.domain.conversations import Turn, TurnView, channel_place, once_place
from bot.domain.errors import BotError
from bot.domain.ids import ChannelId, PlaceKey, SourceId
from bot.domain.preferences import SCOPE
from cogs._places import bot_of, is_member, place_of, whereabouts
from cogs._threads import Parent, titled

if TYPE_CHECKING:
    from bot.client import Bot

log = logging.getLogger(__name__)


def place_of_question(interaction: discord.Interaction, *, private: bool = False) -> PlaceKey:
    """Where it is asked: in the conversation here, or to open one, where a thread may be opened."""
    settings = bot_of(interaction).services.preferences.resolve(whereabouts(interaction))
    may = interaction.app_permissions.create_public_threads
    if (
        private
        or settings[SCOPE] != "thread"
        or not (may and is_member(interaction) and isinstance(interaction.channel, Parent))
    ):
        return place_of(interaction, private=private)
    return once_place(SourceId(interaction.id), reachable=True)


async def open_thread(bot: "Bot", view: TurnView) -> None:
    """Open the thread of a question that `place_of_question` held apart, once it is answered.

    Never raises: the answer is there. One that is opened already, by whomever, stays as it is.
    """
    turn, conversations = view.turn, bot.services.conversations
    if not view.state.live or not _held_apart(turn):
        return
    try:
        posts = await conversations.posts(turn.id)
        page = await conversations.history(turn.place, before=None, limit=1)
        texts = [
            each.text
            for one in page.exchanges
            for each in one.question.parts
            if isinstance(each, TextPart)
        ]
        if not (posts and texts) or not await _opened(
            bot, posts[0].channel, posts[0].message, texts[0]
        ):
            return
        await conversations.fork(turn.place, channel_place(ChannelId(posts[0].message)))
    except BotError as error:
        log.warning("Turn %d has no thread: %s", turn.id, type(error).__name__)


def _held_apart(turn: Turn) -> bool:
    chat = turn.answering.operation is Operation.CHAT
    return chat and turn.place == once_place(turn.source, reachable=True)


async def _opened(bot: "Bot", channel: ChannelId, message: int, title: str) -> bool:
    """False where there is one, or where none may be."""
    parent = bot.get_channel(channel)
    if not isinstance(parent, Parent):
        return False
    try:
        await parent.get_partial_message(message).create_thread(name=titled(title))
    except discord.HTTPException as error:
        log.info("No thread under an answer: code %d", error.code)
        return False
    return True
