"""Sound in Discord: where it is in a message, what is asked about it, and what to suggest."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.domain.calls import Json, Operation
from bot.domain.conversations import Answering, Question, once_place
from bot.domain.errors import OptionError
from bot.domain.ids import ChannelId, GuildId, SourceId
from bot.services.models import Models
from cogs._attachments import Attachments, called_sound, name_of
from cogs._places import author_of
from cogs._suggestions import MANY, MAX_CHOICES, cut, key_of

LISTENING = ("transcri", "whisper", "stt", "voxtral", "parakeet", "canary")
SPEAKING = ("tts", "speech", "kokoro", "piper", "orpheus")
"""Words in the names of models that do this; others can be named all the same."""

# OpenAI's, as its reference lists them; other servers have others, so any name is taken.
VOICES = (
    *("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable"),
    *("marin", "nova", "onyx", "sage", "shimmer", "verse"),
)
DEFAULT_VOICE = "alloy"

LONGEST_AUTOMATIC_S = 1800
"""Of voice messages that are written down unasked; Discord's own end after 20 minutes."""

# ISO 639-1, those that OpenAI's speech models were measured in.
LANGUAGES = {
    "af": "Afrikaans", "ar": "Arabic", "hy": "Armenian", "az": "Azerbaijani", "be": "Belarusian",
    "bs": "Bosnian", "bg": "Bulgarian", "ca": "Catalan", "zh": "Chinese", "hr": "Croatian",
    "cs": "Czech", "da": "Danish", "nl": "Dutch", "en": "English", "et": "Estonian",
    "fi": "Finnish", "fr": "French", "gl": "Galician", "de": "German", "el": "Greek",
    "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "is": "Icelandic", "id": "Indonesian",
    "it": "Italian", "ja": "Japanese", "kn": "Kannada", "kk": "Kazakh", "ko": "Korean",
    "lv": "Latvian", "lt": "Lithuanian", "mk": "Macedonian", "ms": "Malay", "mr": "Marathi",
    "mi": "Maori", "ne": "Nepali", "no": "Norwegian", "fa": "Persian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sr": "Serbian", "sk": "Slovak",
    "sl": "Slovenian", "es": "Spanish", "sw": "Swahili", "sv": "Swedish", "tl": "Tagalog",
    "ta": "Tamil", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu",
    "vi": "Vietnamese", "cy": "Welsh",
}  # fmt: skip
_CODE = 2, 3  # letters; some servers know languages that have no code of two


def language_of(typed: str | None) -> str | None:
    """A code, from a code or an English name.

    Raises:
        OptionError: neither.
    """
    if typed is None:
        return None
    wanted = typed.strip().casefold()
    by_name = {name.casefold(): code for code, name in LANGUAGES.items()}
    code = by_name.get(wanted, wanted)
    if len(code) not in _CODE or not (code.isascii() and code.isalpha()):
        raise OptionError("language", typed, "ISO 639-1: de, en, fr, ja, zh ...")
    return code


def language_choices(typed: str) -> list[app_commands.Choice[Any]]:
    wanted = typed.casefold()
    named = [(code, f"{name} ({code})") for code, name in LANGUAGES.items()]
    found = [(code, label) for code, label in named if wanted in label.casefold()]
    found.sort(key=lambda each: each[0] != wanted)
    return [app_commands.Choice(name=label, value=code) for code, label in found[:MAX_CHOICES]]


def voice_choices(typed: str) -> list[app_commands.Choice[Any]]:
    found = [voice for voice in VOICES if typed.casefold() in voice]
    return [app_commands.Choice(name=voice, value=voice) for voice in found]


def sound_model_choices(
    models: Models, typed: str, words: Sequence[str]
) -> list[app_commands.Choice[Any]]:
    """Those that sound like it first."""
    known = list(models.suggest(typed, MANY))
    known.sort(key=lambda model: not any(word in model.casefold() for word in words))
    return [
        app_commands.Choice(name=cut(model), value=key_of(model)) for model in known[:MAX_CHOICES]
    ]


def is_voice(message: discord.Message) -> bool:
    """A person's voice message: by Discord's flag, and by what is attached."""
    person = not message.author.bot and not message.webhook_id
    return person and message.flags.voice and any(map(called_sound, message.attachments))


def sounds_in(message: discord.Message) -> list[discord.Attachment]:
    """Its recordings, and those of a message that was forwarded in it."""
    attached = [*message.attachments]
    for snapshot in message.message_snapshots:
        attached.extend(snapshot.attachments)
    return [each for each in attached if called_sound(each)]


def seconds_of(message: discord.Message) -> float:
    """How long its recordings are, as their author's app says, and at most what is written down."""
    told = sum(each.duration or 0 for each in message.attachments if called_sound(each))
    return min(told, LONGEST_AUTOMATIC_S)


def words_in(message: discord.Message) -> str:
    """Its text, and that of a message that was forwarded in it."""
    words = [message.clean_content, *(each.content for each in message.message_snapshots)]
    return "\n".join(word for word in words if word.strip())


def voice_question(message: discord.Message, attachments: Attachments, *, locale: str) -> Question:
    """That a voice message be written down, which its author pays for."""
    sounds = [each for each in message.attachments if called_sound(each)]
    details: dict[str, Json] = {"max_seconds": LONGEST_AUTOMATIC_S}
    source = SourceId(message.id)
    return Question(
        source=source,
        kind="voice",
        place=once_place(source, reachable=True),
        guild=GuildId(message.guild.id) if message.guild else None,
        channel=ChannelId(message.channel.id),
        author=author_of(message.author),
        text="",
        locale=locale,
        answering=Answering(operation=Operation.TRANSCRIPTION, details=details),
        attachments=tuple(map(name_of, sounds)),
        inputs=attachments.sounds(sounds),
    )
