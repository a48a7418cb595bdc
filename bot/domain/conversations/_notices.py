"""What the reader of an answer is told beneath it: what was left out, changed or replaced."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.calls import FallbackUsed
from bot.domain.chat import DocumentsAsText, ParameterChanged, StreamingDropped


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
    | DocumentsAsText
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
