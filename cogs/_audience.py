"""For whom a family of commands is: Discord is told, and we check it ourselves at each use.

What Discord was told is a convenience: a server's admins may change it, and a press or a form may
come long after somebody has lost a permission.
"""

from typing import TypeVar

import discord
from discord import app_commands
from discord.ext import commands

Family = TypeVar("Family", bound=type[commands.GroupCog])


def for_admins(family: Family) -> Family:
    """In servers that the bot has joined, shown to those who have Manage Server."""
    return _in_servers(app_commands.default_permissions(manage_guild=True)(family))


def for_operators(family: Family) -> Family:
    """In servers that the bot has joined, hidden from all but administrators."""
    return _in_servers(app_commands.default_permissions()(family))


def is_admin(interaction: discord.Interaction) -> bool:
    allowed = interaction.permissions
    return interaction.guild_id is not None and (allowed.manage_guild or allowed.administrator)


def check_admin(interaction: discord.Interaction) -> None:
    """Raise MissingPermissions for those who lack Manage Server."""
    if not is_admin(interaction):
        raise app_commands.MissingPermissions(["manage_guild"])


def _in_servers(family: Family) -> Family:
    installed = app_commands.allowed_installs(guilds=True, users=False)(family)
    return app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)(installed)
