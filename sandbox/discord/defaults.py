"""The world a sandbox starts with: two servers, a few people, and the bot in both."""

import base64
import secrets

from sandbox.discord import payloads
from sandbox.discord.model import (
    Application,
    ApplicationFlag,
    Channel,
    ChannelType,
    Guild,
    Json,
    Member,
    Role,
    User,
)
from sandbox.discord.permissions import EVERYONE, Permission
from sandbox.discord.state import World

P = Permission
# what the invitation of a chat bot asks for
BOT_PERMISSIONS = int(
    P.VIEW_CHANNEL | P.SEND_MESSAGES | P.EMBED_LINKS | P.ATTACH_FILES | P.READ_MESSAGE_HISTORY
    | P.ADD_REACTIONS | P.CREATE_PUBLIC_THREADS | P.SEND_MESSAGES_IN_THREADS
)  # fmt: skip
_EVERYTHING_PRIVILEGED = (
    ApplicationFlag.GATEWAY_PRESENCE_LIMITED
    | ApplicationFlag.GATEWAY_GUILD_MEMBERS_LIMITED
    | ApplicationFlag.GATEWAY_MESSAGE_CONTENT_LIMITED
)
_PEOPLE = {"ada": "en-US", "ben": "en-GB", "mia": "zh-TW", "lin": "zh-CN", "operator": "en-US"}


def add_application(
    world: World, name: str, *, owner: User, flags: int = _EVERYTHING_PRIVILEGED
) -> Application:
    """Register a bot; it is in no server yet. Its user has the application's id, as new ones do."""
    snowflake = world.snowflakes.past()
    user = add_user(world, name, bot=True, user_id=snowflake)
    # three parts as in a real one: id, time, secret; clients read the first
    first = base64.urlsafe_b64encode(str(snowflake).encode()).decode().rstrip("=")
    token = f"{first}.{secrets.token_urlsafe(4)}.{secrets.token_urlsafe(28)}"
    application = Application(
        id=snowflake, name=name, owner=owner, bot=user, token=token, flags=int(flags)
    )
    world.applications[snowflake] = application
    return application


def add_user(
    world: World, name: str, *, locale: str = "en-US", bot: bool = False, user_id: int | None = None
) -> User:
    user = User(
        id=user_id or world.snowflakes.past(),
        username=name,
        global_name=None if bot else name.capitalize(),
        bot=bot,
        locale=locale,
    )
    world.users[user.id] = user
    return user


def default_world(world: World) -> Application:
    """Fill an empty world; answers the bot's application."""
    people = {name: add_user(world, name, locale=locale) for name, locale in _PEOPLE.items()}
    application = add_application(world, "Switchboard", owner=people["operator"])
    for name, owner in (("Switchyard", "ada"), ("Second server", "ben")):
        guild = add_guild(world, name, owner=people[owner])
        for person in people.values():
            add_member(world, guild, person)
        moderator = add_role(world, guild, "moderator", P.MANAGE_MESSAGES)
        manager = add_role(world, guild, "manager", P.MANAGE_GUILD)
        guild.members[people["operator"].id].roles.append(manager.id)
        if owner == "ben":  # where its own people see the commands for operators
            administrator = add_role(world, guild, "administrator", P.ADMINISTRATOR)
            guild.members[people["operator"].id].roles.append(administrator.id)
        else:
            guild.members[people["lin"].id].roles.append(moderator.id)
        add_bot(world, guild, application)
    return application


def add_guild(world: World, name: str, *, owner: User) -> Guild:
    """A server with its usual channels; only the owner is in it, and nobody is told."""
    guild = Guild(id=world.snowflakes.past(), name=name, owner_id=owner.id)
    world.guilds[guild.id] = guild
    guild.roles[guild.id] = Role(id=guild.id, name="@everyone", permissions=EVERYONE, position=0)
    add_member(world, guild, owner)
    category = add_channel(world, guild, "Text channels", ChannelType.GUILD_CATEGORY)
    for channel, kind in (
        ("general", ChannelType.GUILD_TEXT),
        ("random", ChannelType.GUILD_TEXT),
        ("announcements", ChannelType.GUILD_ANNOUNCEMENT),
        ("Lounge", ChannelType.GUILD_VOICE),
    ):
        add_channel(world, guild, channel, kind, parent=category)
    return guild


def add_channel(
    world: World,
    guild: Guild,
    name: str,
    kind: ChannelType = ChannelType.GUILD_TEXT,
    *,
    parent: Channel | None = None,
) -> Channel:
    channel = Channel(
        id=world.snowflakes.past(),
        type=kind,
        guild=guild,
        name=name,
        position=len(guild.channels),
        parent_id=parent.id if parent else None,
    )
    guild.channels[channel.id] = world.channels[channel.id] = channel
    world.dispatch("CHANNEL_CREATE", payloads.channel(channel), guild=guild)
    return channel


def add_role(world: World, guild: Guild, name: str, permissions: int = 0) -> Role:
    """A role below no other: the newest is the highest."""
    role = Role(
        id=world.snowflakes.past(),
        name=name,
        permissions=int(permissions),
        position=len(guild.roles),
    )
    guild.roles[role.id] = role
    payload: Json = {"guild_id": str(guild.id), "role": payloads.role(role)}
    world.dispatch("GUILD_ROLE_CREATE", payload, guild=guild)
    return role


def add_member(world: World, guild: Guild, user: User) -> Member:
    """Known already: the membership there is."""
    if (member := guild.members.get(user.id)) is None:
        member = guild.members[user.id] = Member(user=user, joined_at=world.clock.now())
        payload = payloads.member(member) | {"guild_id": str(guild.id)}
        world.dispatch("GUILD_MEMBER_ADD", payload, guild=guild)
    return member


def add_bot(world: World, guild: Guild, application: Application) -> Member:
    """Put a bot in a server, with the managed role that an invitation makes; it is told."""
    member = add_member(world, guild, application.bot)
    role = add_role(world, guild, application.name, BOT_PERMISSIONS)
    role.managed, role.bot_id = True, application.bot.id
    member.roles.append(role.id)
    # what is in it depends on the session's intents: the gateway fills it
    world.dispatch("GUILD_CREATE", {}, guild=guild, to=application)
    return member
