"""Options of slash commands, typed in and checked as Discord's client does it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from sandbox.discord.attachments import keep_file
from sandbox.discord.bodies import MAX_FILE_BYTES
from sandbox.discord.model import Channel, Json, MessageFlag
from sandbox.discord.state import World
from sandbox.driver.errors import ClientRefused
from sandbox.driver.places import Places
from sandbox.driver.uploads import Upload

if TYPE_CHECKING:
    from sandbox.discord.interactions.resolved import Entity

SUB_COMMAND, SUB_COMMAND_GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)
MAX_TEXT = 6000
SAFE_INTEGER = 2**53


def leaf(command: Json, path: list[str]) -> tuple[list[Json], list[Json]]:
    """The options of a command or of its subcommand, and the nesting that leads there.

    Raises:
        ClientRefused: no such subcommand, or one has to be chosen.
    """
    nesting: list[Json] = []
    options = cast("list[Json]", command.get("options") or [])
    for name in path:
        inner = [one for one in options if one["type"] in {SUB_COMMAND, SUB_COMMAND_GROUP}]
        found = next((one for one in inner if one["name"] == name), None)
        if found is None:
            raise ClientRefused(f"/{command['name']} has no subcommand {name!r}")
        nesting.append(found)
        options = cast("list[Json]", found.get("options") or [])
    if any(one["type"] in {SUB_COMMAND, SUB_COMMAND_GROUP} for one in options):
        raise ClientRefused(f"/{command['name']} needs a subcommand")
    return options, nesting


def nested(nesting: list[Json], options: list[Json]) -> list[Json]:
    for one in reversed(nesting):
        options = [{"name": one["name"], "type": one["type"], "options": options}]
    return options


class OptionValues:
    """Turns what somebody types into what the client sends; `entities` are for `resolved`."""

    def __init__(self, world: World, places: Places, channel: Channel) -> None:
        self.entities: list[Entity] = []
        self._world = world
        self._places = places
        self._channel = channel

    def all(self, options: list[Json], given: Mapping[str, Any]) -> list[Json]:
        """Raises: ClientRefused for an unknown or missing option, or a value that does not fit."""
        known = {option["name"]: option for option in options}
        for name in given:
            if name not in known:
                raise ClientRefused(f"there is no option {name!r}; there are {sorted(known)}")
        for option in options:
            if option.get("required") and given.get(option["name"]) is None:
                raise ClientRefused(f"option {option['name']!r} is required")
        return [
            {
                "name": name,
                "type": known[name]["type"],
                "value": self._value(known[name], value),
            }
            for name, value in given.items()
            if value is not None
        ]

    def _value(self, option: Json, value: Any) -> Any:
        if choices := option.get("choices"):
            return _chosen(option["name"], choices, value)
        match option["type"]:
            case 3:
                return _text(option, value)
            case 4 | 10:
                return _number(option, value)
            case 5:
                if not isinstance(value, bool):
                    raise ClientRefused(f"{option['name']!r} is true or false, not {value!r}")
                return value
            case 11:
                return self._attachment(option, value)
            case kind:
                return self._mention(option, kind, value)

    def _attachment(self, option: Json, value: Any) -> str:
        if not isinstance(value, Upload):
            raise ClientRefused(f"{option['name']!r} takes a file: user.upload(...)")
        return str(self.upload(value).id)

    def upload(self, upload: Upload) -> Any:
        """A file sent ahead of the interaction that uses it, as clients do."""
        if len(upload.data) > MAX_FILE_BYTES:
            raise ClientRefused(f"{upload.name!r} is larger than {MAX_FILE_BYTES} bytes")
        flags = int(MessageFlag.EPHEMERAL)
        kept = keep_file(self._world, self._channel.id, upload.part(), flags=flags)
        self.entities.append(kept)
        return kept

    def _mention(self, option: Json, kind: int, value: Any) -> str:
        guild = self._channel.guild
        if kind == USER:
            found: Entity = self._places.user(value)
        elif kind == ROLE:
            found = self._places.role(value, guild)
        elif kind == MENTIONABLE:
            try:
                found = self._places.user(value)
            except ClientRefused:
                found = self._places.role(value, guild)
        else:
            found = self._places.channel(value)
            types = option.get("channel_types")
            if found.guild is None or (types and found.type not in types):
                raise ClientRefused(f"{option['name']!r} does not take the channel {value!r}")
        self.entities.append(found)
        return str(found.id)


def _chosen(name: str, choices: list[Json], value: Any) -> Any:
    for choice in choices:
        translations: Json = choice.get("name_localizations") or {}
        if value in {choice["value"], choice["name"], *translations.values()}:
            return choice["value"]
    listed = [choice["name"] for choice in choices]
    raise ClientRefused(f"{value!r} is not one of the choices of {name!r}: {listed}")


def _text(option: Json, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ClientRefused(f"{option['name']!r} takes text, not {value!r}")
    least, most = option.get("min_length", 0), option.get("max_length", MAX_TEXT)
    if not least <= len(value) <= most:
        length = len(value)
        raise ClientRefused(f"{option['name']!r} takes {least} to {most} characters, not {length}")
    return value


def _number(option: Json, value: Any) -> float:
    whole = option["type"] == INTEGER
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        kind = "a whole number" if whole else "a number"
        raise ClientRefused(f"{option['name']!r} takes {kind}, not {value!r}")
    least = option.get("min_value", -SAFE_INTEGER)
    most = option.get("max_value", SAFE_INTEGER)
    if not least <= value <= most:
        raise ClientRefused(f"{option['name']!r} takes {least} to {most}, not {value}")
    return value
