"""Faults that are switched on per route, for the first so many requests or until cleared.

    server.faults.add("POST /chat/completions", "status", status=429, times=2,
                      headers={"retry-after": "1"})
    server.faults.add("*", "cut", after=3)
    server.faults.clear()

Where several match a request, the oldest that is not used up acts. The kinds:
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.openai.routes import Pattern


class FaultKind(StrEnum):
    """What happens; `after` counts events of a stream, and parts of a body that is none.

    status           that status, with `body` (JSON, or text sent as HTML when it starts with "<")
                     and `headers`; or a ready-made one by `error`, a name of PRESETS
    slow_first_byte  nothing for `seconds`, then the answer
    slow_events      `seconds` before each event
    stall            after `after` events nothing more, for `seconds`, or until cleared
    cut              after `after` events the connection is dropped in mid-body
    drop             the connection is dropped before any answer
    end              after `after` events a clean end, without the last event and [DONE]
    malformed        after `after` events a line that is not JSON, then the rest
    error_event      after `after` events an error event, then the end
    html             200 with a page of HTML
    error_object     200 with an error object
    json_for_stream  plain JSON although a stream was asked for
    empty_stream     a stream without an event
    empty_body       200 with nothing
    duplicate        each event twice
    endless          the last event that carries text again and again, never an end;
                     `seconds` between them
    """

    STATUS = "status"
    SLOW_FIRST_BYTE = "slow_first_byte"
    SLOW_EVENTS = "slow_events"
    STALL = "stall"
    CUT = "cut"
    DROP = "drop"
    END = "end"
    MALFORMED = "malformed"
    ERROR_EVENT = "error_event"
    HTML = "html"
    ERROR_OBJECT = "error_object"
    JSON_FOR_STREAM = "json_for_stream"
    EMPTY_STREAM = "empty_stream"
    EMPTY_BODY = "empty_body"
    DUPLICATE = "duplicate"
    ENDLESS = "endless"


@dataclass(frozen=True, slots=True)
class Preset:
    """A status as OpenAI gives it, with the body that belongs to it."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def _error(message: str, kind: str, code: str | None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


PRESETS: Mapping[str, Preset] = {
    "rate_limit": Preset(
        429,
        _error(
            "Rate limit reached for requests. Please try again in 1s.",
            "requests",
            "rate_limit_exceeded",
        ),
        {"retry-after": "1", "retry-after-ms": "1000"},
    ),
    "rate_limit_without_retry_after": Preset(
        429, _error("Rate limit reached for requests.", "requests", "rate_limit_exceeded")
    ),
    "insufficient_quota": Preset(
        429,
        _error(
            "You exceeded your current quota, please check your plan and billing details.",
            "insufficient_quota",
            "insufficient_quota",
        ),
    ),
    "server_error": Preset(
        500,
        _error("The server had an error while processing your request.", "server_error", None),
    ),
    "overloaded": Preset(
        503,
        _error("The engine is currently overloaded, please try again later.", "server_error", None),
    ),
    "html_503": Preset(
        503,
        "<html><head><title>503 Service Temporarily Unavailable</title></head>"
        "<body><h1>503 Service Temporarily Unavailable</h1></body></html>",
    ),
    "invalid_api_key": Preset(
        401, _error("Incorrect API key provided.", "invalid_request_error", "invalid_api_key")
    ),
    "permission_denied": Preset(
        403, _error("You are not allowed to do this.", "invalid_request_error", None)
    ),
    "content_filter": Preset(
        400,
        _error(
            "Your request was rejected as a result of our safety system.",
            "invalid_request_error",
            "content_policy_violation",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """times: for so many requests; None until cleared. The rest is told at FaultKind.

    seconds None means: for ever (stall), at once (endless).
    """

    route: str
    kind: FaultKind
    times: int | None = None
    status: int = 500
    error: str | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    after: int = 0
    seconds: float | None = None

    def __post_init__(self) -> None:
        Pattern(self.route)
        if self.error is not None and self.error not in PRESETS:
            message = f"{self.error!r} is not a known error; there are {', '.join(PRESETS)}"
            raise ValueError(message)


@dataclass(slots=True)
class _Active:
    fault: Fault
    pattern: Pattern
    left: int | None


class Faults:
    """What is switched on, oldest first."""

    def __init__(self) -> None:
        self._active: list[_Active] = []
        self._cleared = asyncio.Event()

    def add(self, route: str, kind: FaultKind | str, **details: Any) -> Fault:
        """Switch one on; the details are the fields of Fault.

        Raises:
            ValueError: an unknown kind, error or form of route.
        """
        fault = Fault(route, FaultKind(kind), **details)
        self.put(fault)
        return fault

    def put(self, fault: Fault) -> None:
        self._active.append(_Active(fault, Pattern(fault.route), fault.times))

    def remove(self, fault: Fault) -> None:
        self._active = [each for each in self._active if each.fault is not fault]

    def clear(self) -> None:
        """Switch all off; stalled answers go on."""
        self._active.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()

    async def cleared(self) -> None:
        """Returns at the next `clear`."""
        await self._cleared.wait()

    def all(self) -> list[Fault]:
        return [each.fault for each in self._active]

    def left(self) -> list[tuple[Fault, int | None]]:
        """What is still to act, each with how many more requests; None: until cleared."""
        return [(each.fault, each.left) for each in self._active]

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, counted."""
        for each in self._active:
            if each.pattern.matches(method, path):
                if each.left is not None:
                    each.left -= 1
                    if each.left <= 0:
                        self._active.remove(each)
                return each.fault
        return None
