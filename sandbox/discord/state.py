"""The world: who and what there is, and the one place where events start."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.discord.errors import refusal
from sandbox.discord.model import (
    Application,
    Attachment,
    Channel,
    ChannelType,
    Guild,
    Json,
    Member,
    Message,
    User,
)
from sandbox.discord.permissions import DIRECT, Permission, channel_permissions
from sandbox.discord.snowflakes import Snowflakes


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, before anybody's intents or permissions are looked at.

    guild    set: for bots in that guild, on the guild's shard; None: direct messages, shard 0
    channel  set: only for who can see it
    to       set: for this application alone, whatever guild and channel say
    """

    name: str
    payload: Json
    guild: Guild | None = None
    channel: Channel | None = None
    to: Application | None = None


Listener = Callable[[Event], None]


class World:
    """All state of the Discord half. `base_url` is set once the server knows its port."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.base_url = ""
        self.snowflakes = Snowflakes(clock)
        self.signing_key = secrets.token_bytes(32)
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}  # every kind, threads and direct messages too
        self.applications: dict[int, Application] = {}
        self.attachments: dict[int, Attachment] = {}
        self._listeners: list[Listener] = []

    # Events

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each event from now on; what is returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def dispatch(
        self,
        name: str,
        payload: Json,
        *,
        guild: Guild | None = None,
        channel: Channel | None = None,
        to: Application | None = None,
    ) -> None:
        """Tell everybody whom it concerns; `channel` brings its guild with it."""
        if guild is None and channel is not None:
            guild = channel.guild
        event = Event(name=name, payload=payload, guild=guild, channel=channel, to=to)
        for listener in list(self._listeners):
            listener(event)

    # Looking up, with Discord's refusals

    def user(self, user_id: int) -> User:
        if (user := self.users.get(user_id)) is None:
            raise refusal(10013)
        return user

    def guild(self, guild_id: int) -> Guild:
        if (guild := self.guilds.get(guild_id)) is None:
            raise refusal(10004)
        return guild

    def channel(self, channel_id: int) -> Channel:
        if (channel := self.channels.get(channel_id)) is None:
            raise refusal(10003)
        return channel

    def member(self, guild: Guild, user_id: int) -> Member:
        if (member := guild.members.get(user_id)) is None:
            self.user(user_id)
            raise refusal(10007)
        return member

    def message(self, channel: Channel, message_id: int) -> Message:
        """Ephemeral messages are unknown here: they live behind their interaction's token."""
        message = channel.messages.get(message_id)
        if message is None or message.ephemeral_for is not None:
            raise refusal(10008)
        return message

    def user_named(self, username: str) -> User:
        return next(user for user in self.users.values() if user.username == username)

    def guild_named(self, name: str) -> Guild:
        return next(guild for guild in self.guilds.values() if guild.name == name)

    def channel_named(self, name: str, *, guild: Guild | None = None) -> Channel:
        """The first channel or thread with this name (without #), of one guild or of any."""
        return next(
            channel
            for channel in self.channels.values()
            if channel.name == name and (guild is None or channel.guild is guild)
        )

    def application_with_token(self, token: str) -> Application | None:
        for application in self.applications.values():
            if secrets.compare_digest(application.token.encode(), token.encode()):
                return application
        return None

    # Who may what

    def permissions(self, channel: Channel, user: User) -> int:
        """What the user may do there; 0 for who cannot see it."""
        if channel.guild is None:
            return DIRECT if user in channel.recipients else 0
        member = channel.guild.members.get(user.id)
        if member is None:
            return 0
        return channel_permissions(channel.guild, channel, member, now=self.clock.now())

    def can_see(self, channel: Channel, user: User) -> bool:
        return bool(self.permissions(channel, user) & Permission.VIEW_CHANNEL)

    def direct_channel(self, one: User, other: User) -> Channel:
        """Their direct messages, opened now if they never wrote to each other."""
        for channel in self.channels.values():
            if channel.type is ChannelType.DM and {one, other} == set(channel.recipients):
                return channel
        channel = Channel(id=self.snowflakes.next(), type=ChannelType.DM, recipients=[one, other])
        self.channels[channel.id] = channel
        return channel
