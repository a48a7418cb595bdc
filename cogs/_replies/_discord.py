"""What discord.py and Discord themselves refuse."""

import discord
from discord import app_commands

from bot.texts import N_, Texts
from cogs._replies._sentences import Sentences
from cogs._replies._values import code

_PLAIN: dict[type[Exception], str] = {
    app_commands.CommandNotFound: N_("This has expired. Please use the command again."),
    app_commands.CommandSignatureMismatch: N_(
        "This command has changed. Please restart Discord and use it again."
    ),
    app_commands.NoPrivateMessage: N_("This works in servers only."),
}

SENTENCES = Sentences(_PLAIN)


@SENTENCES.says(app_commands.TransformerError)
def _transformer(error: app_commands.TransformerError, texts: Texts) -> str:
    transformer = error.transformer
    low, high = transformer.min_value, transformer.max_value
    return texts(
        "The option {option} can't be {value}. Allowed: {allowed}.",
        option=code(error.type.name),
        value=code(str(error.value)),
        allowed=code(error.type.name if low is None and high is None else f"{low}..{high}"),
    )


@SENTENCES.says(app_commands.CommandOnCooldown)
def _cooldown(error: app_commands.CommandOnCooldown, texts: Texts) -> str:
    return texts.plural(
        "One moment: you can use this again in one second.",
        "One moment: you can use this again in {n} seconds.",
        max(1, round(error.retry_after)),
    )


@SENTENCES.says(app_commands.MissingPermissions)
def _missing(error: app_commands.MissingPermissions, texts: Texts) -> str:
    return texts(
        "You need the permission {names} for this.", names=_permissions(error.missing_permissions)
    )


@SENTENCES.says(app_commands.BotMissingPermissions)
def _bot_missing(error: app_commands.BotMissingPermissions, texts: Texts) -> str:
    return texts(
        "The bot needs the permission {names} for this.",
        names=_permissions(error.missing_permissions),
    )


@SENTENCES.says(discord.Forbidden)
def _forbidden(_: discord.Forbidden, texts: Texts) -> str:
    return texts("Discord does not let the bot do this here: it lacks a permission.")


def _permissions(missing: list[str]) -> str:
    return ", ".join(code(name.replace("_", " ").title()) for name in missing)
