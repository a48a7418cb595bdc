"""What can be set, said to people: a sentence for each key, and whose value it is."""

from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands

from bot.domain.errors import OptionError
from bot.domain.preferences import (
    ALLOWED_CHANNELS,
    ALLOWED_ROLES,
    ANSWER_MESSAGES,
    API_LOG,
    AUTO_REPLY,
    AUTO_TRANSCRIBE,
    BUDGET_SERVER_MONTH,
    BUDGET_USER_DAY,
    CHAT_MODEL,
    FEATURES,
    IDLE_DAYS,
    IMAGE_MODEL,
    LANGUAGE,
    MODERATION,
    PRIVATE,
    RETENTION_DAYS,
    SCOPE,
    SPEECH_MODEL,
    SYSTEM_PROMPT,
    TEMPERATURE,
    TRAINING,
    TRANSCRIPTION_MODEL,
    VOICE,
    Feature,
    Key,
    Layer,
    Resolved,
    Scope,
    layer_of,
)
from bot.services.models import Models
from bot.texts import LANGUAGES, N_, Texts
from cogs._replies import code
from cogs._sounds import LISTENING, SPEAKING, VOICES, sound_model_choices
from cogs._suggestions import MAX_CHOICES, cut, model_choices, model_of

SHOWN = 160  # characters of a value in a list

SOUND_MODELS: Mapping[Key[Any], tuple[str, ...]] = {
    TRANSCRIPTION_MODEL: LISTENING,
    SPEECH_MODEL: SPEAKING,
}
MODEL_KEYS = (CHAT_MODEL, IMAGE_MODEL, *SOUND_MODELS)

MEANINGS: Mapping[Key[Any], str] = {
    CHAT_MODEL: N_("the model that answers"),
    IMAGE_MODEL: N_("the model that draws"),
    TRANSCRIPTION_MODEL: N_("the model that writes down what is said"),
    SPEECH_MODEL: N_("the model that reads texts aloud"),
    SYSTEM_PROMPT: N_("how the model should behave"),
    TEMPERATURE: N_("0 is focused, 2 is wild"),
    LANGUAGE: N_("the language of answers; a server sets that of answers without a command"),
    AUTO_REPLY: N_("answer every message, without being mentioned"),
    AUTO_TRANSCRIBE: N_("write down voice messages that are no question"),
    SCOPE: N_("one conversation for the channel, for each user, or for each thread"),
    IDLE_DAYS: N_("after how many days without a question a conversation begins afresh"),
    ANSWER_MESSAGES: N_("how many messages an answer may fill before it becomes a file"),
    MODERATION: N_("what the moderation model looks at first: nothing, prompts, or answers, too"),
    FEATURES: N_("what may be used"),
    ALLOWED_ROLES: N_("who may use the bot; empty: everybody"),
    ALLOWED_CHANNELS: N_("where the bot may be used; empty: everywhere"),
    RETENTION_DAYS: N_("after how many days questions and answers are deleted"),
    BUDGET_USER_DAY: N_("US dollars each person may cost here in a UTC day"),
    BUDGET_SERVER_MONTH: N_("US dollars this server may cost in a UTC month"),
    API_LOG: N_("keep API calls for 30 days, so that `Show API call` can show them"),
    VOICE: N_("the voice that reads texts aloud"),
    PRIVATE: N_("answer so that only you see it, unless you say otherwise"),
    TRAINING: N_("whether what you write to the bot may be used to train models"),
}


def shown(key: Key[Any], value: object, texts: Texts, models: Models) -> str:
    """A value as people read it. Mentions work in embeds, and ping nobody there."""
    if value is None or value == ():
        usual = models.usual_for(key.name)
        return code(usual) if usual else texts("not set")
    if key in (ALLOWED_ROLES, ALLOWED_CHANNELS):
        return key.kind.write(value)
    if key is LANGUAGE:
        return LANGUAGES[str(value)]
    return code(key.kind.write(value), SHOWN)


def line(name: str, key: Key[Any], resolved: Resolved, texts: Texts, models: Models) -> str:
    """One key: its value, and where that comes from."""
    source = whose(resolved.source(key), texts)
    return f"`{name}` {shown(key, resolved[key], texts, models)} · {source}"


def said_set(name: str, value: str, where: str, texts: Texts) -> str:
    """That it is set: what people call it, `shown`, and `whose`."""
    return texts("{key} is now {value}, for {where}.", key=f"`{name}`", value=value, where=where)


def said_reset(name: str, where: str, texts: Texts, *, removed: bool) -> str:
    """removed  there was something set"""
    said = N_("{key} is reset, for {where}.") if removed else N_("{key} was not set, for {where}.")
    return texts(said, key=f"`{name}`", where=where)


def whose(scope: Scope | None, texts: Texts) -> str:
    if scope is None:
        return texts("default")
    number = scope.rpartition(":")[2]
    match layer_of(scope):
        case Layer.SERVER:
            return texts("this server")
        case Layer.ROLE:
            return f"<@&{number}>"
        case Layer.MINE:
            return texts("you")
        case _:
            return f"<#{number}>"


def key_choices(
    keys: Mapping[str, Key[Any]], typed: str, texts: Texts
) -> list[app_commands.Choice[Any]]:
    wanted = typed.casefold()
    named = [(name, f"{name}: {texts(MEANINGS[key])}") for name, key in keys.items()]
    return [
        app_commands.Choice(name=cut(label), value=name)
        for name, label in named
        if wanted in label.casefold()
    ][:MAX_CHOICES]


def value_choices(
    key: Key[Any] | None, typed: str, guild: discord.Guild | None, models: Models
) -> list[app_commands.Choice[Any]]:
    """What may be typed for this key; nothing where it is free text."""
    if key in (CHAT_MODEL, IMAGE_MODEL):
        return list(model_choices(models, typed, key.name))
    if key is not None and key in SOUND_MODELS:
        return sound_model_choices(models, typed, SOUND_MODELS[key])
    wanted = typed.casefold()
    found: list[tuple[str, str]] = []
    if key is VOICE:
        found = [(voice, voice) for voice in VOICES]
    elif key is LANGUAGE:
        found = [(name, value) for value, name in LANGUAGES.items()]
    elif key is FEATURES:
        lists = ["all", "none", *(f"-{feature}" for feature in Feature), *Feature]
        found = [(text, text) for text in lists]
    elif key is ALLOWED_ROLES and guild is not None:
        found = [(f"@{role.name}", str(role.id)) for role in guild.roles if not role.is_default()]
    elif key is ALLOWED_CHANNELS and guild is not None:
        found = [(f"#{channel.name}", str(channel.id)) for channel in guild.channels]
    elif key is not None:
        found = [(choice, choice) for choice in key.kind.choices]
    return [
        app_commands.Choice(name=cut(name), value=value)
        for name, value in found
        if wanted in name.casefold()
    ][:MAX_CHOICES]


def key_named(name: str, keys: Mapping[str, Key[Any]]) -> Key[Any]:
    """The key of this name.

    Raises:
        OptionError: there is none.
    """
    if name not in keys:
        raise OptionError("key", name, ", ".join(keys))
    return keys[name]


def typed_value(key: Key[Any], typed: str, models: Models) -> str:
    """What a choice stands for: models with long names travel as a short key."""
    return (model_of(models, typed) or typed) if key in MODEL_KEYS else typed
