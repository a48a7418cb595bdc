"""Text edits (POST /edits of 2023): a text and an instruction go in, the changed text comes out."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.calls import Record, TextEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRequest:
    """A text to change, and how.

    n 1..20, temperature 0..2, top_p 0..1; None is not sent. Source: OpenAI's description of April
    2023, POST /v1/edits.

    input       may be empty: then the instruction alone makes the text
    chat_model  edits where the server has no /edits, as all but the oldest; None: an error then
    stream      used by the stand-in alone: /edits does not stream
    default_model  nobody chose `model`: chat_model stands in where just this model is not there
    person      a hash that stands for who asked, for the stand-in: /edits has no field for it
    """

    model: str
    instruction: str = field(repr=False)
    input: str = field(default="", repr=False)
    n: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stream: bool = True
    chat_model: str | None = None
    default_model: bool = False
    person: str | None = None


class EditModel(Protocol):
    def edit(self, request: EditRequest, record: Record = ...) -> AsyncGenerator[TextEvent, None]:
        """Events as they arrive, those of chat; the last is `Finished`.

        Raises:
            UpstreamError: one of its leaves.
        """
        ...
