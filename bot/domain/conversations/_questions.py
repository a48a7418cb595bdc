"""What somebody asks, and how they want it answered."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.calls import Json, Operation
from bot.domain.chat import ChatParameters
from bot.domain.conversations._notices import InputLeftOut
from bot.domain.ids import ChannelId, GuildId, MessageId, PlaceKey, SourceId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionToken:
    """Lets the answer be edited until it expires (15 minutes). Secret: never logged or exported."""

    application: int
    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote a message; `name` is what the model is told in a channel of several people."""

    user: UserId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """How the person wants this turn answered: kept with it, so that Retry does the same again.

    operation     what is asked of the API; everything but CHAT stands in a place of its own
    parameters    of CHAT
    details       of the others: what the person set, in names of ours, as JSON
    system        for this turn, whatever the conversation says
    most_messages an answer that would fill more goes as a file; None: as many as usual
    moderation    "off", "prompts", or "all": answers, too, which are then shown when they are whole
    usual_system  from preferences and settings, where neither the turn nor the conversation has one
    """

    operation: Operation = Operation.CHAT
    model: str | None = None
    details: Mapping[str, Json] = field(default_factory=dict[str, Json])
    parameters: ChatParameters = field(default_factory=ChatParameters)
    system: str | None = None
    usual_system: str | None = None
    moderation: str = "off"
    most_messages: int | None = None
    fresh: bool = False
    stream: bool = True

    @property
    def choices(self) -> int:
        """How many answers were asked for, each of them a page."""
        if self.operation is Operation.CHAT:
            return self.parameters.n or 1
        return int(self.details.get("choices", 1))

    @property
    def goes_on(self) -> bool:
        """An answer that was cut short can be continued where it ended."""
        return self.operation in (Operation.CHAT, Operation.COMPLETION)

    @property
    def has_stand_in(self) -> bool:
        """Where a server does not have it, a chat model can do it."""
        return self.operation in (Operation.COMPLETION, Operation.EDIT, Operation.TRANSLATION)

    @property
    def shows_question(self) -> bool:
        """What was asked with is needed to show the answer: to say which prompt, to compare."""
        return self.operation in (Operation.COMPLETION, Operation.EDIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """An attachment, downloaded and checked.

    mime   image/* for pictures, audio/* for sound and application/pdf for documents that are more
           than their text, which are kept as blobs; anything else is text in UTF-8, which is kept
           within the message
    text   of such a document, as far as it has some; `pages` is how many it has
    """

    name: str
    mime: str
    data: bytes = field(repr=False)
    text: str = field(default="", repr=False)
    pages: int = 0


Inputs = Callable[[], Awaitable[Sequence[Input | InputLeftOut]]]
"""Fetches the attachments, after the turn has been accepted, and what the question points at.

Raises:
    FileError: which one, and why.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing said to the bot, with all that is needed to answer it, also after a restart.

    source      interaction id or message id: the same one is never answered twice
    kind        what the source is: "chat", "write", "mention", "reply", "direct", "complete"
    guild       None in direct and group messages
    more        texts that belong to it, each a part of its own: further prompts, what is edited
    attachments names of what `inputs` will fetch; empty where there are none
    idle_days   a conversation that was silent for longer begins afresh
    token       None for messages: these are answered through the channel
    """

    source: SourceId
    kind: str
    place: PlaceKey
    guild: GuildId | None
    channel: ChannelId
    author: Author
    text: str = field(repr=False)
    locale: str
    more: tuple[str, ...] = field(default=(), repr=False)
    private: bool = False
    answering: Answering = Answering()
    attachments: tuple[str, ...] = ()
    inputs: Inputs | None = field(default=None, repr=False)
    idle_days: int = 7
    token: InteractionToken | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Presser:
    """Who pressed a button, or typed a command, on something that exists already.

    source      the interaction's id
    message     the message the button is on; None for commands
    may_manage  has Manage Messages there
    """

    source: SourceId
    user: UserId
    channel: ChannelId
    may_manage: bool = False
    message: MessageId | None = None
    token: InteractionToken | None = None
