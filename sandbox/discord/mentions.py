"""Whom a message pings: what its text says, cut down by allowed_mentions and permissions."""

import re
from dataclasses import dataclass, field
from typing import Any, cast

from sandbox.discord.model import Channel, Json, User
from sandbox.discord.permissions import Permission
from sandbox.discord.state import World

_USER = re.compile(r"<@!?(\d{1,20})>")
_ROLE = re.compile(r"<@&(\d{1,20})>")
_EVERYONE = re.compile(r"@(?:everyone|here)\b")
_TEXT_DISPLAY = 10


@dataclass(slots=True)
class Mentions:
    users: list[User] = field(default_factory=list[User])
    roles: list[int] = field(default_factory=list[int])
    everyone: bool = False


def find_mentions(
    world: World, channel: Channel, author: User, text: str, allowed: Json | None
) -> Mentions:
    """`allowed` None: everything in the text counts, as far as the author may."""
    found = Mentions()
    permissions = world.permissions(channel, author)
    may_ping_all = bool(permissions & Permission.MENTION_EVERYONE)
    for text_id in dict.fromkeys(_USER.findall(text)):
        user = world.users.get(int(text_id))
        if user is not None and _allows(allowed, "users", text_id):
            found.users.append(user)
    for text_id in dict.fromkeys(_ROLE.findall(text)):
        role = channel.guild.roles.get(int(text_id)) if channel.guild else None
        if role is None or not _allows(allowed, "roles", text_id):
            continue
        if role.mentionable or may_ping_all:
            found.roles.append(role.id)
    allowed_everyone = allowed is None or "everyone" in (allowed.get("parse") or [])
    found.everyone = bool(_EVERYONE.search(text)) and allowed_everyone and may_ping_all
    return found


def _allows(allowed: Json | None, kind: str, text_id: str) -> bool:
    if allowed is None or kind in (allowed.get("parse") or []):
        return True
    listed: list[Any] = allowed.get(kind) or []
    return text_id in {str(each) for each in listed}


def all_text(content: str, components: list[Json]) -> str:
    """Content and text displays together: with Components V2 the latter ping as well."""
    return "\n".join([content, *_texts(components)])


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for each in cast("list[Any]", value) for text in _texts(each)]
    if not isinstance(value, dict):
        return []
    component = cast("Json", value)
    own = [str(component["content"])] if component.get("type") == _TEXT_DISPLAY else []
    inside = [*_texts(component.get("components")), *_texts(component.get("accessory"))]
    return own + inside
