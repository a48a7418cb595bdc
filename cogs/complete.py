"""`/complete`: a text goes in, and the model writes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.domain.calls import Operation
from bot.domain.completions import CompletionParameters
from bot.domain.conversations import Answering
from bot.domain.errors import OptionError
from bot.services.models import COMPLETION_USE
from cogs import _declared, _options
from cogs._asking import ask, asked
from cogs._attachments import name_of
from cogs._suggestions import model_choices, model_of, suggesting

if TYPE_CHECKING:
    from bot.client import Bot

ONE_OF = "prompt, prompt2, prompt3 | file"


class Complete(commands.Cog):
    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command()
    @app_commands.describe(
        prompt="The text to go on from",
        prompt2="A second text, continued in the same call",
        prompt3="A third text",
        file="A text file to go on from, instead of prompts",
        model="The model that writes",
        suffix=r"What comes after the new text; \n is a new line",
        max_tokens="The longest new text, in tokens; the API's own default is 16",
        temperature=_declared.TEMPERATURE,
        top_p=_declared.TOP_P,
        n="How many texts for each prompt, to page through",
        stream="Show the text as it grows; on by default",
        logprobs=_declared.LOGPROBS,
        echo="Repeat the prompt in front of the new text",
        stop=_declared.STOP,
        presence_penalty=_declared.PRESENCE_PENALTY,
        frequency_penalty=_declared.FREQUENCY_PENALTY,
        best_of="Write so many and keep the likeliest; at least n, and it comes in one piece",
        logit_bias=_declared.LOGIT_BIAS,
        private=_declared.PRIVATE,
    )
    async def complete(  # noqa: PLR0917  discord.py passes by name
        self,
        interaction: discord.Interaction,
        prompt: _declared.Text | None = None,
        prompt2: _declared.Text | None = None,
        prompt3: _declared.Text | None = None,
        file: discord.Attachment | None = None,
        model: _declared.ModelName | None = None,
        suffix: _declared.Text | None = None,
        max_tokens: Range[int, 0, _declared.MAX_TOKENS] | None = None,
        temperature: _declared.Temperature | None = None,
        top_p: _declared.Share | None = None,
        n: Range[int, 1, 20] | None = None,
        stream: bool = True,  # noqa: FBT001, FBT002  Discord's options
        logprobs: Range[int, 0, 5] | None = None,
        echo: bool | None = None,  # noqa: FBT001  Discord names it
        stop: _declared.Stop | None = None,
        presence_penalty: _declared.Penalty | None = None,
        frequency_penalty: _declared.Penalty | None = None,
        best_of: Range[int, 1, 20] | None = None,
        logit_bias: _declared.Biases | None = None,
        private: bool = False,  # noqa: FBT001, FBT002  Discord names it
    ) -> None:
        """Let the model write on from a text; nothing is remembered."""
        prompts = tuple(each for each in (prompt, prompt2, prompt3) if each)
        if bool(prompts) == (file is not None):
            raise OptionError("file" if file else "prompt", name_of(file) if file else "…", ONE_OF)
        if best_of is not None and best_of < (n or 1):
            raise OptionError("best_of", str(best_of), f"{n}..20")
        parameters = CompletionParameters(
            suffix=_options.unescaped(suffix),
            max_tokens=max_tokens,
            temperature=temperature,
            top_p=top_p,
            n=n,
            logprobs=logprobs,
            echo=echo,
            stop=_options.stops(stop),
            presence_penalty=presence_penalty,
            frequency_penalty=frequency_penalty,
            best_of=best_of,
            logit_bias=_options.logit_bias(logit_bias),
        )
        choices = (n or 1) * max(len(prompts), 1)
        question = asked(
            interaction,
            "complete",
            prompts[0] if prompts else "",
            Answering(
                operation=Operation.COMPLETION,
                model=model_of(self._bot.services.models, model),
                details={**parameters.details(), "choices": choices},
                stream=stream and (best_of or 1) == 1,
            ),
            private=private,
            more=prompts[1:],
            attachments=(name_of(file),) if file else (),
            inputs=self._bot.attachments.text_inputs(file) if file else None,
        )
        await ask(interaction, question)

    @complete.autocomplete("model")
    @suggesting
    async def suggest_model(
        self, _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        return model_choices(self._bot.services.models, current, COMPLETION_USE)


async def setup(bot: Bot) -> None:
    await bot.add_cog(Complete(bot))
