"""Conversations as they are kept: places, turns, attempts, and the turn that is being answered."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.calls import FallbackUsed, Json, Operation
from bot.domain.chat import (
    ChatParameters,
    ParameterChanged,
    Part,
    Role,
    StreamingDropped,
    TokenLogprob,
    Usage,
)
from bot.domain.errors import BotError
from bot.domain.ids import (
    ChannelId,
    ConversationId,
    GuildId,
    MessageId,
    PlaceKey,
    SourceId,
    SummaryId,
    TurnId,
    UserId,
)


class TurnState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"  # by the Stop button; the text so far is kept
    FAILED = "failed"  # the API, Discord's files or our limits; the error's code is kept
    INTERRUPTED = "interrupted"  # the process died or was stopped in mid-answer
    UNDONE = "undone"
    ERASED = "erased"

    @property
    def ended(self) -> bool:
        return self not in (TurnState.QUEUED, TurnState.RUNNING)

    @property
    def live(self) -> bool:
        """Part of the history that is sent along with the next question."""
        return self in (TurnState.DONE, TurnState.STOPPED)


def channel_place(channel: ChannelId) -> PlaceKey:
    return PlaceKey(f"channel:{channel}")


def own_place(channel: ChannelId, user: UserId) -> PlaceKey:
    """One person's conversation in a channel where each has their own."""
    return PlaceKey(f"channel:{channel}:{user}")


def direct_place(channel: ChannelId) -> PlaceKey:
    return PlaceKey(f"direct:{channel}")


def install_place(channel: ChannelId, user: UserId) -> PlaceKey:
    """User install: the bot is no member there, so the history is the asker's own."""
    return PlaceKey(f"install:{channel}:{user}")


def private_place(channel: ChannelId, user: UserId) -> PlaceKey:
    """Private turns never enter the channel's conversation."""
    return PlaceKey(f"private:{channel}:{user}")


def once_place(source: SourceId, *, reachable: bool) -> PlaceKey:
    """A place for one question alone: what is asked there is part of no conversation.

    reachable  the bot itself may write there; False where it is only installed by the user
    """
    return PlaceKey(f"once:{source}" if reachable else f"install:once:{source}")


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

    mime  image/* for pictures and audio/* for sound, which are kept as blobs; anything else is
          text in UTF-8, which is kept within the message
    """

    name: str
    mime: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """A file that an answer consists of: a picture, sound, or a text in UTF-8 such as subtitles.

    description  Discord's alt text, at most 1,024 characters; None for sound
    """

    name: str
    mime: str
    data: bytes = field(repr=False)
    description: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunAfresh:
    """Nothing was asked here for `days`, so this question begins a conversation."""

    days: int


class LeftOut(StrEnum):
    NOT_ALLOWED = "not_allowed"  # the bot, or whoever asked, may not read it
    GONE = "gone"
    TOO_MANY = "too_many"
    FILE = "file"  # attached to a message that was pointed at, and not usable


@dataclass(frozen=True, slots=True, kw_only=True)
class InputLeftOut:
    """Something that the question points at was not sent. `what` is its link or name."""

    what: str
    why: LeftOut


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
    token: InteractionToken | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question and its attempts, as kept."""

    id: TurnId
    conversation: ConversationId
    seq: int
    source: SourceId
    place: PlaceKey
    guild: GuildId | None
    channel: ChannelId
    asker: UserId
    payer: UserId  # whoever asked for the newest attempt
    locale: str
    private: bool
    state: TurnState
    attempt: int  # the one running, or chosen to be shown and remembered; 1 is the first
    choice: int  # 0-based, which of the n answers is shown and remembered
    attempts: int
    answering: Answering
    attachments: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A kept role/content message."""

    role: Role
    parts: tuple[Part, ...]
    author: Author | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at an answer, as kept. `error` is what failed, in the form the service wrote it."""

    n: int
    state: TurnState
    model: str
    finish_reasons: tuple[str | None, ...] = ()
    usage: Usage | None = None
    request_id: str | None = None
    error: str | None = None
    notices: tuple["Notice", ...] = ()
    reasoning: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Part `part` (0 is the first) of a shown answer is Discord message `message`."""

    part: int
    channel: ChannelId
    message: MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryShortened:
    """The window did not hold the whole conversation: the newest `sent` exchanges were sent."""

    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySummed:
    """From now on a summary stands for `exchanges` questions and their answers.

    whole  nothing was said before these
    """

    exchanges: int
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReplaced:
    """`option` is what `asked` does not do; None where it was not there at all."""

    asked: str
    used: str
    option: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatReplaced:
    """A file would have been larger than may be sent, so it has another format."""

    asked: str
    used: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCut:
    """A document was too long: only its first `read` pages of `pages` were sent."""

    file: str
    read: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRevised:
    """The model drew after other words than those it was given."""

    prompt: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureCropped:
    """The server takes square pictures only, so the middle of this one was sent."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingMarked:
    """A server of 2023 changes what is marked, and nothing was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureReduced:
    """A picture was over Discord's limit, so it is shown with less detail than it was drawn."""

    name: str


Notice = (
    BegunAfresh
    | InputLeftOut
    | FileCut
    | ParameterChanged
    | StreamingDropped
    | HistoryShortened
    | HistorySummed
    | ModelReplaced
    | FormatReplaced
    | FallbackUsed
    | PromptRevised
    | PictureCropped
    | NothingMarked
    | PictureReduced
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a recording has come.

    piece, of  the piece that is being heard, counted from 1; 1 of 1 where it goes in one
    seconds    of sound, of all pieces together
    microusd   what hearing it costs; None where the price is not known
    """

    piece: int
    of: int
    seconds: float
    microusd: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """What a turn looks like right now. Views replace each other; no queue of them grows.

    version    counts up with every change
    place      questions ahead in this conversation; 0 when it is this one's turn
    texts      the answer so far, by choice (one unless n was set)
    reasoning  the thinking so far, by choice; empty for most models
    files      pictures or sound, all in one message; while it runs, what there is of them
    logged     its API calls can be shown
    asked      the texts of the question, where `shows_question`; empty before the answer begins
    heard      what was said in the question, where that was sound and not text
    progress   while a recording is heard
    error      why it failed, where it did
    """

    turn: Turn
    version: int
    state: TurnState
    place: int = 0
    texts: tuple[str, ...] = ("",)
    reasoning: tuple[str, ...] = ()
    logprobs: tuple[tuple[TokenLogprob, ...], ...] = ()
    files: tuple[Produced, ...] = ()
    logged: bool = False
    asked: tuple[str, ...] = field(default=(), repr=False)
    heard: str = ""
    progress: Progress | None = None
    notices: tuple[Notice, ...] = ()
    finish_reasons: tuple[str | None, ...] = ()
    error: BotError | None = None

    @property
    def cut_short(self) -> bool:
        """There is text, and more of it was to come: it can be continued."""
        choice = self.turn.choice
        if (
            not self.turn.answering.goes_on
            or choice >= len(self.texts)
            or not self.texts[choice].strip()
        ):
            return False
        if self.state is TurnState.DONE:
            return self.finish_reasons[choice : choice + 1] == ("length",)
        return self.state in (TurnState.STOPPED, TurnState.FAILED, TurnState.INTERRUPTED)


class LiveTurn(Protocol):
    """A turn that is waiting or being answered. It ends and is stored with nobody watching, too."""

    def snapshot(self) -> TurnView: ...

    async def changed(self, *, after: int) -> TurnView:
        """The newest view, as soon as its version is over `after`; at once when it is already."""
        ...


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question and the answer that was chosen for the history."""

    turn: TurnId
    seq: int
    asker: UserId
    question: Message
    answer: Message
    attempt: int = 1  # of the answer
    choice: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The model's own words for what was said up to the turn `upto_seq`.

    exchanges  how many it stands for
    whole      nothing that was said before is missing
    """

    id: SummaryId
    upto_seq: int
    exchanges: int
    whole: bool
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSummary:
    """One line of a list of conversations.

    last_at  when something was last asked; when it was begun, where nothing was
    turns    how many are remembered
    title    the first remembered question, in one line of at most 100 characters
    """

    id: ConversationId
    created_at: datetime
    last_at: datetime
    turns: int
    title: str = field(repr=False)
    has_system_prompt: bool
    current: bool
