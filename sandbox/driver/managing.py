"""What people who may do so change about a server: channels that go, permissions that are taken."""

from typing import TYPE_CHECKING

from sandbox.discord import changes
from sandbox.discord.model import Role
from sandbox.discord.model import User as StoredUser
from sandbox.discord.permissions import Permission
from sandbox.discord.state import World
from sandbox.discord.thread_life import close_thread
from sandbox.driver.errors import ClientRefused
from sandbox.driver.places import Place, Places

if TYPE_CHECKING:
    from sandbox.discord.model import Channel


class Managing:
    """What `User` does to channels; raises ClientRefused where they may not."""

    world: World
    user: StoredUser
    places: Places

    async def delete_channel(self, place: Place) -> None:
        """A channel or a thread, with everything in it."""
        channel = self.places.channel(place)
        thread = channel.is_thread
        self._may(channel, Permission.MANAGE_THREADS if thread else Permission.MANAGE_CHANNELS)
        changes.delete_channel(self.world, channel)

    async def close_thread(self, place: Place) -> None:
        """Archive and lock a thread: nothing is written there any more."""
        channel = self.places.channel(place)
        if not channel.is_thread:
            raise ClientRefused(f"{place!r} is no thread")
        self._may(channel, Permission.MANAGE_THREADS)
        close_thread(self.world, channel)

    async def allow(self, place: Place, who: "str | Role", permission: Permission) -> None:
        """In one channel, whatever applies elsewhere."""
        channel, target = self._target(place, who)
        changes.set_overwrite(self.world, channel, target, allow=permission)

    async def forbid(self, place: Place, who: "str | Role", permission: Permission) -> None:
        channel, target = self._target(place, who)
        changes.set_overwrite(self.world, channel, target, deny=permission)

    def _target(self, place: Place, who: "str | Role") -> "tuple[Channel, Role | StoredUser]":
        channel = self.places.channel(place)
        self._may(channel, Permission.MANAGE_ROLES)
        return channel, who if isinstance(who, Role) else self.places.user(who)

    def _may(self, channel: "Channel", permission: Permission) -> None:
        if permission & ~self.world.permissions(channel, self.user):
            raise ClientRefused(f"{self.user.username} lacks {permission.name} there")
