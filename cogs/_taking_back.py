"""Removing an answer that was taken back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord

from bot.domain.conversations import Post
from bot.texts import Texts

if TYPE_CHECKING:
    from bot.client import Bot


async def take_back(bot: "Bot", posts: Sequence[Post], texts: Texts) -> int:
    """Delete an answer's messages, or say in them that they were taken back.

    Returns how many stay as they were: those that only an interaction's token could touch.
    """
    left = 0
    for post in posts:
        channel = bot.get_partial_messageable(post.channel)
        message = channel.get_partial_message(post.message)
        try:
            await message.delete()
        except discord.NotFound as error:
            left += error.code != UNKNOWN_MESSAGE
        except discord.HTTPException:
            left += not await _marked(message, texts)
    return left


UNKNOWN_MESSAGE = 10008  # deleted already, or ephemeral


async def _marked(message: discord.PartialMessage, texts: Texts) -> bool:
    said = f"-# {texts('This answer was taken back.')}"
    try:
        await message.edit(content=said, embeds=[], attachments=[], view=None)
    except discord.HTTPException:
        return False
    return True
