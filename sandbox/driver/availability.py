"""Which commands the client offers: where, to whom, and by which installation."""

from sandbox.discord.commands import Commands
from sandbox.discord.interactions.book import context_of
from sandbox.discord.interactions.model import Context
from sandbox.discord.model import Application, Channel, Guild, Json, User
from sandbox.discord.permissions import Permission
from sandbox.discord.state import World
from sandbox.driver.errors import ClientRefused

_NEEDED = Permission.USE_APPLICATION_COMMANDS | Permission.SEND_MESSAGES
ROLE, USER, CHANNEL = 1, 2, 3


class Availability:
    """The commands of one application as one person meets them."""

    def __init__(
        self, world: World, commands: Commands, application: Application, user: User
    ) -> None:
        self._world = world
        self._commands = commands
        self._application = application
        self._user = user

    def offered(self, channel: Channel) -> list[Json]:
        """The commands shown in this channel; a server's own hide global ones of their name."""
        found: dict[tuple[int, str], Json] = {}
        for guild in (None, channel.guild) if channel.guild is not None else (None,):
            for command in self._commands.all(self._application, guild):
                if self._why_not(command, channel) is None:
                    found[command["type"], command["name"]] = command
        return list(found.values())

    def find(self, kind: int, name: str, channel: Channel) -> Json:
        """The command by its name, or by the name it has in the person's language.

        Raises:
            ClientRefused: it does not exist, or the client hides it, with the reason.
        """
        reason = f"no command {name!r} is registered here"
        for guild in (channel.guild, None) if channel.guild is not None else (None,):
            for command in self._commands.all(self._application, guild):
                translations: Json = command["name_localizations"] or {}
                names = {command["name"], translations.get(self._user.locale)}
                if command["type"] != kind or name not in names:
                    continue
                hidden = self._why_not(command, channel)
                if hidden is None:
                    return command
                reason = f"{name!r} is not offered: {hidden}"
        raise ClientRefused(reason)

    def _why_not(self, command: Json, channel: Channel) -> str | None:
        """Why the client does not show a command; None where it does."""
        if "guild_id" not in command and (reason := self._wrong_place(command, channel)):
            return reason
        guild = channel.guild
        if guild is None:
            return None
        if command["nsfw"] and not channel.nsfw:
            return "it is age-restricted, the channel is not"
        permissions = self._world.permissions(channel, self._user)
        if permissions & _NEEDED != _NEEDED:
            return "the person may not use application commands in this channel"
        outside = self._application.bot.id not in guild.members
        if outside or permissions & Permission.ADMINISTRATOR:
            return None
        return self._overridden(command, channel, guild, permissions)

    def _wrong_place(self, command: Json, channel: Channel) -> str | None:
        """Contexts and installations of a global command."""
        context = context_of(self._application, channel)
        contexts = command["contexts"]
        if contexts is None:
            contexts = [0, 1, 2] if command["dm_permission"] else [0]
        if context not in contexts:
            return f"its contexts are {contexts}, this is {int(context)}"
        member = channel.guild is not None and self._application.bot.id in channel.guild.members
        by_guild = 0 in command["integration_types"] and (member or context is Context.BOT_DM)
        by_user = 1 in command["integration_types"] and self._application.user_install
        return None if by_guild or by_user else "the application is not installed here"

    def _overridden(
        self, command: Json, channel: Channel, guild: Guild, permissions: int
    ) -> str | None:
        """What a server's admins set for it wins over default_member_permissions."""
        overrides = self._commands.permissions.get((guild.id, int(command["id"])), [])
        set_for = {(one["type"], int(one["id"])): bool(one["permission"]) for one in overrides}
        everywhere = set_for.get((CHANNEL, guild.id - 1), True)  # Discord's id for all channels
        if not set_for.get((CHANNEL, channel.id), everywhere):
            return "it is switched off in this channel"
        roles = [(ROLE, role) for role in guild.members[self._user.id].roles]
        own = [set_for[role] for role in roles if role in set_for]
        allowed = set_for.get((ROLE, guild.id))
        allowed = any(own) if own else allowed
        allowed = set_for.get((USER, self._user.id), allowed)
        if allowed is not None:
            return None if allowed else "it is switched off for this person or their roles"
        needed = command["default_member_permissions"]
        missing = 0 if needed is None else int(needed) & ~permissions
        if needed is not None and int(needed) == 0:
            return "it is for administrators"
        return f"permissions are missing: {Permission(missing).name}" if missing else None
