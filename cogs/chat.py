"""`/chat`: ask in this channel's conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.domain.chat import ChatParameters
from bot.domain.conversations import Answering, Question
from bot.domain.ids import SourceId
from cogs import _options
from cogs._asking import ask
from cogs._attachments import name_of
from cogs._context import with_links
from cogs._places import author_of, channel_of, guild_of, place_of, token_of
from cogs._suggestions import model_choices, model_of, suggesting

if TYPE_CHECKING:
    from bot.client import Bot

MAX_TOKENS = 10_000_000  # more than any model; Discord wants some end


class Chat(commands.Cog):
    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command()
    @app_commands.describe(
        message="What you want to say",
        attachment="A picture, a PDF, sound or a text file",
        attachment2="Another picture, PDF, sound or text file",
        attachment3="A third picture, PDF, sound or text file",
        model="The model that answers",
        temperature="0 is focused, 2 is wild",
        top_p="Consider only the likeliest words that make up this share, 0 to 1",
        max_tokens="The longest answer, in tokens",
        n="How many answers, to page through",
        stop='Stop at these texts: a | b, or a JSON array such as ["a", "b"]',
        presence_penalty="Above 0: more new topics; -2 to 2",
        frequency_penalty="Above 0: fewer repetitions; -2 to 2",
        logprobs="Show how likely each token was, with this many alternatives",
        logit_bias='Make tokens likelier, by id: {"1234": -100 to 100}',
        seed="The same number makes the same answer likelier",
        reasoning_effort="How hard the model thinks before it answers",
        verbosity="How much the model says",
        response_format="Plain text, or JSON",
        system="How the model should behave, for this answer",
        fresh="Without what was said before",
        stream="Show the answer as it grows; on by default",
        private="Only you see question and answer, in a conversation of your own",
    )
    async def chat(  # noqa: PLR0917  discord.py passes by name
        self,
        interaction: discord.Interaction,
        message: Range[str, 1, 6000],
        attachment: discord.Attachment | None = None,
        attachment2: discord.Attachment | None = None,
        attachment3: discord.Attachment | None = None,
        model: Range[str, 1, 300] | None = None,
        temperature: Range[float, 0, 2] | None = None,
        top_p: Range[float, 0, 1] | None = None,
        max_tokens: Range[int, 1, MAX_TOKENS] | None = None,
        n: Range[int, 1, 5] | None = None,
        stop: Range[str, 1, 1000] | None = None,
        presence_penalty: Range[float, -2, 2] | None = None,
        frequency_penalty: Range[float, -2, 2] | None = None,
        logprobs: Range[int, 0, 20] | None = None,
        logit_bias: Range[str, 2, 6000] | None = None,
        seed: int | None = None,
        reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
        | None = None,
        verbosity: Literal["low", "medium", "high"] | None = None,
        response_format: Literal["text", "json_object"] | None = None,
        system: Range[str, 1, 6000] | None = None,
        fresh: bool = False,  # noqa: FBT001, FBT002  Discord's options
        stream: bool = True,  # noqa: FBT001, FBT002
        private: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """Ask the model, in this channel's conversation."""
        attached = [each for each in (attachment, attachment2, attachment3) if each]
        parameters = ChatParameters(
            temperature=temperature,
            top_p=top_p,
            max_tokens=max_tokens,
            n=n,
            stop=_options.stops(stop),
            presence_penalty=presence_penalty,
            frequency_penalty=frequency_penalty,
            logprobs=logprobs,
            logit_bias=_options.logit_bias(logit_bias),
            seed=seed,
            reasoning_effort=reasoning_effort,
            verbosity=verbosity,
            response_format=response_format,
        )
        question = Question(
            source=SourceId(interaction.id),
            kind="chat",
            place=place_of(interaction, private=private),
            guild=guild_of(interaction),
            channel=channel_of(interaction),
            author=author_of(interaction.user),
            text=message,
            locale=str(interaction.locale),
            private=private,
            answering=Answering(
                model=model_of(self._bot.services.models, model),
                parameters=parameters,
                system=system,
                fresh=fresh,
                stream=stream,
            ),
            attachments=tuple(name_of(each) for each in attached),
            inputs=self._bot.attachments.inputs(attached),
            token=token_of(interaction),
        )
        await ask(interaction, with_links(self._bot, question, interaction))

    @chat.autocomplete("model")
    @suggesting
    async def suggest_model(
        self, _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        return model_choices(self._bot.services.models, current)


async def setup(bot: Bot) -> None:
    await bot.add_cog(Chat(bot))
