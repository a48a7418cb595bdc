"""The world: who and what there is, and the one place where events start."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from sandbox.clock import Clock
from sandbox.discord import payloads
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

_T = TypeVar("_T")


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
    """All state of the Discord half. `base_url` is set once the server knows its port.

    kept_messages  of each channel; the oldest go
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.base_url = ""
        self.kept_messages = 20_000
        self.snowflakes = Snowflakes(clock)
        self.signing_key = secrets.token_bytes(32)
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}  # every kind, threads and direct messages too
        self.applications: dict[int, Application] = {}
        self.attachments: dict[int, Attachment] = {}
        self._listeners: list[Listener] = []
        self._stored_bytes = 0
        self._waiting: list[tuple[Callable[[], object], asyncio.Future[None]]] = []

    # Waiting

    def touch(self) -> None:
        """Something changed: whoever waits looks again. Events and requests do this themselves."""
        for entry in list(self._waiting):
            condition, waiter = entry
            if not waiter.done() and condition():
                waiter.set_result(None)

    async def until(self, condition: Callable[[], object]) -> None:
        """Return once the condition holds; it is looked at with each change, never on a timer."""
        if condition():
            return
        entry = (condition, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        try:
            await entry[1]
        finally:
            self._waiting.remove(entry)

    # Files

    def keep_attachment(self, attachment: Attachment, *, limit: int) -> None:
        """Store a file; the oldest ones go when there are more than `limit` bytes in all."""
        self.attachments[attachment.id] = attachment
        self._stored_bytes += len(attachment.data)
        while self._stored_bytes > limit and len(self.attachments) > 1:
            self.forget_attachment(next(iter(self.attachments.values())))

    def forget_attachment(self, attachment: Attachment) -> None:
        if self.attachments.pop(attachment.id, None) is not None:
            self._stored_bytes -= len(attachment.data)

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
        self.touch()

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
        return _named(username, (user for user in self.users.values() if user.username == username))

    def guild_named(self, name: str) -> Guild:
        return _named(name, (guild for guild in self.guilds.values() if guild.name == name))

    def channel_named(self, name: str, *, guild: Guild | None = None) -> Channel:
        """The first channel or thread with this name (without #), of one guild or of any."""
        fitting = (
            channel
            for channel in self.channels.values()
            if channel.name == name and (guild is None or channel.guild is guild)
        )
        return _named(name, fitting)

    def application_with_token(self, token: str) -> Application | None:
        for application in self.applications.values():
            if secrets.compare_digest(application.token.encode(), token.encode()):
                return application
        return None

    # Going

    def remove_member(self, guild: Guild, user: User) -> None:
        """Somebody leaves; a bot is told that the guild is gone, the others that a member is."""
        member = guild.members.pop(user.id)
        for application in self.applications.values():
            if application.bot is user:
                self.dispatch("GUILD_DELETE", {"id": str(guild.id)}, guild=guild, to=application)
        payload: Json = {"guild_id": str(guild.id), "user": payloads.user(member.user)}
        self.dispatch("GUILD_MEMBER_REMOVE", payload, guild=guild)

    def remove_channel(self, channel: Channel) -> None:
        """With its threads and files; the event is the caller's."""
        del self.channels[channel.id]
        if channel.guild is not None:
            channel.guild.channels.pop(channel.id, None)
            channel.guild.threads.pop(channel.id, None)
            for thread in list(channel.guild.threads.values()):
                if thread.parent_id == channel.id:
                    self.remove_channel(thread)
        for message in channel.messages.values():
            for attachment in message.attachments:
                self.forget_attachment(attachment)

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


def _named(name: str, fitting: Iterator[_T]) -> _T:
    """The first of them. Raises LookupError where there is none."""
    for found in fitting:
        return found
    raise LookupError(f"the sandbox has nothing named {name!r}")
