"""Autocomplete that always answers, and values that always fit."""

import hashlib
import logging
from collections.abc import Callable, Coroutine, Iterable
from functools import wraps
from typing import Any, TypeVar

import discord
from discord import app_commands

from bot.services.files import Files
from bot.services.fine_tunes import FineTunes
from bot.services.models import CHAT_USE, Models

log = logging.getLogger(__name__)

MAX_CHOICES = 25  # Discord's limits
MAX_CHARACTERS = 100
MOST_JOBS = 100
MANY = 100_000  # more models than any server lists

Cog = TypeVar("Cog")
Suggestions = Coroutine[Any, Any, list[app_commands.Choice[Any]]]
Suggester = Callable[[Cog, discord.Interaction, str], Suggestions]


def suggesting(suggest: Suggester[Cog]) -> Suggester[Cog]:
    """Make an autocomplete that fails answer an empty list: typing goes on, only without help."""

    @wraps(suggest)
    async def suggest_or_nothing(
        self: Cog, interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        try:
            return await suggest(self, interaction, current)
        except Exception:
            log.exception("No suggestions, interaction %s", interaction.id)
            return []

    return suggest_or_nothing


def cut(text: str, limit: int = MAX_CHARACTERS) -> str:
    """`text` on one line, at most `limit` characters long."""
    line = " ".join(text.split()) or "…"
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def model_choices(
    models: Models, typed: str, use: str = CHAT_USE
) -> list[app_commands.Choice[str]]:
    """`use`  what for: the name of a key of /settings"""
    return [
        app_commands.Choice(name=cut(model), value=key_of(model))
        for model in models.suggest(typed, MAX_CHOICES, use=use)
    ]


def file_choices(
    files: Files, typed: str, purpose: str | None = None
) -> list[app_commands.Choice[str]]:
    return [
        app_commands.Choice(name=cut(f"{each.filename} ({each.id})"), value=each.id)
        for each in files.suggest(typed, MAX_CHOICES, purpose=purpose)
        if len(each.id) <= MAX_CHARACTERS  # no server has longer ids
    ]


def job_choices(tunes: FineTunes, typed: str) -> list[app_commands.Choice[str]]:
    return [
        app_commands.Choice(name=cut(f"{job.id} ({job.model}, {job.status})"), value=job.id)
        for job in tunes.suggest(typed, MAX_CHOICES)
    ]


def tuned_choices(tunes: FineTunes, typed: str) -> list[app_commands.Choice[str]]:
    """Models that came of trainings."""
    wanted = typed.casefold()
    tuned = [job.fine_tuned_model for job in tunes.suggest("", MOST_JOBS)]
    names = [
        name
        for name in dict.fromkeys(tuned)
        if name and wanted in name.casefold() and len(name) <= MAX_CHARACTERS
    ]
    return [app_commands.Choice(name=name, value=name) for name in names[:MAX_CHOICES]]


def key_of(model: str, limit: int = MAX_CHARACTERS) -> str:
    """The model itself, or a short key for one of more characters than `limit`."""
    return model if len(model) <= limit else _key(model)


def model_of(models: Models, value: str | None) -> str | None:
    """The model that a choice stands for; what was typed by hand is taken as it is."""
    if value is None or not value.startswith("~"):
        return value
    known: Iterable[str] = models.suggest("", MANY)
    return next((model for model in known if _key(model) == value), value)


def _key(model: str) -> str:
    return f"~{hashlib.sha256(model.encode()).hexdigest()[:32]}"
