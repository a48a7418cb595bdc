"""`resolved`: everything that an interaction's ids stand for."""

from collections.abc import Iterable

from sandbox.discord import message_payloads, payloads
from sandbox.discord.model import Attachment, Channel, Guild, Json, Message, Role, User
from sandbox.discord.permissions import guild_permissions
from sandbox.discord.state import World

Entity = User | Role | Channel | Attachment | Message


def resolved(world: World, entities: Iterable[Entity], *, guild: Guild | None, user: User) -> Json:
    """Only the kinds there are; members of the guild come beside their users."""
    found: Json = {}

    def keep(kind: str, key: int, value: Json) -> None:
        found.setdefault(kind, {})[str(key)] = value

    for entity in entities:
        match entity:
            case User():
                keep("users", entity.id, payloads.user(entity))
                member = guild.members.get(entity.id) if guild is not None else None
                if guild is not None and member is not None:
                    shown = payloads.member_without_user(member)
                    shown = {k: v for k, v in shown.items() if k not in {"mute", "deaf"}}
                    permissions = str(guild_permissions(guild, member))
                    keep("members", entity.id, shown | {"permissions": permissions})
            case Role():
                keep("roles", entity.id, payloads.role(entity))
            case Channel():
                permissions = str(world.permissions(entity, user))
                keep("channels", entity.id, partial_channel(entity, permissions))
            case Attachment():
                keep("attachments", entity.id, message_payloads.attachment(world, entity))
            case Message():
                keep("messages", entity.id, message_payloads.message(world, entity))
    return found


def partial_channel(channel: Channel, permissions: str) -> Json:
    """A channel as interactions show it, with the user's permissions there."""
    shown = payloads.channel(channel)
    for key in ("permission_overwrites", "recipients", "bitrate", "user_limit", "rtc_region"):
        shown.pop(key, None)
    return shown | {"permissions": permissions}
