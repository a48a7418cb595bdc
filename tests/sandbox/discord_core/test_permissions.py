from datetime import timedelta

import pytest

from sandbox.clock import HandClock
from sandbox.discord.defaults import add_channel, add_guild, add_member, add_role, add_user
from sandbox.discord.model import Channel, ChannelType, Guild, Member, Overwrite
from sandbox.discord.permissions import ALL, Permission, channel_permissions, guild_permissions
from sandbox.discord.state import World
from sandbox.discord.thread_life import open_thread

P = Permission


class Place:
    def __init__(self) -> None:
        self.world = World(HandClock())
        self.guild: Guild = add_guild(self.world, "g", owner=add_user(self.world, "owner"))
        self.channel: Channel = add_channel(self.world, self.guild, "c")
        self.member: Member = add_member(self.world, self.guild, add_user(self.world, "m"))

    def may(self, permission: Permission, channel: Channel | None = None) -> bool:
        granted = self.world.permissions(channel or self.channel, self.member.user)
        return bool(granted & permission)

    def overwrite(self, target: int, *, allow: int = 0, deny: int = 0) -> None:
        self.channel.overwrites[target] = Overwrite(id=target, type=0, allow=allow, deny=deny)


@pytest.fixture
def place() -> Place:
    return Place()


def test_the_owner_and_administrators_may_everything(place: Place) -> None:
    owner = place.guild.members[place.guild.owner_id]
    place.overwrite(place.guild.id, deny=ALL)
    assert channel_permissions(place.guild, place.channel, owner) == ALL

    place.member.roles.append(add_role(place.world, place.guild, "admin", P.ADMINISTRATOR).id)

    assert guild_permissions(place.guild, place.member) == ALL
    assert place.may(P.MANAGE_GUILD)


def test_roles_add_up(place: Place) -> None:
    assert not place.may(P.MANAGE_MESSAGES)

    place.member.roles.append(add_role(place.world, place.guild, "mod", P.MANAGE_MESSAGES).id)

    assert place.may(P.MANAGE_MESSAGES)
    assert place.may(P.SEND_MESSAGES)


def test_of_two_roles_overwrites_the_allowing_one_wins_and_the_members_own_is_last(
    place: Place,
) -> None:
    no, yes = (add_role(place.world, place.guild, name) for name in ("no", "yes"))
    place.member.roles += [no.id, yes.id]
    place.overwrite(place.guild.id, deny=P.ADD_REACTIONS)
    place.overwrite(no.id, deny=P.ADD_REACTIONS)
    assert not place.may(P.ADD_REACTIONS)

    place.overwrite(yes.id, allow=P.ADD_REACTIONS)
    assert place.may(P.ADD_REACTIONS)
    place.overwrite(place.member.user.id, deny=P.ADD_REACTIONS)
    assert not place.may(P.ADD_REACTIONS)


def test_who_cannot_see_may_nothing(place: Place) -> None:
    place.overwrite(place.guild.id, deny=P.VIEW_CHANNEL)

    assert place.world.permissions(place.channel, place.member.user) == 0


def test_who_cannot_send_cannot_attach_or_embed(place: Place) -> None:
    place.overwrite(place.guild.id, deny=P.SEND_MESSAGES)

    assert not place.may(P.ATTACH_FILES)
    assert not place.may(P.EMBED_LINKS)
    assert place.may(P.ADD_REACTIONS)


def test_a_timeout_leaves_reading_and_ends_by_itself(place: Place) -> None:
    now = place.world.clock.now()
    place.member.timed_out_until = now + timedelta(minutes=1)
    granted = place.world.permissions(place.channel, place.member.user)
    assert granted == P.VIEW_CHANNEL | P.READ_MESSAGE_HISTORY

    place.member.timed_out_until = now

    assert place.may(P.SEND_MESSAGES)


def test_a_thread_has_its_parents_rules_and_its_own_permission_to_send(place: Place) -> None:
    owner = place.guild.members[place.guild.owner_id].user
    thread = open_thread(
        place.world, place.channel, owner, ChannelType.PUBLIC_THREAD, {"name": "t"}
    )

    place.overwrite(place.guild.id, deny=P.SEND_MESSAGES)
    assert place.may(P.SEND_MESSAGES, thread)
    place.overwrite(place.guild.id, deny=P.SEND_MESSAGES_IN_THREADS)
    assert not place.may(P.SEND_MESSAGES, thread)
    place.overwrite(place.guild.id, deny=P.VIEW_CHANNEL)
    assert not place.may(P.VIEW_CHANNEL, thread)


def test_a_private_thread_is_for_its_members_and_who_manages_threads(place: Place) -> None:
    owner = place.guild.members[place.guild.owner_id].user
    kind = ChannelType.PRIVATE_THREAD
    thread = open_thread(place.world, place.channel, owner, kind, {"name": "t"})
    assert not place.may(P.VIEW_CHANNEL, thread)

    thread.thread_members[place.member.user.id] = place.world.clock.now()
    assert place.may(P.VIEW_CHANNEL, thread)
    del thread.thread_members[place.member.user.id]
    place.overwrite(place.guild.id, allow=P.MANAGE_THREADS)
    assert place.may(P.VIEW_CHANNEL, thread)
