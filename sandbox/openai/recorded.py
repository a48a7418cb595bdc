"""What the server was asked and how it went, for tests and for the inspector of the page."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.openai.call import Upload


@dataclass(slots=True)
class RecordedRequest:
    """One request.

    path         as asked, under /v1, without the query
    body         decoded JSON, or the fields of a form by name; None where there was none
    uploads      the files of a form, by the field's name as sent
    status       of the answer; None while there is none, or when the connection was dropped
    answer       the JSON answered with; None for streams and bytes
    events       of the stream so far, without [DONE]
    fault        the kind of fault that acted on it, if one did
    finished     the answer went out whole
    disconnected the client went away first, or a fault dropped it
    size         bytes of what is kept of it, as they were on the wire
    ended        set when the server is through with it
    """

    id: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None
    uploads: dict[str, list[Upload]] = field(default_factory=dict[str, list[Upload]])
    status: int | None = None
    answer: Any = None
    events: list[Any] = field(default_factory=list[Any])
    fault: str | None = None
    finished: bool = False
    disconnected: bool = False
    size: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)
