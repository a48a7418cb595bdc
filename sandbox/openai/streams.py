"""The kinds of answer an operation gives; `writer.py` puts them on the wire."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Json:
    body: Mapping[str, Any]
    status: int = 200


@dataclass(frozen=True, slots=True)
class Bytes:
    """filename, where given, is offered in Content-Disposition."""

    data: bytes
    content_type: str
    filename: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event; `name` is for the families that name theirs (responses)."""

    data: Mapping[str, Any]
    name: str | None = None

    def encode(self) -> bytes:
        name = f"event: {self.name}\n" if self.name else ""
        return f"{name}data: {json.dumps(self.data, ensure_ascii=False)}\n\n".encode(
            "utf-8",
            "replace",  # half a surrogate pair may come in by JSON and cannot go out
        )


DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Events:
    """`done`: ends with `data: [DONE]`, as chat, completions and fine-tune events do."""

    events: AsyncIterator[Event]
    done: bool
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


Answer = Json | Bytes | Events
