"""How things look on the wire: people, roles, members, servers, channels, applications."""

from datetime import UTC, datetime

from sandbox.discord.model import (
    Application,
    Channel,
    ChannelType,
    Guild,
    Json,
    Member,
    Overwrite,
    Role,
    User,
)

MAX_VIDEO_USERS = 25
_BOT_DISCRIMINATOR = "4242"  # bots still have one, of four digits; "0000" is for webhooks


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def user(person: User) -> Json:
    payload: Json = {
        "id": str(person.id),
        "username": person.username,
        "global_name": person.global_name,
        "discriminator": _BOT_DISCRIMINATOR if person.bot else "0",
        "avatar": person.avatar,
        "avatar_decoration_data": None,
        "banner": person.banner,
        "accent_color": None,
        "collectibles": None,
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
    }
    if person.bot:
        payload["bot"] = True
    return payload


def own_user(bot: User) -> Json:
    """As the bot sees itself."""
    return user(bot) | {
        "mfa_enabled": True,
        "locale": bot.locale,
        "premium_type": 0,
        "email": None,
        "verified": True,
    }


def role(guild_role: Role) -> Json:
    payload: Json = {
        "id": str(guild_role.id),
        "name": guild_role.name,
        "description": None,
        "permissions": str(guild_role.permissions),
        "position": guild_role.position,
        "color": guild_role.color,
        "colors": {
            "primary_color": guild_role.color,
            "secondary_color": None,
            "tertiary_color": None,
        },
        "hoist": guild_role.hoist,
        "managed": guild_role.managed,
        "mentionable": guild_role.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    if guild_role.bot_id is not None:
        payload["tags"] = {"bot_id": str(guild_role.bot_id)}
    return payload


def member_without_user(member: Member) -> Json:
    """The `member` of MESSAGE_CREATE and the like."""
    return {
        "avatar": None,
        "avatar_decoration_data": None,
        "banner": None,
        "collectibles": None,
        "communication_disabled_until": (
            iso(member.timed_out_until) if member.timed_out_until else None
        ),
        "flags": member.flags,
        "joined_at": iso(member.joined_at),
        "nick": member.nick,
        "pending": False,
        "premium_since": None,
        "roles": [str(role_id) for role_id in member.roles],
        "mute": False,
        "deaf": False,
    }


def member(guild_member: Member) -> Json:
    return member_without_user(guild_member) | {"user": user(guild_member.user)}


def overwrite(one: Overwrite) -> Json:
    return {
        "id": str(one.id),
        "type": one.type,
        "allow": str(one.allow),
        "deny": str(one.deny),
    }


def channel(place: Channel, *, seen_by: User | None = None) -> Json:
    """A channel of any kind.

    `seen_by`: a direct message leaves this user out of its recipients, a thread has this user's
    `member` where it joined.
    """
    if place.is_thread:
        return thread(place, seen_by=seen_by)
    last = str(place.last_message_id) if place.last_message_id else None
    payload: Json = {"id": str(place.id), "type": int(place.type), "flags": 0}
    if place.type is not ChannelType.GUILD_CATEGORY:
        payload["last_message_id"] = last
        payload["last_pin_timestamp"] = (
            iso(place.last_pin_timestamp) if place.last_pin_timestamp else None
        )
    if place.guild is None:
        payload["recipients"] = [user(one) for one in place.recipients if one is not seen_by]
        if place.type is ChannelType.GROUP_DM:
            payload |= {"name": place.name, "icon": None, "owner_id": str(place.owner_id)}
        return payload
    payload |= {
        "guild_id": str(place.guild.id),
        "name": place.name or "",
        "parent_id": str(place.parent_id) if place.parent_id else None,
        "position": place.position,
        "permission_overwrites": [overwrite(one) for one in place.overwrites.values()],
    }
    if place.type is not ChannelType.GUILD_CATEGORY:
        payload |= {"nsfw": place.nsfw, "rate_limit_per_user": place.rate_limit_per_user}
    if place.type in {ChannelType.GUILD_TEXT, ChannelType.GUILD_ANNOUNCEMENT}:
        payload["topic"] = place.topic
    if place.type in {ChannelType.GUILD_VOICE, ChannelType.GUILD_STAGE_VOICE}:
        payload |= {"bitrate": place.bitrate, "user_limit": place.user_limit, "rtc_region": None}
    return payload


def thread(place: Channel, *, seen_by: User | None = None) -> Json:
    if place.guild is None or place.archive_timestamp is None or place.created_at is None:
        raise AssertionError("a thread is in a server and has its times")
    metadata: Json = {
        "archived": place.archived,
        "archive_timestamp": iso(place.archive_timestamp),
        "auto_archive_duration": place.auto_archive_duration,
        "locked": place.locked,
        "create_timestamp": iso(place.created_at),
    }
    if place.type is ChannelType.PRIVATE_THREAD:
        metadata["invitable"] = place.invitable
    payload: Json = {
        "id": str(place.id),
        "type": int(place.type),
        "flags": 0,
        "guild_id": str(place.guild.id),
        "parent_id": str(place.parent_id),
        "name": place.name or "",
        "owner_id": str(place.owner_id),
        "last_message_id": str(place.last_message_id) if place.last_message_id else None,
        "last_pin_timestamp": None,
        "rate_limit_per_user": place.rate_limit_per_user,
        "thread_metadata": metadata,
        "message_count": max(0, place.total_message_sent),
        "member_count": min(50, len(place.thread_members)),
        "total_message_sent": place.total_message_sent,
    }
    if seen_by is not None and seen_by.id in place.thread_members:
        payload["member"] = thread_member(place, seen_by.id)
    return payload


def thread_member(place: Channel, user_id: int) -> Json:
    return {
        "id": str(place.id),
        "user_id": str(user_id),
        "join_timestamp": iso(place.thread_members[user_id]),
        "flags": 1,
    }


def guild(server: Guild) -> Json:
    """As REST answers it; `guild_create` adds what only the gateway sends."""
    return {
        "id": str(server.id),
        "name": server.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": str(server.owner_id),
        "application_id": None,
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": [role(one) for one in server.roles.values()],
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": MAX_VIDEO_USERS,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": server.preferred_locale,
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }


def guild_create(
    server: Guild, *, own: Member, members: list[Member], threads: list[Channel]
) -> Json:
    """members: those the intents let through; threads: the active ones the bot can see."""
    return guild(server) | {
        "joined_at": iso(own.joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(server.members),
        "members": [member(one) for one in members],
        "channels": [_in_guild(one) for one in server.channels.values()],
        "threads": [thread(one, seen_by=own.user) for one in threads],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def _in_guild(place: Channel) -> Json:
    """Channels inside GUILD_CREATE do not repeat their guild."""
    payload = channel(place)
    del payload["guild_id"]
    return payload


def application(app: Application, *, guilds: int) -> Json:
    """As /applications/@me answers the application itself."""
    return {
        "id": str(app.id),
        "name": app.name,
        "icon": app.icon,
        "description": app.description,
        "type": None,
        "summary": "",
        "bot": user(app.bot),
        "bot_public": app.public,
        "bot_require_code_grant": False,
        "integration_types_config": ({"0": {}, "1": {}} if app.user_install else {"0": {}}),
        "verify_key": f"{app.id:064x}",
        "flags": app.flags,
        "flags_new": str(app.flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "event_webhooks_url": None,
        "event_webhooks_status": 1,
        "owner": user(app.owner),
        "team": _team(app) if app.team else None,
        "approximate_guild_count": guilds,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
        "tags": app.tags,
    }


def _team(app: Application) -> Json:
    """Discord shows a team with the application's own id where it is as old as it."""
    return {
        "id": str(app.id),
        "icon": None,
        "name": f"Team of {app.name}",
        "owner_user_id": str(app.owner.id),
        "members": [
            {
                "membership_state": 2 if member.accepted else 1,
                "role": member.role,
                "team_id": str(app.id),
                "user": user(member.user),
                "permissions": ["*"],
            }
            for member in app.team
        ],
    }
