"""One interaction: who did what where, and how far its answer is."""

from dataclasses import dataclass, field
from enum import IntEnum

from sandbox.discord.model import Application, Channel, Guild, Json, Message, MessageFlag, User

SECONDS_TO_ACKNOWLEDGE = 3.0
TOKEN_SECONDS = 15 * 60.0
MAX_FOLLOWUPS_OUTSIDE = 5  # where the application is not a member


class InteractionType(IntEnum):
    APPLICATION_COMMAND = 2
    MESSAGE_COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class Context(IntEnum):
    GUILD = 0
    BOT_DM = 1
    PRIVATE_CHANNEL = 2


class CallbackType(IntEnum):
    CHANNEL_MESSAGE_WITH_SOURCE = 4
    DEFERRED_CHANNEL_MESSAGE_WITH_SOURCE = 5
    DEFERRED_UPDATE_MESSAGE = 6
    UPDATE_MESSAGE = 7
    AUTOCOMPLETE_RESULT = 8
    MODAL = 9


@dataclass(eq=False, kw_only=True)
class Interaction:
    """As it stands now.

    started    monotonic seconds of the sandbox's clock
    data       as it was sent: the command's name and options, the custom_id, the form's fields
    command    the registered command that was used; None for components and forms of components
    source     the message whose component was used, also for the form that it opened
    parent     the interaction whose form this one submits
    owners     authorizing_integration_owners
    callback   how it was acknowledged; None: not yet
    original   @original: the first answer, or the message a component updates
    posts      messages made by it, in order, deleted ones too
    modal      the form it opened, its components in wire form
    choices    what autocomplete suggested
    updated    the source message was changed by this interaction
    failed     three seconds went by without an answer
    """

    id: int
    token: str = field(repr=False)
    type: InteractionType
    application: Application
    user: User
    channel: Channel
    guild: Guild | None
    context: Context
    owners: dict[str, str]
    started: float
    data: Json
    command: Json | None = None
    source: Message | None = None
    parent: "Interaction | None" = None
    target_user: User | None = None
    target_message: Message | None = None
    callback: CallbackType | None = None
    original: Message | None = None
    posts: list[Message] = field(default_factory=list[Message])
    modal: Json | None = None
    choices: list[Json] | None = None
    updated: bool = False
    failed: bool = False
    followups: int = 0

    @property
    def outside(self) -> bool:
        """Used by its user's installation alone: the bot is no member here."""
        return "0" not in self.owners

    @property
    def thinking(self) -> bool:
        return self.original is not None and bool(self.original.flags & MessageFlag.LOADING)

    def alive(self, message: Message) -> bool:
        return message.channel.messages.get(message.id) is message
