"""The application commands that bots registered, global ones and those of single guilds."""

from collections import deque
from datetime import datetime, timedelta
from typing import Any, cast

from sandbox.discord.errors import ApiError, invalid_form, refusal
from sandbox.discord.model import Application, Guild, Json
from sandbox.discord.state import World
from sandbox.discord.validation import validate_bulk, validate_command
from sandbox.discord.validation.commands import CHAT_INPUT, MESSAGE, USER

MAX_COMMANDS = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}
MAX_CREATES_PER_DAY = 200
UNKNOWN_COMMAND = 10063
TOO_MANY_COMMANDS = 30032
TOO_MANY_CREATES = 30034
_LOCALIZED = ("name_localizations", "description_localizations")
_OPTION_KEYS = (
    "type", "name", "name_localizations", "description", "description_localizations", "required",
    "autocomplete", "choices", "channel_types", "min_value", "max_value", "min_length",
    "max_length", "options",
)  # fmt: skip


class Commands:
    """What is registered; the key of a scope is the application and the guild (None: global).

    permissions  overrides as admins set them: (guild, command) -> [{"id", "type", "permission"}]
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._scopes: dict[tuple[int, int | None], dict[int, Json]] = {}
        self._created: dict[tuple[int, int | None], deque[datetime]] = {}
        self.permissions: dict[tuple[int, int], list[Json]] = {}

    def all(self, application: Application, guild: Guild | None) -> list[Json]:
        return list(self._scope(application, guild).values())

    def get(self, application: Application, guild: Guild | None, command_id: int) -> Json:
        command = self._scope(application, guild).get(command_id)
        if command is None:
            raise refusal(UNKNOWN_COMMAND)
        return command

    def find(self, application: Application, guild: Guild | None, kind: int, name: str) -> Json:
        """By its name: the guild's own before the global one. Raises KeyError."""
        scopes = (guild, None) if guild is not None else (None,)
        for scope in scopes:
            for command in self._scope(application, scope).values():
                if command["type"] == kind and command["name"] == name:
                    return command
        raise KeyError(name)

    def create(
        self, application: Application, guild: Guild | None, body: Json
    ) -> tuple[Json, bool]:
        """The command, and whether it is new: one of the same name and type is overwritten."""
        validate_command(body)
        known = self._named(application, guild, body)
        if known is None:
            self._room_for(application, guild, [body])
            self._count_creates(application, guild, 1)
        command = self._built(application, guild, body, known)
        self._scope(application, guild)[int(command["id"])] = command
        return command, known is None

    def replace(self, application: Application, guild: Guild | None, body: object) -> list[Json]:
        """All commands of the scope at once; those that keep name and type keep their id."""
        validate_bulk(body)
        commands = cast("list[Json]", body or [])
        known = [self._named(application, guild, command) for command in commands]
        self._check_counts(commands)
        self._count_creates(application, guild, known.count(None))
        built = [
            self._built(application, guild, command, before)
            for command, before in zip(commands, known, strict=True)
        ]
        self._scopes[self._key(application, guild)] = {int(item["id"]): item for item in built}
        return built

    def edit(
        self, application: Application, guild: Guild | None, command_id: int, body: Json
    ) -> Json:
        before = self.get(application, guild, command_id)
        given = {key: value for key, value in body.items() if key != "type"}
        validate_command({**given, "type": before["type"]}, partial=True)
        merged = {**before, **given}
        validate_command(merged)
        other = self._named(application, guild, merged)
        if other is not None and other is not before:
            message = "Application command names must be unique"
            raise invalid_form(("name",), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        command = self._built(application, guild, merged, before)
        self._scope(application, guild)[command_id] = command
        return command

    def delete(self, application: Application, guild: Guild | None, command_id: int) -> None:
        self.get(application, guild, command_id)
        del self._scope(application, guild)[command_id]

    def _key(self, application: Application, guild: Guild | None) -> tuple[int, int | None]:
        return application.id, guild.id if guild is not None else None

    def _scope(self, application: Application, guild: Guild | None) -> dict[int, Json]:
        return self._scopes.setdefault(self._key(application, guild), {})

    def _named(self, application: Application, guild: Guild | None, body: Json) -> Json | None:
        kind = body.get("type") or CHAT_INPUT
        for command in self._scope(application, guild).values():
            if command["type"] == kind and command["name"] == body["name"]:
                return command
        return None

    def _room_for(self, application: Application, guild: Guild | None, added: list[Json]) -> None:
        self._check_counts([*self._scope(application, guild).values(), *added])

    def _check_counts(self, commands: list[Json]) -> None:
        for kind, most in MAX_COMMANDS.items():
            if sum((command.get("type") or CHAT_INPUT) == kind for command in commands) > most:
                message = f"Maximum number of application commands reached ({most})"
                raise refusal(TOO_MANY_COMMANDS, message)

    def _count_creates(self, application: Application, guild: Guild | None, number: int) -> None:
        """200 new commands a day and scope; overwriting and editing cost nothing."""
        now = self._world.clock.now()
        created = self._created.setdefault(self._key(application, guild), deque())
        while created and created[0] <= now - timedelta(days=1):
            created.popleft()
        if len(created) + number > MAX_CREATES_PER_DAY:
            wait = created[0] + timedelta(days=1) - now if created else timedelta(days=1)
            raise ApiError(
                429,
                TOO_MANY_CREATES,
                "Max number of daily application command creates has been reached "
                f"({MAX_CREATES_PER_DAY})",
                extra={"retry_after": wait.total_seconds(), "global": False},
            )
        created.extend([now] * number)

    def _built(
        self, application: Application, guild: Guild | None, body: Json, before: Json | None
    ) -> Json:
        """The command as Discord answers it."""
        installs = [0, 1] if application.user_install else [0]
        permissions = body.get("default_member_permissions")
        command: Json = {
            "id": before["id"] if before else str(self._world.snowflakes.next()),
            "application_id": str(application.id),
            "version": str(self._world.snowflakes.next()),
            "default_member_permissions": None if permissions is None else str(permissions),
            "type": body.get("type") or CHAT_INPUT,
            "name": body["name"],
            "name_localizations": body.get("name_localizations"),
            "description": body.get("description") or "",
            "description_localizations": body.get("description_localizations"),
            "integration_types": body.get("integration_types") or installs,
            "contexts": body.get("contexts"),
            "nsfw": bool(body.get("nsfw")),
        }
        if guild is not None:
            command |= {"guild_id": str(guild.id), "integration_types": [0]}
        else:
            command["dm_permission"] = _in_direct(body)
        if options := body.get("options"):
            command["options"] = [_option(option) for option in options]
        unchanged = before is not None and {**command, "version": before["version"]} == before
        return before if before is not None and unchanged else command


def _in_direct(body: Json) -> bool:
    """`dm_permission` is what `contexts` was before; contexts win."""
    contexts = body.get("contexts")
    return 1 in contexts if contexts else body.get("dm_permission") is not False


def _option(option: Json) -> Json:
    """Without keys Discord does not know and those that are null."""
    kept = {key: option[key] for key in _OPTION_KEYS if option.get(key) is not None}
    if "options" in kept:
        kept["options"] = [_option(child) for child in kept["options"]]
    if "choices" in kept:
        choice_keys = ("name", "name_localizations", "value")
        kept["choices"] = [
            {key: choice[key] for key in choice_keys if choice.get(key) is not None}
            for choice in kept["choices"]
        ]
    return kept


def localized(command: Json, locale: str) -> Json:
    """As people with that locale see it: `name_localized` instead of all the translations."""
    shown: dict[str, Any] = {}
    for key, value in command.items():
        if key in _LOCALIZED:
            translations: Json = value or {}
            text = translations.get(locale)
            if text is not None:
                shown[key.replace("localizations", "localized")] = text
        elif key in {"options", "choices"}:
            shown[key] = [localized(item, locale) for item in value]
        else:
            shown[key] = value
    return shown
