"""Channels, people and roles by the names that tests and people use for them."""

import re

from sandbox.discord.model import Application, Channel, ChannelType, Guild, Role, User
from sandbox.discord.state import World
from sandbox.driver.errors import ClientRefused

Place = str | int | Channel


class Places:
    """Names as one person understands them: `default_guild` is where bare channel names are."""

    def __init__(self, world: World, application: Application, me: User) -> None:
        self._world = world
        self._application = application
        self._me = me

    @property
    def default_guild(self) -> Guild:
        return next(iter(self._world.guilds.values()))

    def channel(self, place: Place) -> Channel:
        """By a name such as "general", "Second server/general", "@bot" or "@ben", or by its id.

        Raises:
            ClientRefused: there is none that this person can see.
        """
        channel = place if isinstance(place, Channel) else self._find(place)
        if channel is None or not self._world.can_see(channel, self._me):
            raise ClientRefused(f"{self._me.username} sees no channel {place!r}")
        return channel

    def _find(self, place: str | int) -> Channel | None:
        text = str(place)
        if text.isdecimal():
            return self._world.channels.get(int(text))
        if text.startswith("@"):
            return self._world.direct_channel(self._me, self.user(text))
        guild_name, _, name = text.rpartition("/")
        guilds = [guild for guild in self._world.guilds.values() if guild.name == guild_name]
        found = [one for one in self._world.channels.values() if one.name == name.lstrip("#")]
        if guild_name:
            return next((one for one in found if one.guild in guilds), None)
        here = [one for one in found if one.guild is self.default_guild]
        return next(iter([*here, *found]), None)

    def user(self, name: "str | int | User") -> User:
        """By a name such as "ben" or "@ben", "bot" for the application's, or by its id."""
        if isinstance(name, User):
            return name
        text = str(name).removeprefix("@")
        if text == "bot":
            return self._application.bot
        if text.isdecimal() and int(text) in self._world.users:
            return self._world.users[int(text)]
        for user in self._world.users.values():
            if text in {user.username, user.global_name}:
                return user
        raise ClientRefused(f"there is nobody called {name!r}")

    def role(self, name: "str | int | Role", guild: Guild | None) -> Role:
        if isinstance(name, Role):
            return name
        text = str(name).removeprefix("@")
        for role in guild.roles.values() if guild is not None else ():
            if text in {role.name, str(role.id)} or f"@{text}" == role.name:
                return role
        raise ClientRefused(f"there is no role {name!r} here")

    def with_mentions(self, text: str, channel: Channel) -> str:
        """@names and #names as the client sends them: <@id>, <@&id>, <#id>."""
        names: dict[str, str] = {}
        for user in self._world.users.values():
            names |= {f"@{user.username}": f"<@{user.id}>"}
        if channel.guild is not None:
            for role in channel.guild.roles.values():
                if role.id != channel.guild.id:
                    names.setdefault(f"@{role.name}", f"<@&{role.id}>")
            for one in channel.guild.channels.values():
                names.setdefault(f"#{one.name}", f"<#{one.id}>")
        longest_first = sorted(names, key=len, reverse=True)
        pattern = "|".join(re.escape(name) for name in longest_first)
        return re.sub(rf"(?:{pattern})(?!\w)", lambda found: names[found[0]], text)


def group(world: World, owner: User, others: list[User], name: str) -> Channel:
    """A group of people's own, without any bot."""
    channel = Channel(
        id=world.snowflakes.next(),
        type=ChannelType.GROUP_DM,
        name=name,
        owner_id=owner.id,
        recipients=[owner, *others],
    )
    world.channels[channel.id] = channel
    return channel
