"""One exchange with the API, as it went over the wire: what is shown, counted and paid for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.chat import ChatEvent, ParameterChanged, StreamingDropped, Usage

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
