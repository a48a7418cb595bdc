"""Commands as Discord has them registered: told apart from ours, and replaced when they differ."""

import logging
from collections.abc import Mapping
from typing import Any, cast

import aiohttp
import discord
from discord import app_commands
from discord.http import Route

log = logging.getLogger(__name__)

# What Discord fills in, or leaves out, when nothing was said.
DEFAULTS: Mapping[str, Any] = {
    "type": 1,
    "description": "",
    "options": [],
    "name_localizations": {},
    "description_localizations": {},
    "default_member_permissions": None,
    "nsfw": False,
    "required": False,
    "autocomplete": False,
    "choices": [],
    "channel_types": [],
}
COMPARED = frozenset(
    {
        *DEFAULTS,
        "name",
        "value",
        "contexts",
        "integration_types",
        "min_value",
        "max_value",
        "min_length",
        "max_length",
    }
)
GLOBAL_ONLY = ("contexts", "integration_types")
UNORDERED = frozenset({"contexts", "integration_types", "channel_types"})


async def payload(
    tree: app_commands.CommandTree[Any], guild: int | None = None
) -> list[dict[str, Any]]:
    """The global commands, or those of one server, as they are sent to Discord, translated."""
    translator = tree.translator
    found = [
        await command.get_translated_payload(tree, translator)
        if translator
        else command.to_dict(tree)
        for command in tree.get_commands(guild=discord.Object(guild) if guild else None)
    ]
    if guild is not None:
        for each in found:  # where a server's own commands may be used is no question
            for only_global in GLOBAL_ONLY:
                each.pop(only_global, None)
    return found


async def registered(client: discord.Client, guild: int | None = None) -> list[dict[str, Any]]:
    """The global commands, or those of one server, as Discord has them, with translations."""
    where: dict[str, Any] = {"application_id": client.application_id}
    if guild is None:
        route = Route("GET", "/applications/{application_id}/commands", **where)
    else:
        path = "/applications/{application_id}/guilds/{guild_id}/commands"
        route = Route("GET", path, **where, guild_id=guild)
    # HTTPClient.get_global_commands leaves the translations out, so all would always differ
    found = await client.http.request(route, params={"with_localizations": "true"})
    return cast("list[dict[str, Any]]", found)


async def register(
    tree: app_commands.CommandTree[Any], operator_guild: int | None = None
) -> bool | None:
    """Replace what is registered if it differs: True then, False if it did not, None if it failed.

    A failure is logged and leaves Discord as it was: old commands are better than none.
    """
    done = await _register(tree, None)
    if operator_guild is None or done is None:
        return done
    also = await _register(tree, operator_guild)
    return None if also is None else done or also


async def _register(tree: app_commands.CommandTree[Any], guild: int | None) -> bool | None:
    client = tree.client
    try:
        ours, theirs = await payload(tree, guild), await registered(client, guild)
        if differences(ours, theirs) == []:
            return False
        await replace(client, ours, guild)
    except (discord.HTTPException, aiohttp.ClientError) as error:
        log.error("Commands were not registered, the old ones stay: %s", error)  # noqa: TRY400  one line says it
        return None
    log.info("Registered %d commands%s", len(ours), f" in {guild}" if guild else "")
    return True


async def replace(
    client: discord.Client, commands: list[dict[str, Any]], guild: int | None = None
) -> None:
    """Make these the global commands, or those of one server, whatever was there before."""
    application: Any = client.application_id
    sent: Any = commands
    if guild is None:
        await client.http.bulk_upsert_global_commands(application, sent)
    else:
        await client.http.bulk_upsert_guild_commands(application, guild, sent)


def differences(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> list[str]:
    """Names of the top-level commands that are new, gone or not the same."""
    mine = {(c.get("type", 1), c["name"]): plain(c) for c in ours}
    known = {(c.get("type", 1), c["name"]): plain(c) for c in theirs}
    return sorted(
        {
            name
            for kind, name in mine.keys() | known.keys()
            if mine.get((kind, name)) != known.get((kind, name))
        }
    )


def plain(command: Mapping[str, Any]) -> dict[str, Any]:
    """What matters of a command or option, defaults filled in, so that two can be compared."""
    found: dict[str, Any] = {**DEFAULTS}
    for key, value in command.items():
        if key not in COMPARED or (value is None and key in DEFAULTS):
            continue
        if key in ("options", "choices"):
            found[key] = [plain(cast("Mapping[str, Any]", each)) for each in value or ()]
        elif key in UNORDERED and value is not None:
            found[key] = sorted(value)
        else:
            found[key] = value
    found["default_member_permissions"] = _number(found["default_member_permissions"])
    return found


def _number(permissions: str | int | None) -> int | None:
    return None if permissions is None else int(permissions)
