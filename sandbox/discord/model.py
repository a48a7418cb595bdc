"""What a Discord is made of. Ids are integers here and strings on the wire."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, IntFlag
from typing import Any

Json = dict[str, Any]


class ChannelType(IntEnum):
    GUILD_TEXT = 0
    DM = 1
    GUILD_VOICE = 2
    GROUP_DM = 3
    GUILD_CATEGORY = 4
    GUILD_ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    GUILD_STAGE_VOICE = 13
    GUILD_FORUM = 15


THREADS = {
    ChannelType.ANNOUNCEMENT_THREAD,
    ChannelType.PUBLIC_THREAD,
    ChannelType.PRIVATE_THREAD,
}
# where messages can be: voice channels have a chat of their own
TEXTUAL = THREADS | {
    ChannelType.GUILD_TEXT,
    ChannelType.DM,
    ChannelType.GROUP_DM,
    ChannelType.GUILD_VOICE,
    ChannelType.GUILD_ANNOUNCEMENT,
    ChannelType.GUILD_STAGE_VOICE,
}


class MessageType(IntEnum):
    DEFAULT = 0
    CHANNEL_PINNED_MESSAGE = 6
    USER_JOIN = 7
    THREAD_CREATED = 18
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    THREAD_STARTER_MESSAGE = 21
    CONTEXT_MENU_COMMAND = 23


class MessageFlag(IntFlag):
    CROSSPOSTED = 1 << 0
    IS_CROSSPOST = 1 << 1
    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_VOICE_MESSAGE = 1 << 13
    HAS_SNAPSHOT = 1 << 14
    IS_COMPONENTS_V2 = 1 << 15


class ApplicationFlag(IntFlag):
    """The privileged intents an application was given; the LIMITED ones are for small bots."""

    GATEWAY_PRESENCE = 1 << 12
    GATEWAY_PRESENCE_LIMITED = 1 << 13
    GATEWAY_GUILD_MEMBERS = 1 << 14
    GATEWAY_GUILD_MEMBERS_LIMITED = 1 << 15
    GATEWAY_MESSAGE_CONTENT = 1 << 18
    GATEWAY_MESSAGE_CONTENT_LIMITED = 1 << 19


@dataclass(eq=False, kw_only=True)
class User:
    """`accepts_dms` is a person's privacy setting: without it a bot is answered 50007.

    avatar, banner  hashes; the sandbox keeps no pictures of profiles
    """

    id: int
    username: str
    global_name: str | None = None
    bot: bool = False
    locale: str = "en-US"
    accepts_dms: bool = True
    avatar: str | None = None
    banner: str | None = None


@dataclass(eq=False, kw_only=True)
class TeamMember:
    """role is admin, developer or read_only; one who has not accepted yet may do nothing."""

    user: User
    role: str = "admin"
    accepted: bool = True


@dataclass(eq=False, kw_only=True)
class Application:
    """A bot's registration; `token` is what it logs in with.

    team  where it belongs to several people; its owner is the application's
    """

    id: int
    name: str
    owner: User
    bot: User
    token: str = field(repr=False)
    flags: int
    description: str = ""
    tags: list[str] = field(default_factory=list[str])
    icon: str | None = None
    public: bool = True
    user_install: bool = True
    max_concurrency: int = 1
    session_starts_total: int = 1000
    team: list[TeamMember] = field(default_factory=list[TeamMember])


@dataclass(eq=False, kw_only=True)
class Role:
    id: int
    name: str
    permissions: int
    position: int
    color: int = 0
    hoist: bool = False
    managed: bool = False
    mentionable: bool = False
    bot_id: int | None = None


@dataclass(eq=False, kw_only=True)
class Overwrite:
    """Of a role (type 0) or a member (type 1)."""

    id: int
    type: int
    allow: int = 0
    deny: int = 0


@dataclass(eq=False, kw_only=True)
class Member:
    user: User
    joined_at: datetime
    roles: list[int] = field(default_factory=list[int])
    nick: str | None = None
    timed_out_until: datetime | None = None
    flags: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    user: User
    reason: str | None


@dataclass(eq=False, kw_only=True)
class Attachment:
    """A file as it was uploaded. `waveform` is base64; `ephemeral` ones belong to interactions."""

    id: int
    channel_id: int
    filename: str
    content_type: str
    data: bytes = field(repr=False)
    width: int | None = None
    height: int | None = None
    description: str | None = None
    title: str | None = None
    duration_secs: float | None = None
    waveform: str | None = None
    ephemeral: bool = False
    spoiler: bool = False


@dataclass(eq=False, kw_only=True)
class Reaction:
    """`key` is as in a route: the emoji itself, or name:id."""

    key: str
    users: list[int] = field(default_factory=list[int])


@dataclass(eq=False, kw_only=True)
class Message:
    """`embeds`, `components`, `poll`, `interaction_metadata` and snapshots are in wire form.

    ephemeral_for  id of the only person who sees it besides the bot; None: everybody
    webhook_id     the application's id for interaction answers
    reference      {"type", "message_id", "channel_id", "guild_id"} in wire form
    """

    id: int
    channel: "Channel"
    author: User
    timestamp: datetime
    content: str = ""
    type: MessageType = MessageType.DEFAULT
    edited_timestamp: datetime | None = None
    tts: bool = False
    mention_everyone: bool = False
    mentions: list[User] = field(default_factory=list[User])
    mention_roles: list[int] = field(default_factory=list[int])
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    embeds: list[Json] = field(default_factory=list[Json])
    components: list[Json] = field(default_factory=list[Json])
    reactions: dict[str, Reaction] = field(default_factory=dict[str, Reaction])
    flags: int = 0
    pinned_at: datetime | None = None
    nonce: str | int | None = None
    reference: Json | None = None
    snapshots: list[Json] = field(default_factory=list[Json])
    poll: Json | None = None
    webhook_id: int | None = None
    application_id: int | None = None
    interaction_metadata: Json | None = None
    thread: "Channel | None" = None
    ephemeral_for: int | None = None


@dataclass(eq=False, kw_only=True)
class Channel:
    """A channel of any kind; direct messages have `recipients`, threads the fields at the end."""

    id: int
    type: ChannelType
    guild: "Guild | None" = None
    name: str | None = None
    topic: str | None = None
    position: int = 0
    nsfw: bool = False
    rate_limit_per_user: int = 0
    bitrate: int = 64_000
    user_limit: int = 0
    parent_id: int | None = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict[int, Overwrite])
    recipients: list[User] = field(default_factory=list[User])
    messages: dict[int, Message] = field(default_factory=dict[int, Message])  # oldest first
    last_message_id: int | None = None
    last_pin_timestamp: datetime | None = None

    owner_id: int | None = None
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    auto_archive_duration: int = 4320
    archive_timestamp: datetime | None = None
    created_at: datetime | None = None
    total_message_sent: int = 0
    thread_members: dict[int, datetime] = field(default_factory=dict[int, datetime])

    @property
    def is_thread(self) -> bool:
        return self.type in THREADS

    @property
    def is_direct(self) -> bool:
        return self.type in {ChannelType.DM, ChannelType.GROUP_DM}


@dataclass(eq=False, kw_only=True)
class Guild:
    """The role with the guild's own id is @everyone."""

    id: int
    name: str
    owner_id: int
    preferred_locale: str = "en-US"
    roles: dict[int, Role] = field(default_factory=dict[int, Role])
    members: dict[int, Member] = field(default_factory=dict[int, Member])
    channels: dict[int, Channel] = field(default_factory=dict[int, Channel])  # without threads
    threads: dict[int, Channel] = field(default_factory=dict[int, Channel])
    bans: dict[int, Ban] = field(default_factory=dict[int, Ban])  # by the user's id
