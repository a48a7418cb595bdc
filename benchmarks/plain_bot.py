"""A plain bot in the style of the field, to measure against: small, usual, and not careless.

The SDK's typed stream, history in a dictionary, one edit a second, awaited where the words arrive,
and no thought of rate limits but discord.py's own. By /chat it edits the interaction's answer, by
mention a message.
"""

import os
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from openai import AsyncOpenAI
from typing_extensions import override
from yarl import URL

from bot import wire

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam

_EDIT_EVERY_S = 1.0
_REMEMBERED = 20
_LIMIT = 2000
Show = Callable[[str], Awaitable[object]]


class PlainBot(discord.Client):
    def __init__(self) -> None:
        intents = discord.Intents.default()
        intents.message_content = True
        super().__init__(intents=intents, allowed_mentions=discord.AllowedMentions.none())
        self.tree = app_commands.CommandTree(self)
        self.openai = AsyncOpenAI()
        self.histories: dict[int, list[ChatCompletionMessageParam]] = defaultdict(list)

    @override
    async def setup_hook(self) -> None:
        wire.meet_at((await self.http.get_bot_gateway())[1])
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        if message.author.bot or self.user not in message.mentions:
            return
        async with message.channel.typing():
            reply: discord.Message | None = None

            async def show(text: str) -> None:
                nonlocal reply
                if reply is None:
                    reply = await message.reply(text)
                else:
                    await reply.edit(content=text)

            await self.answer(message.channel.id, message.content, show)

    async def answer(self, channel: int, question: str, show: Show) -> None:
        history = self.histories[channel]
        history.append({"role": "user", "content": question})
        stream = await self.openai.chat.completions.create(
            model=os.environ["CHAT_MODEL"], messages=history[-_REMEMBERED:], stream=True
        )
        text, shown, shown_at = "", "", 0.0
        async for chunk in stream:
            text += chunk.choices[0].delta.content or "" if chunk.choices else ""
            if text.strip() and time.monotonic() - shown_at >= _EDIT_EVERY_S:
                shown, shown_at = text, time.monotonic()
                await show(text[:_LIMIT])
        if text != shown:
            await show(text[:_LIMIT])
        history.append({"role": "assistant", "content": text})


def main() -> None:
    wire.talk_to(URL(os.environ["DISCORD_API_URL"]))
    bot = PlainBot()

    @bot.tree.command()
    @app_commands.describe(message="What to ask")
    async def chat(interaction: discord.Interaction, message: str) -> None:
        """Ask the model."""
        await interaction.response.defer(thinking=True)

        async def show(text: str) -> None:
            await interaction.edit_original_response(content=text)

        await bot.answer(interaction.channel_id or 0, message, show)

    bot.run(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    main()
