"""`/audio`, and the message menus about sound: transcribe, translate, speak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands
from typing_extensions import override

from bot.domain.calls import Json, Operation
from bot.domain.conversations import Answering
from bot.domain.errors import NothingHereError, OptionError
from bot.domain.preferences import VOICE, Feature
from cogs import _declared
from cogs._asking import ask, asked
from cogs._attachments import name_of
from cogs._gates import FEATURE
from cogs._places import whereabouts
from cogs._sounds import (
    DEFAULT_VOICE,
    LISTENING,
    SPEAKING,
    language_choices,
    language_of,
    sound_model_choices,
    sounds_in,
    voice_choices,
    words_in,
)
from cogs._suggestions import model_of, suggesting
from cogs._transcripts import TRANSCRIPT_BUTTONS, translation_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.client import Bot

MAX_SPOKEN = 4096  # characters; OpenAI API reference, POST /v1/audio/speech
MAX_PROMPT = 4000
TIMES = "verbose_json"
MENUS = {FEATURE: Feature.AUDIO}


class Audio(commands.GroupCog, group_name="audio"):
    """Speech to text, to English, and text to speech"""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._menus = (
            app_commands.ContextMenu(
                name="Transcribe", callback=self._transcribe_message, extras=dict(MENUS)
            ),
            app_commands.ContextMenu(
                name="Translate to English", callback=self._translate_message, extras=dict(MENUS)
            ),
        )

    @override
    async def cog_load(self) -> None:
        for menu in self._menus:
            self._bot.tree.add_command(menu)

    @override
    async def cog_unload(self) -> None:
        for menu in self._menus:
            self._bot.tree.remove_command(menu.name, type=menu.type)

    @app_commands.command()
    @app_commands.describe(
        file="A recording: MP3, M4A, MP4, OGG, WAV, WebM, FLAC and others",
        language="The language that is spoken, such as en; helps a little",
        prompt="Names and words that occur, or how to write; in the language that is spoken",
        format="Plain text, or with times and speakers as far as the model knows them",
        timestamps="Times for each sentence or for each word",
        temperature="0 is focused, 1 is wild",
        logprobs="Show how sure the model was of each token, where it knows",
        model="The model that listens",
        private="Only you see the answer",
    )
    async def transcribe(  # noqa: PLR0917  discord.py passes by name
        self,
        interaction: discord.Interaction,
        file: discord.Attachment,
        language: Range[str, 1, 40] | None = None,
        prompt: Range[str, 1, MAX_PROMPT] | None = None,
        format: Literal["text", "json", "verbose_json", "srt", "vtt", "diarized_json"]  # noqa: A002  the option's name
        | None = None,
        timestamps: Literal["segment", "word"] | None = None,
        temperature: Range[float, 0, 1] | None = None,
        logprobs: bool = False,  # noqa: FBT001, FBT002  an option
        model: _declared.ModelName | None = None,
        private: bool = False,  # noqa: FBT001, FBT002  an option
    ) -> None:
        """Write down what is said in a recording."""
        if timestamps and format not in (None, TIMES):
            raise OptionError("timestamps", timestamps, f"format {TIMES}")
        details: dict[str, Json] = {
            "language": language_of(language),
            "prompt": prompt,
            "format": TIMES if timestamps else format,
            "timestamps": [timestamps] if timestamps else None,
            "temperature": temperature,
            "logprobs": logprobs or None,
        }
        await self._hear(
            interaction,
            [file],
            Operation.TRANSCRIPTION,
            details,
            model=model_of(self._bot.services.models, model),
            private=private,
        )

    @app_commands.command()
    @app_commands.describe(
        file="A recording in any language",
        prompt="Names and words that occur, in English",
        format="Plain text, or with times",
        temperature="0 is focused, 1 is wild",
        model="The model that translates",
        private="Only you see the answer",
    )
    async def translate(  # noqa: PLR0917  discord.py passes by name
        self,
        interaction: discord.Interaction,
        file: discord.Attachment,
        prompt: Range[str, 1, MAX_PROMPT] | None = None,
        format: Literal["text", "json", "verbose_json", "srt", "vtt"] | None = None,  # noqa: A002  the API's word
        temperature: Range[float, 0, 1] | None = None,
        model: _declared.ModelName | None = None,
        private: bool = False,  # noqa: FBT001, FBT002  an option
    ) -> None:
        """Put what is said in a recording into English."""
        details: dict[str, Json] = {"prompt": prompt, "format": format, "temperature": temperature}
        await self._hear(
            interaction,
            [file],
            Operation.TRANSLATION,
            details,
            model=model_of(self._bot.services.models, model),
            private=private,
        )

    @app_commands.command()
    @app_commands.describe(
        text="What is to be said",
        voice="Whose voice",
        instructions="How to say it, where the model can",
        model="The model that speaks",
        format="The kind of file; mp3 by default",
        speed="0.25 is slow, 4 is fast",
        private="Only you see the answer",
    )
    async def speak(  # noqa: PLR0917  discord.py passes by name
        self,
        interaction: discord.Interaction,
        text: Range[str, 1, MAX_SPOKEN],
        voice: Range[str, 1, 100] | None = None,
        instructions: Range[str, 1, MAX_SPOKEN] | None = None,
        model: _declared.ModelName | None = None,
        format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] | None = None,  # noqa: A002  the API's word
        speed: Range[float, 0.25, 4.0] | None = None,
        private: bool = False,  # noqa: FBT001, FBT002  an option
    ) -> None:
        """Have a text read aloud."""
        settings = self._bot.services.preferences.resolve(whereabouts(interaction))
        details: dict[str, Json] = {
            "voice": voice or settings[VOICE] or DEFAULT_VOICE,
            "instructions": instructions,
            "format": format,
            "speed": speed,
            "file_limit": interaction.filesize_limit,
        }
        answering = Answering(
            operation=Operation.SPEECH,
            model=model_of(self._bot.services.models, model),
            details=_set_only(details),
        )
        await ask(interaction, asked(interaction, "speak", text, answering, private=private))

    @transcribe.autocomplete("language")
    @suggesting
    async def suggest_language(
        self, _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        return language_choices(current)

    @transcribe.autocomplete("model")
    @translate.autocomplete("model")
    @suggesting
    async def suggest_listening(
        self, _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        return sound_model_choices(self._bot.services.models, current, LISTENING)

    @speak.autocomplete("model")
    @suggesting
    async def suggest_speaking(
        self, _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        return sound_model_choices(self._bot.services.models, current, SPEAKING)

    @speak.autocomplete("voice")
    @suggesting
    async def suggest_voice(
        self, _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        return voice_choices(current)

    async def _transcribe_message(
        self, interaction: discord.Interaction, message: discord.Message
    ) -> None:
        sounds = sounds_in(message)
        if not sounds:
            raise NothingHereError
        await self._hear(interaction, sounds, Operation.TRANSCRIPTION, {})

    async def _translate_message(
        self, interaction: discord.Interaction, message: discord.Message
    ) -> None:
        """Sound by translation, text by chat."""
        if sounds := sounds_in(message):
            await self._hear(interaction, sounds, Operation.TRANSLATION, {})
            return
        text = words_in(message)
        if not text:
            raise NothingHereError
        await ask(interaction, asked(interaction, "translate", text, translation_of()))

    async def _hear(
        self,
        interaction: discord.Interaction,
        files: Sequence[discord.Attachment],
        operation: Operation,
        details: dict[str, Json],
        *,
        model: str | None = None,
        private: bool = False,
    ) -> None:
        answering = Answering(operation=operation, model=model, details=_set_only(details))
        question = asked(
            interaction,
            operation.value,
            "",
            answering,
            private=private,
            attachments=tuple(map(name_of, files)),
            inputs=self._bot.attachments.sounds(files),
        )
        await ask(interaction, question)


def _set_only(details: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in details.items() if value is not None}


async def setup(bot: Bot) -> None:
    bot.add_dynamic_items(*TRANSCRIPT_BUTTONS)
    await bot.add_cog(Audio(bot))
