"""Registering application commands, globally and per guild."""

from sandbox.discord.commands import localized
from sandbox.discord.errors import ApiError, refusal
from sandbox.discord.model import Application, Guild, Json
from sandbox.discord.rest.routing import Answer, Call, Routes

GLOBAL = "/applications/{application_id}/commands"
GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"
NOT_YOURS = 20012
BOTS_CANNOT = 20001
NO_PERMISSIONS = 10066


routes = Routes()


# the routes with "permissions" come first: {command_id} would match it


@routes.add("GET", f"{GUILD}/permissions")
async def all_permissions(call: Call) -> list[Json]:
    application, guild = _in_guild(call)
    return [
        _permissions(application, guild, command_id, overrides)
        for (guild_id, command_id), overrides in call.discord.commands.permissions.items()
        if guild_id == guild.id
    ]


@routes.add("GET", f"{GUILD}/{{command_id}}/permissions")
async def permissions(call: Call) -> Json:
    application, guild = _in_guild(call)
    command_id = call.id("command_id")
    overrides = call.discord.commands.permissions.get((guild.id, command_id))
    if not overrides:
        raise refusal(NO_PERMISSIONS)
    return _permissions(application, guild, command_id, overrides)


@routes.add("PUT", f"{GUILD}/{{command_id}}/permissions")
async def set_permissions(call: Call) -> None:
    _in_guild(call)
    raise ApiError(403, BOTS_CANNOT, "Bots cannot use this endpoint")


@routes.add("GET", GLOBAL)
@routes.add("GET", GUILD)
async def read_all(call: Call) -> list[Json]:
    application, guild = _scope(call)
    listed = call.discord.commands.all(application, guild)
    if call.query_flag("with_localizations"):
        return listed
    return [localized(command, "en-US") for command in listed]


@routes.add("POST", GLOBAL)
@routes.add("POST", GUILD)
async def create(call: Call) -> Answer:
    application, guild = _scope(call)
    command, new = call.discord.commands.create(application, guild, call.body)
    return Answer(201 if new else 200, command)


@routes.add("PUT", GLOBAL)
@routes.add("PUT", GUILD)
async def replace(call: Call) -> list[Json]:
    application, guild = _scope(call)
    return call.discord.commands.replace(application, guild, call.data)


@routes.add("GET", f"{GLOBAL}/{{command_id}}")
@routes.add("GET", f"{GUILD}/{{command_id}}")
async def read(call: Call) -> Json:
    application, guild = _scope(call)
    return call.discord.commands.get(application, guild, call.id("command_id"))


@routes.add("PATCH", f"{GLOBAL}/{{command_id}}")
@routes.add("PATCH", f"{GUILD}/{{command_id}}")
async def edit(call: Call) -> Json:
    application, guild = _scope(call)
    command_id = call.id("command_id")
    return call.discord.commands.edit(application, guild, command_id, call.body)


@routes.add("DELETE", f"{GLOBAL}/{{command_id}}")
@routes.add("DELETE", f"{GUILD}/{{command_id}}")
async def delete(call: Call) -> None:
    application, guild = _scope(call)
    call.discord.commands.delete(application, guild, call.id("command_id"))


def _scope(call: Call) -> tuple[Application, Guild | None]:
    """The caller's own application, and the guild of the path.

    Raises:
        ApiError: 20012 for somebody else's application, 50001 for a guild without the bot.
    """
    application_id = call.id("application_id")
    if application_id != call.application.id:
        if application_id not in call.world.applications:
            raise refusal(10002)
        message = "You are not authorized to perform this action on this application"
        raise ApiError(403, NOT_YOURS, message)
    if "guild_id" not in call.path:
        return call.application, None
    guild = call.world.guild(call.id("guild_id"))
    if call.application.bot.id not in guild.members:
        raise refusal(50001)
    return call.application, guild


def _in_guild(call: Call) -> tuple[Application, Guild]:
    application, guild = _scope(call)
    if guild is None:
        raise refusal(10004)
    return application, guild


def _permissions(
    application: Application, guild: Guild, command_id: int, overrides: list[Json]
) -> Json:
    return {
        "id": str(command_id),
        "application_id": str(application.id),
        "guild_id": str(guild.id),
        "permissions": overrides,
    }
