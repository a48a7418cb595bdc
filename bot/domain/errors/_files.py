"""Files that can't be used, and the process that reads them."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.errors._base import BotError, RefusedError


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
