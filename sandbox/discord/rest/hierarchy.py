"""Who stands above whom in a server: Discord lets nobody act on what is above or beside them."""

from sandbox.discord.errors import refusal
from sandbox.discord.model import Guild, Member, Role
from sandbox.discord.permissions import Permission, guild_permissions
from sandbox.discord.rest.routing import Call

_ABOVE_ALL = (1 << 31, 0)


def role_of(guild: Guild, role_id: int) -> Role:
    if (role := guild.roles.get(role_id)) is None:
        raise refusal(10011)
    return role


def need_above_role(call: Call, guild: Guild, role: Role) -> None:
    """Raises 50013 where the bot's highest role is not above this one."""
    if _rank(role) >= _highest(guild, guild.members[call.application.bot.id]):
        raise refusal(50013)


def need_above_member(call: Call, guild: Guild, member: Member) -> None:
    """Raises 50013 where somebody's highest role is not below the bot's."""
    if _highest(guild, member) >= _highest(guild, guild.members[call.application.bot.id]):
        raise refusal(50013)


def need_granted(call: Call, guild: Guild, permissions: int) -> None:
    """Raises 50013 where these are more than the bot has itself: nobody gives what they lack."""
    if permissions & ~guild_permissions(guild, guild.members[call.application.bot.id]):
        raise refusal(50013)


def is_administrator(guild: Guild, member: Member) -> bool:
    return bool(guild_permissions(guild, member) & Permission.ADMINISTRATOR)


def _highest(guild: Guild, member: Member) -> tuple[int, int]:
    if member.user.id == guild.owner_id:
        return _ABOVE_ALL
    return max(_rank(guild.roles[role_id]) for role_id in (guild.id, *member.roles))


def _rank(role: Role) -> tuple[int, int]:
    """Of two roles in the same place the older one is higher."""
    return role.position, -role.id
