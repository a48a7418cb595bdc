"""Which intent lets an event through. Source: Discord's documentation, list of intents."""

from enum import IntFlag

from sandbox.discord.model import ApplicationFlag


class Intent(IntFlag):
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    GUILD_EXPRESSIONS = 1 << 3
    GUILD_INTEGRATIONS = 1 << 4
    GUILD_WEBHOOKS = 1 << 5
    GUILD_INVITES = 1 << 6
    GUILD_VOICE_STATES = 1 << 7
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15
    GUILD_SCHEDULED_EVENTS = 1 << 16
    AUTO_MODERATION_CONFIGURATION = 1 << 20
    AUTO_MODERATION_EXECUTION = 1 << 21
    GUILD_MESSAGE_POLLS = 1 << 24
    DIRECT_MESSAGE_POLLS = 1 << 25


ALL_INTENTS = sum(Intent)
_PRIVILEGED = {
    Intent.GUILD_PRESENCES: ApplicationFlag.GATEWAY_PRESENCE
    | ApplicationFlag.GATEWAY_PRESENCE_LIMITED,
    Intent.GUILD_MEMBERS: ApplicationFlag.GATEWAY_GUILD_MEMBERS
    | ApplicationFlag.GATEWAY_GUILD_MEMBERS_LIMITED,
    Intent.MESSAGE_CONTENT: ApplicationFlag.GATEWAY_MESSAGE_CONTENT
    | ApplicationFlag.GATEWAY_MESSAGE_CONTENT_LIMITED,
}

_BY_PREFIX: tuple[tuple[str, Intent, Intent | None], ...] = (
    # prefix, intent in servers, intent in direct messages (None: there are none)
    ("MESSAGE_REACTION_", Intent.GUILD_MESSAGE_REACTIONS, Intent.DIRECT_MESSAGE_REACTIONS),
    ("MESSAGE_POLL_", Intent.GUILD_MESSAGE_POLLS, Intent.DIRECT_MESSAGE_POLLS),
    ("MESSAGE_", Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES),
    ("TYPING_START", Intent.GUILD_MESSAGE_TYPING, Intent.DIRECT_MESSAGE_TYPING),
    ("CHANNEL_PINS_UPDATE", Intent.GUILDS, Intent.DIRECT_MESSAGES),
    ("CHANNEL_", Intent.GUILDS, None),
    ("THREAD_", Intent.GUILDS, None),
    ("GUILD_MEMBER_", Intent.GUILD_MEMBERS, None),
    ("GUILD_BAN_", Intent.GUILD_MODERATION, None),
    ("GUILD_ROLE_", Intent.GUILDS, None),
    ("GUILD_CREATE", Intent.GUILDS, None),
    ("GUILD_UPDATE", Intent.GUILDS, None),
    ("GUILD_DELETE", Intent.GUILDS, None),
    ("PRESENCE_UPDATE", Intent.GUILD_PRESENCES, None),
    ("VOICE_STATE_UPDATE", Intent.GUILD_VOICE_STATES, None),
    ("INVITE_", Intent.GUILD_INVITES, None),
    ("WEBHOOKS_UPDATE", Intent.GUILD_WEBHOOKS, None),
)


def lets_through(intents: int, event: str, *, direct: bool) -> bool:
    """Events that no intent names (INTERACTION_CREATE and the like) always pass."""
    for prefix, in_guilds, in_direct in _BY_PREFIX:
        if event.startswith(prefix):
            needed = in_direct if direct else in_guilds
            return needed is not None and bool(intents & needed)
    return True


def disallowed(intents: int, application_flags: int) -> bool:
    """Whether a privileged intent is asked for that the application was not given."""
    return any(
        intents & intent and not application_flags & flags for intent, flags in _PRIVILEGED.items()
    )
