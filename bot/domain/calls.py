"""One exchange with the API, as it went over the wire: what is shown, counted and paid for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from bot.domain.chat import ChatEvent, ParameterChanged, StreamingDropped, Usage
from bot.domain.ids import ChannelId, GuildId, SourceId, TurnId, UserId

Json = Any
"""What JSON can say: dict, list, str, int, float, bool, None."""


class Operation(StrEnum):
    """What is asked of the API. One word for each, in every layer."""

    CHAT = "chat"
    COMPLETION = "completion"
    EDIT = "edit"
    IMAGE_GENERATION = "image_generation"
    IMAGE_EDIT = "image_edit"
    IMAGE_VARIATION = "image_variation"
    TRANSCRIPTION = "transcription"
    TRANSLATION = "translation"
    SPEECH = "speech"
    MODERATION = "moderation"
    MODELS = "models"
    FILES = "files"
    FINE_TUNING = "fine_tuning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One HTTP request and what came back, tries that failed among them.

    operation   what it was for; a fallback keeps the operation it stands in for
    method      GET, POST or DELETE
    path        below the base URL, with a slash in front and its query: "/images/edits"
    request     the body as JSON; of multipart its fields by name, a file as
                {"filename", "content_type", "bytes"}; None where there is none
    status      HTTP status; None where no answer came
    response    the body as JSON; text as str; binary as {"content_type", "bytes"}; a stream put
                together into the answer that it would have been without `stream`, with what had
                come where it broke; None where no answer came. base64 within is replaced by
                "(12,345 bytes)"
    streamed    it came in pieces
    model       as the server named it, else as asked; "" where none is involved
    seconds     from sending to the end
    usage       as the server counted it; None where it did not
    pictures    how many the answer held
    sound_s     seconds of sound, where the server said so
    error       the name of the error it ended with; None where it ended well
    unmade      the server can't have made anything of it: it was not reached, or it refused
    """

    operation: Operation
    method: str
    path: str
    request: Json = field(default=None, repr=False)
    status: int | None = None
    response: Json = field(default=None, repr=False)
    streamed: bool = False
    request_id: str | None = None
    model: str = ""
    started_at: datetime
    seconds: float = 0.0
    usage: Usage | None = None
    pictures: int = 0
    sound_s: float | None = None
    error: str | None = None
    unmade: bool = False


STOPPED = "Stopped"
"""The `error` of an exchange whose answer nobody waited for any more."""

Record = Callable[[Exchange], None]
"""Told of each exchange once it is over, also when it failed or was given up. Must not raise."""


def unrecorded(exchange: Exchange) -> None:
    """For calls that nobody pays for or looks at, such as those of `check`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackUsed:
    """The server has no such endpoint, so another stood in for it.

    operation  what was asked for
    path       what was used instead, below the base URL: "/chat/completions"
    lost       what did not come through it, in the API's parameter names; may be empty
    """

    operation: Operation
    path: str
    lost: tuple[str, ...] = ()


Notice = ParameterChanged | StreamingDropped | FallbackUsed
"""What was done otherwise than asked; said beside the answer."""

TextEvent = ChatEvent | FallbackUsed
"""What operations that answer with text yield."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """What was learnt about one path of one server, and when."""

    path: str
    present: bool
    learnt_at: datetime


Capabilities = Mapping[str, Capability]


CallId = NewType("CallId", int)
"""One row of the ledger."""

LoggedId = NewType("LoggedId", int)
"""One row of the API log."""


class Audience(StrEnum):
    """Who may look at a call that belongs to no turn; turns have rules of their own."""

    CHANNEL = "channel"  # who sees the answer there, but not what was put in
    ASKER = "asker"  # the answer is private
    OPERATORS = "operators"  # as long as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who pays for a call, and where it was asked for.

    turn      the turn it belongs to; None for calls that answer no question
    attempt   which try of that turn
    asked     without a turn: the interaction whose answer it was made for, which is that of the
              command, also where a button under its answer was pressed; None: nobody will look
    audience  without a turn: who may look
    """

    user: UserId
    guild: GuildId | None = None
    channel: ChannelId | None = None
    turn: TurnId | None = None
    attempt: int | None = None
    asked: SourceId | None = None
    audience: Audience = Audience.ASKER


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The most a call is expected to take; what is None does not apply.

    prompt, completion  tokens
    pictures            how many are drawn
    sound_s             seconds of sound that are heard
    size                of each picture, WxH, where it was named
    characters          of text that is spoken
    training            tokens that a model learns from, every epoch counted
    """

    prompt: int | None = None
    completion: int | None = None
    pictures: int | None = None
    size: str | None = None
    sound_s: float | None = None
    characters: int | None = None
    training: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Millionths of a US dollar, rounded up; None: the price or the amount is unknown.

    estimated  the server did not count, so it was worked out from the texts
    """

    microusd: int | None
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A limit on what may be spent in one period.

    scope   "total", "user:1" or "server:1"
    period  the UTC day or month: "2026-11-25", "2026-11"
    cap     millionths of a US dollar
    """

    scope: str
    period: str
    cap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetState:
    """The same with what is gone of it."""

    budget: Budget
    reserved: int
    spent: int

    @property
    def left(self) -> int:
        return max(0, self.budget.cap - self.reserved - self.spent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """A call whose process died before it was settled.

    reserved  microusd that were set aside for it when it began, `at`
    held      in which budgets: scope and period of each; None where nobody wrote it down
    """

    id: CallId
    caller: Caller
    at: datetime
    reserved: int
    held: tuple[tuple[str, str], ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One exchange with what it cost, as it is written down."""

    exchange: Exchange
    cost: Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """Sums over ledger rows that are alike.

    day        the UTC day, YYYY-MM-DD
    unpriced   how many of the calls have no known cost
    estimated  how many have one that the server did not count
    """

    day: str
    operation: Operation
    model: str
    calls: int
    failed: int
    prompt: int
    completion: int
    cached: int
    pictures: int
    sound_s: float
    microusd: int
    unpriced: int
    estimated: int = 0


class Period(StrEnum):
    """What a report is about. Days and months are those of UTC, as budgets count them."""

    DAY = "day"  # today
    WEEK = "week"  # today and the six days before
    MONTH = "month"  # from its first day
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """A row of the API log, put together again as far as it is still kept.

    turn, attempt             what it was made for; None for calls that answer no question
    asked, channel, audience  of those, see Caller; None for what is in the log from before
    """

    id: LoggedId
    turn: TurnId | None
    attempt: int | None
    payer: UserId | None
    exchange: Exchange
    asked: SourceId | None = None
    channel: ChannelId | None = None
    audience: Audience | None = None
