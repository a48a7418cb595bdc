"""What can go wrong on purpose.

BotError
+-- RefusedError                 the person can do something about it
|   +-- NotAllowedError
|   +-- OptionError
|   +-- LayerError
|   +-- OptionGoneError
|   +-- FileError
|   +-- MaskSizeError
|   +-- NoPictureError
|   +-- InputsGoneError
|   +-- NothingHereError
|   +-- QueueFullError
|   +-- TooFastError
|   +-- ContentFlaggedError
|   +-- TurnRunningError
|   +-- NothingToUndoError
|   +-- NotYoursError
|   +-- NoThreadsHereError
|   +-- ConversationNotFoundError
|   +-- TurnNotFoundError
|   +-- WindowTooSmallError
|   +-- BudgetExceededError
|   +-- CallNotKeptError
|   +-- ConfirmationGoneError
|   +-- TrainingDataError
|   +-- NotAFineTuneError
|   +-- BackupError
|   +-- ShuttingDownError
+-- UpstreamError                the OpenAI API did not deliver
|   +-- RequestRejectedError
|   +-- ContentRejectedError
|   +-- ContextLengthError
|   +-- KeyRejectedError
|   +-- AccessDeniedError
|   +-- ModelNotFoundError
|   +-- RemoteNotFoundError
|   +-- EndpointMissingError
|   +-- RateLimitedError
|   +-- CreditExhaustedError
|   +-- ServerFaultError
|   +-- UnreachableError
|   +-- UpstreamTimeoutError
|   +-- BadAnswerError
+-- StorageError                 the database could not keep or give something
|   +-- DatabaseBusyError
|   +-- DatabaseFullError
|   +-- DatabaseCorruptError
|   +-- DatabaseUnavailableError
|   +-- NewerSchemaError
|   +-- AlreadyRunningError
+-- MediaError                   the process that reads files did not deliver
+-- LeaseLostError               another process owns the turn now
+-- UnplannedError               a mistake of ours

Errors carry facts, never sentences: cogs/_replies.py says them to people, bot/cli.py to operators.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.ids import TurnId
from bot.domain.preferences import Layer


class BotError(Exception):
    """Base of every error this project raises."""


class RefusedError(BotError):
    """The request can't be served as it stands."""


class Rule(StrEnum):
    """Who or what said no, so that the answer can name who may change it."""

    USER_NOT_ALLOWED = "ALLOWED_USER_IDS"
    GUILD_NOT_ALLOWED = "ALLOWED_GUILD_IDS"
    BLOCKED = "BLOCKED_IDS"
    DIRECT_MESSAGES_OFF = "ALLOW_DMS"
    USER_INSTALL_OFF = "ALLOW_USER_INSTALL"
    OPERATORS_ONLY = "OPERATOR_IDS"
    # The server's own, by the name of their key in /settings
    FEATURE_OFF = "features"
    ROLE_NOT_ALLOWED = "allowed_roles"
    CHANNEL_NOT_ALLOWED = "allowed_channels"


@dataclass
class NotAllowedError(RefusedError):
    rule: Rule


@dataclass
class OptionError(RefusedError):
    """An option whose value Discord could not check.

    allowed  the range or form that would be accepted, in notation ("1..5", "JSON object")
    """

    option: str
    value: str
    allowed: str


@dataclass
class OptionGoneError(RefusedError):
    """Options that what this API server offers at `path` has nothing for; never dropped silently.

    options  in the API's names
    path     below the base URL: "/fine_tuning/jobs"
    """

    options: tuple[str, ...]
    path: str


@dataclass
class LayerError(RefusedError):
    """A setting that can't be set there; `layers` are those where it can."""

    key: str
    layers: tuple[Layer, ...]


class FileFault(StrEnum):
    TOO_LARGE = "too_large"
    TOO_LARGE_FOR_DISCORD = "too_large_for_discord"  # the command line can
    TOO_LARGE_TOGETHER = "too_large_together"
    TOO_MANY_PIXELS = "too_many_pixels"
    NOT_SUPPORTED = "not_supported"
    NOT_TEXT = "not_text"
    DAMAGED = "damaged"
    GONE = "gone"
    FORBIDDEN_HOST = "forbidden_host"
    TOO_LONG = "too_long"
    NOT_A_PICTURE = "not_a_picture"
    NOT_SOUND = "not_sound"
    NOT_A_PDF = "not_a_pdf"
    WITHOUT_SOUND = "without_sound"  # a film without a sound track, or nothing in it
    WITHOUT_WORDS = "without_words"  # sound, in which nobody speaks
    ENCRYPTED = "encrypted"
    WITHOUT_TEXT = "without_text"
    MASK_EMPTY = "mask_empty"


@dataclass
class FileError(RefusedError):
    """An attachment that can't be used; `limit` in the unit of the fault.

    bytes, pixels for TOO_MANY_PIXELS, seconds for TOO_LONG
    """

    filename: str
    fault: FileFault
    limit: int | None = None


@dataclass
class MaskSizeError(RefusedError):
    """A mask has to be as large as its picture; sizes are width and height in pixels."""

    picture: tuple[int, int]
    mask: tuple[int, int]


class NoPictureError(RefusedError):
    """A message without a picture that could be changed."""


@dataclass
class InputsGoneError(RefusedError):
    """A turn's attachments were not kept: they have to be attached again."""

    filenames: tuple[str, ...]


class NothingHereError(RefusedError):
    """A message without what its menu works with: sound, or words to translate."""


@dataclass
class QueueFullError(RefusedError):
    """This conversation already has `limit` questions waiting."""

    limit: int


@dataclass
class ContentFlaggedError(RefusedError):
    """The server's moderation, done by `model`, flagged the question, or with `answer` the answer.

    categories  in the API's words
    """

    model: str
    categories: tuple[str, ...]
    answer: bool


@dataclass
class TooFastError(RefusedError):
    """This person has asked too much in a short time; `retry_after` in seconds."""

    retry_after: float


class TurnRunningError(RefusedError):
    """The turn is being answered right now."""


class NothingToUndoError(RefusedError):
    """The conversation is empty."""


class NotYoursError(RefusedError):
    """Somebody else's; Manage Messages would allow it."""


class NoThreadsHereError(RefusedError):
    """Threads are opened in the text channels of servers only."""


class ConversationNotFoundError(RefusedError):
    """No such conversation in this place."""


class TurnNotFoundError(RefusedError):
    """The turn behind a button was erased, or belongs to another message."""


@dataclass
class WindowTooSmallError(RefusedError):
    """The question alone does not fit the model's context window of `limit` tokens."""

    limit: int | None


class CallNotKeptError(RefusedError):
    """No call of this answer is in the API log: it is switched off here, or its time is over."""


class BudgetScope(StrEnum):
    """Whose money is used up, and the period after which there is more."""

    TOTAL_MONTH = "total_month"
    USER_DAY = "user_day"
    SERVER_MONTH = "server_month"


@dataclass
class BudgetExceededError(RefusedError):
    """The call could cost more than is left of a budget. All in millionths of a US dollar.

    cap        the budget
    left       what is neither spent nor reserved
    resets_at  when a new period begins, in UTC
    """

    scope: BudgetScope
    cap: int
    left: int
    resets_at: datetime


class ConfirmationGoneError(RefusedError):
    """What was to be confirmed was confirmed before, is too old, or was asked of somebody else."""


class LineFault(StrEnum):
    """What can be wrong with a line of training data."""

    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    UNKNOWN_FORM = "unknown_form"  # neither messages nor prompt and completion
    MIXED = "mixed"  # of another form than the lines before
    NO_MESSAGES = "no_messages"
    BAD_MESSAGE = "bad_message"  # not an object with a role and a content
    BAD_ROLE = "bad_role"
    NO_ANSWER = "no_answer"  # nothing that the assistant says
    NOT_TEXT = "not_text"  # prompt or completion
    NOT_UTF8 = "not_utf8"
    EMPTY = "empty"  # the whole file
    TOO_FEW = "too_few"  # examples


@dataclass
class TrainingDataError(RefusedError):
    """A file that no model can be trained with.

    lines  number, counted from 1, and what is wrong with it; the first few of them
    more   how many there are besides
    """

    filename: str
    lines: tuple[tuple[int, LineFault], ...]
    more: int = 0


class NotAFineTuneError(RefusedError):
    """Only models that came of a fine-tuning can be deleted; other names are refused unasked."""


class BackupFault(StrEnum):
    NOT_SQLITE = "not_sqlite"  # PostgreSQL has tools of its own
    EXISTS = "exists"
    NOT_A_BACKUP = "not_a_backup"
    NOT_A_FILE = "not_a_file"
    DAMAGED = "damaged"
    NO_ROOM = "no_room"


@dataclass
class BackupError(RefusedError):
    """A backup that was not made or can't be used; `path` is the file."""

    fault: BackupFault
    path: str = ""


class ShuttingDownError(RefusedError):
    """The bot is stopping and takes no new work."""


@dataclass
class UpstreamError(BotError):
    """The API answered with something other than a result.

    detail      the server's own words, without secrets, at most 500 characters; may be empty
    status      HTTP status, None where there was none
    request_id  x-request-id, where the server gave one
    """

    detail: str = ""
    status: int | None = None
    request_id: str | None = None


@dataclass
class RequestRejectedError(UpstreamError):
    """400, 409, 413, 415, 422: the request is wrong as sent; `parameter` where the server said."""

    parameter: str | None = None


class ContentRejectedError(UpstreamError):
    """The safety system blocked the prompt or the answer."""


@dataclass
class ContextLengthError(UpstreamError):
    """More tokens than the model takes; `limit` in tokens where the server said."""

    limit: int | None = None


class KeyRejectedError(UpstreamError):
    """401: the API key is wrong."""


class AccessDeniedError(UpstreamError):
    """403: country, scope, organization or role."""


@dataclass
class ModelNotFoundError(UpstreamError):
    model: str = ""


@dataclass
class RemoteNotFoundError(UpstreamError):
    """No such file or job at the API server; `identifier` as it was asked for."""

    identifier: str = ""


@dataclass
class EndpointMissingError(UpstreamError):
    """This server has no such route."""

    operation: str = ""


@dataclass
class RateLimitedError(UpstreamError):
    """429; `retry_after` in seconds where the server said."""

    retry_after: float | None = None


class CreditExhaustedError(UpstreamError):
    """429 with insufficient_quota: waiting does not help, paying does."""


class ServerFaultError(UpstreamError):
    """5xx."""


class UnreachableError(UpstreamError):
    """No connection: refused, no such host, dropped before an answer."""


@dataclass
class UpstreamTimeoutError(UpstreamError):
    """No answer, or no further piece of one, within `after` seconds."""

    after: float = 0.0


class Damage(StrEnum):
    NOT_JSON = "not_json"  # HTML or text with status 200
    WRONG_SHAPE = "wrong_shape"  # JSON, but not the documented object
    MALFORMED_EVENT = "malformed_event"  # a line of the stream that is not JSON
    CUT = "cut"  # the stream ended without its terminal event
    EMPTY = "empty"  # terminated, but with no choice at all
    ENDLESS = "endless"  # longer than anything a model says


@dataclass
class BadAnswerError(UpstreamError):
    damage: Damage = Damage.WRONG_SHAPE


class StorageError(BotError):
    """Base of what the database can do to us."""


class DatabaseBusyError(StorageError):
    """Locked by another program for too long."""


class DatabaseFullError(StorageError):
    """The disk is full, or the file may not grow."""


@dataclass
class DatabaseCorruptError(StorageError):
    where: str = ""


@dataclass
class DatabaseUnavailableError(StorageError):
    """Cannot be opened or reached; `where` without the password."""

    where: str = ""
    reason: str = ""


@dataclass
class NewerSchemaError(StorageError):
    """The file was written by a newer Switchboard: `found` is its revision."""

    found: str
    newest_known: str


@dataclass
class AlreadyRunningError(StorageError):
    """Another bot has this database file open."""

    where: str


class MediaFailure(StrEnum):
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    BUSY = "busy"  # too many files are waiting


@dataclass
class MediaError(BotError):
    """The process that reads and makes files ended or was ended; the next job gets a new one.

    filename  the attachment it was at; empty where there was none (a chart)
    """

    failure: MediaFailure
    filename: str = ""


class LeaseLostError(BotError):
    """Another process owns the turn now: whatever this one would write is refused."""

    def __init__(self, turn: TurnId) -> None:
        super().__init__(turn)
        self.turn = turn


class UnplannedError(BotError):
    """A mistake of ours; the log has its traceback."""
