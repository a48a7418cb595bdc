"""`/chat`: ask in this channel's conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.domain.chat import ChatParameters
from bot.domain.conversations import Answering
from cogs import _declared, _options
from cogs._asking import ask, asked
from cogs._attachments import name_of
from cogs._context import with_links
from cogs._question_threads import place_of_question
from cogs._suggestions import model_choices, model_of, suggesting

if TYPE_CHECKING:
    from bot.client import Bot


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
        temperature=_declared.TEMPERATURE,
        top_p=_declared.TOP_P,
        max_tokens="The longest answer, in tokens",
        n="How many answers, to page through",
        stop=_declared.STOP,
        presence_penalty=_declared.PRESENCE_PENALTY,
        frequency_penalty=_declared.FREQUENCY_PENALTY,
        logprobs=_declared.LOGPROBS,
        logit_bias=_declared.LOGIT_BIAS,
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
        message: _declared.Text,
        attachment: discord.Attachment | None = None,
        attachment2: discord.Attachment | None = None,
        attachment3: discord.Attachment | None = None,
        model: _declared.ModelName | None = None,
        temperature: _declared.Temperature | None = None,
        top_p: _declared.Share | None = None,
        max_tokens: Range[int, 1, _declared.MAX_TOKENS] | None = None,
        n: Range[int, 1, 5] | None = None,
        stop: _declared.Stop | None = None,
        presence_penalty: _declared.Penalty | None = None,
        frequency_penalty: _declared.Penalty | None = None,
        logprobs: Range[int, 0, 20] | None = None,
        logit_bias: _declared.Biases | None = None,
        seed: int | None = None,
        reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
        | None = None,
        verbosity: Literal["low", "medium", "high"] | None = None,
        response_format: Literal["text", "json_object"] | None = None,
        system: _declared.Text | None = None,
        fresh: bool = False,  # noqa: FBT001, FBT002  Discord's options
        stream: bool = True,  # noqa: FBT001, FBT002  Discord names it
        private: bool = False,  # noqa: FBT001, FBT002  Discord names it
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
        question = asked(
            interaction,
            "chat",
            message,
            Answering(
                model=model_of(self._bot.services.models, model),
                parameters=parameters,
                system=system,
                fresh=fresh,
                stream=stream,
            ),
            place=place_of_question(interaction, private=private),
            private=private,
            attachments=tuple(name_of(each) for each in attached),
            inputs=self._bot.attachments.inputs(attached),
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
