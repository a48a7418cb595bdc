"""Changes that people make to a server while bots are watching: state and events."""

from datetime import datetime

from sandbox.discord import payloads
from sandbox.discord.model import Channel, Guild, Json, Member, Overwrite, Role, User
from sandbox.discord.state import World


def set_overwrite(
    world: World, channel: Channel, target: Role | User, *, allow: int = 0, deny: int = 0
) -> None:
    """What a role or a person may do in one channel, other than elsewhere."""
    channel.overwrites[target.id] = Overwrite(
        id=target.id, type=int(isinstance(target, User)), allow=int(allow), deny=int(deny)
    )
    world.dispatch("CHANNEL_UPDATE", payloads.channel(channel), guild=channel.guild)


def delete_channel(world: World, channel: Channel) -> None:
    """A channel of a server, or a thread, with everything in it."""
    payload = payloads.channel(channel)
    world.remove_channel(channel)
    if channel.is_thread:
        left: Json = {key: payload[key] for key in ("id", "guild_id", "parent_id", "type")}
        world.dispatch("THREAD_DELETE", left, guild=channel.guild)
    else:
        world.dispatch("CHANNEL_DELETE", payload, guild=channel.guild)


def set_permissions(world: World, guild: Guild, role: Role, permissions: int) -> None:
    role.permissions = int(permissions)
    payload: Json = {"guild_id": str(guild.id), "role": payloads.role(role)}
    world.dispatch("GUILD_ROLE_UPDATE", payload, guild=guild)


def give_role(world: World, guild: Guild, member: Member, role: Role) -> None:
    if role.id not in member.roles:
        member.roles.append(role.id)
        member_changed(world, guild, member)


def take_role(world: World, guild: Guild, member: Member, role: Role) -> None:
    if role.id in member.roles:
        member.roles.remove(role.id)
        member_changed(world, guild, member)


def time_out(world: World, guild: Guild, member: Member, until: datetime | None) -> None:
    """None ends it."""
    member.timed_out_until = until
    member_changed(world, guild, member)


def member_changed(world: World, guild: Guild, member: Member) -> None:
    payload = payloads.member(member) | {"guild_id": str(guild.id)}
    world.dispatch("GUILD_MEMBER_UPDATE", payload, guild=guild)
