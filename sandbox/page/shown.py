"""What the page needs to know: places, people, commands, messages and forms."""

from typing import cast

from sandbox.discord.model import TEXTUAL, Channel, ChannelType, Guild, Json, User
from sandbox.discord.permissions import Permission
from sandbox.discord.state import World
from sandbox.driver import Form, Message
from sandbox.driver import User as Driver

_SHOWN_CHANNELS = TEXTUAL | {ChannelType.GUILD_CATEGORY}
_MAY = {
    "send": Permission.SEND_MESSAGES,
    "attach": Permission.ATTACH_FILES,
    "voice": Permission.SEND_VOICE_MESSAGES,
    "react": Permission.ADD_REACTIONS,
    "manage": Permission.MANAGE_MESSAGES,
}


def shown_state(world: World, driver: Driver, channel: Channel, *, online: bool) -> Json:
    """Everything beside the messages, as this person sees it."""
    me = driver.user
    permissions = world.permissions(channel, me)
    bot = driver.application.bot
    world.direct_channel(me, bot)  # always there to be opened
    return {
        "me": str(me.id),
        "bot": str(bot.id),
        "online": online,
        "people": [_person(one) for one in world.users.values()],
        "guilds": [_guild(world, one, me) for one in world.guilds.values() if me.id in one.members],
        "direct": [
            {**_channel(one), "recipients": [str(who.id) for who in one.recipients]}
            for one in world.channels.values()
            if one.is_direct and me in one.recipients
        ],
        "channel": str(channel.id),
        "may": {name: bool(permissions & flag) for name, flag in _MAY.items()},
    }


def _person(user: User) -> Json:
    return {
        "id": str(user.id),
        "name": user.username,
        "shown": user.global_name or user.username,
        "bot": user.bot,
        "locale": user.locale,
    }


def _guild(world: World, guild: Guild, me: User) -> Json:
    places = [*guild.channels.values(), *guild.threads.values()]
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner": str(guild.owner_id),
        "channels": [
            _channel(one) for one in places if one.type in _SHOWN_CHANNELS and _open(world, one, me)
        ],
        "roles": [
            {"id": str(one.id), "name": one.name, "color": one.color, "managed": one.managed}
            for one in sorted(guild.roles.values(), key=lambda role: -role.position)
        ],
        "members": [
            {"id": str(one.user.id), "nick": one.nick, "roles": [str(role) for role in one.roles]}
            for one in guild.members.values()
        ],
    }


def _open(world: World, channel: Channel, me: User) -> bool:
    return not channel.archived and world.can_see(channel, me)


def _channel(channel: Channel) -> Json:
    return {
        "id": str(channel.id),
        "type": int(channel.type),
        "name": channel.name,
        "topic": channel.topic,
        "parent": str(channel.parent_id) if channel.parent_id else None,
        "position": channel.position,
        "last": str(channel.last_message_id or 0),
    }


def shown_message(message: Message) -> Json:
    """Discord's own JSON, and what only the client knows of it."""
    return {
        **message.raw,
        "text": message.text,
        "ephemeral": message.ephemeral,
        "thinking": message.thinking,
        "failed": message.failed,
    }


def shown_commands(commands: list[Json], locale: str) -> list[Json]:
    """Named and described in the person's language, as the client does it."""
    return [_translated(one, locale) for one in commands]


def _translated(one: Json, locale: str) -> Json:
    names = cast("Json", one.get("name_localizations") or {})
    descriptions = cast("Json", one.get("description_localizations") or {})
    shown: Json = {key: value for key, value in one.items() if not key.endswith("_localizations")}
    shown["shown"] = names.get(locale, one["name"])
    if "description" in one:
        shown["description"] = descriptions.get(locale, one["description"])
    for inner in ("options", "choices"):
        if one.get(inner):
            shown[inner] = [_translated(each, locale) for each in cast("list[Json]", one[inner])]
    return shown


def shown_form(form: Form) -> Json:
    """Its JSON; the fields are told apart by their custom_id."""
    return {"id": str(form.interaction.id), **form.raw}
