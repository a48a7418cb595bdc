"""The first events of a session."""

from sandbox.discord import payloads
from sandbox.discord.gateway.intents import Intent
from sandbox.discord.gateway.session import Session
from sandbox.discord.model import Application, Guild, Json
from sandbox.discord.state import World


def ready(world: World, session: Session, guilds: list[Guild]) -> Json:
    """Guilds come as unavailable; a GUILD_CREATE follows for each."""
    application = session.application
    return {
        "v": 10,
        "user": payloads.own_user(application.bot),
        "user_settings": {},
        "session_type": "normal",
        "session_id": session.id,
        "resume_gateway_url": world.base_url.replace("http", "ws", 1) + "/gateway",
        "relationships": [],
        "private_channels": [],
        "presences": [],
        "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
        "guild_join_requests": [],
        "geo_ordered_rtc_regions": [],
        "shard": list(session.shard),
        "application": {"id": str(application.id), "flags": application.flags},
        "auth": {},
        "_trace": ["sandbox"],
    }


def guild_create(world: World, guild: Guild, application: Application, intents: int) -> Json:
    """Whole members only with both intents; else the bot finds just itself, as on Discord."""
    own = guild.members[application.bot.id]
    all_members = intents & Intent.GUILD_MEMBERS and intents & Intent.GUILD_PRESENCES
    members = list(guild.members.values()) if all_members else [own]
    threads = [
        thread
        for thread in guild.threads.values()
        if not thread.archived and world.can_see(thread, application.bot)
    ]
    return payloads.guild_create(guild, own=own, members=members, threads=threads)
