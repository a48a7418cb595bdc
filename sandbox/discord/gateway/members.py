"""Answers to Request Guild Members."""

from typing import cast

from sandbox.discord import payloads
from sandbox.discord.gateway.intents import Intent
from sandbox.discord.gateway.session import Session
from sandbox.discord.model import Guild, Json, Member
from sandbox.discord.state import World

_PER_CHUNK = 1000
_MAX_BY_QUERY = 100


def members_chunks(world: World, session: Session, asked: Json) -> list[Json]:
    """Nothing for a guild the bot is not in.

    Raises AttributeError, TypeError or ValueError for what is no such request.
    """
    guild = world.guilds.get(int(asked.get("guild_id") or 0))
    if guild is None or session.application.bot.id not in guild.members:
        return []
    found, missing = _find(guild, session, asked)
    parts = [found[start : start + _PER_CHUNK] for start in range(0, len(found), _PER_CHUNK)]
    parts = parts or [[]]
    chunks: list[Json] = []
    for index, part in enumerate(parts):
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [payloads.member(one) for one in part],
            "chunk_index": index,
            "chunk_count": len(parts),
        }
        if missing:
            chunk["not_found"] = missing
        if asked.get("presences"):
            chunk["presences"] = []
        if asked.get("nonce") is not None:
            chunk["nonce"] = asked["nonce"]
        chunks.append(chunk)
    return chunks


def _find(guild: Guild, session: Session, asked: Json) -> tuple[list[Member], list[str]]:
    wanted = asked.get("user_ids")
    if wanted is not None:
        listed = cast("list[object]", wanted) if isinstance(wanted, list) else [wanted]
        ids = [str(one) for one in listed]
        found = [guild.members[int(one)] for one in ids if int(one) in guild.members]
        return found, [one for one in ids if int(one) not in guild.members]
    query, limit = str(asked.get("query") or "").lower(), int(asked.get("limit") or 0)
    if not query and not limit:
        whole = bool(session.intents & Intent.GUILD_MEMBERS)
        return (list(guild.members.values()) if whole else []), []
    found = [one for one in guild.members.values() if starts_with(one, query)]
    return found[: min(limit or _MAX_BY_QUERY, _MAX_BY_QUERY)], []


def starts_with(member: Member, query: str) -> bool:
    """Whether a name or nickname begins with it, as member search does; query in lower case."""
    names = (member.user.username, member.user.global_name, member.nick)
    return any(name is not None and name.lower().startswith(query) for name in names)
