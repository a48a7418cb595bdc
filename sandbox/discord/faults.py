"""Trouble on purpose: what REST answers instead, and what happens to gateway connections."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from sandbox.discord.errors import ApiError
from sandbox.discord.ratelimits import rate_limited

Drop = Literal["before", "after"]
Scope = Literal["user", "shared", "global"]
GatewayAction = Literal["drop", "reconnect", "invalidate", "silence", "duplicate"]
RATE_LIMITED = 429


@dataclass(slots=True, kw_only=True)
class Fault:
    """One kind of trouble for the requests it matches.

    route        "METHOD path" with * for anything: "POST /channels/*/messages"; without /api/v10
    times        how many requests it hits; None: all of them
    skip         how many matching requests pass before
    status       answered instead; with `body` (JSON, or text for HTML and the like)
    retry_after  for 429, seconds; None leaves it out of body and header
    scope        for 429: user, shared or global
    delay        seconds on the sandbox's clock before anything else happens
    drop         the connection is cut before the request is acted on, or after: then it has been
                 done and the caller cannot know
    """

    route: str
    times: int | None = 1
    skip: int = 0
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    content_type: str | None = None
    retry_after: float | None = None
    scope: Scope = "user"
    delay: float = 0.0
    drop: Drop | None = None

    def matches(self, method: str, path: str) -> bool:
        return fnmatchcase(f"{method} {path}", self.route)

    def error(self) -> ApiError | None:
        """What is raised instead of an answer, where that is an error in Discord's form."""
        if self.status == RATE_LIMITED and self.body is None:
            return rate_limited(self.retry_after, scope=self.scope, headers=self.headers)
        return None


@dataclass(slots=True, kw_only=True)
class GatewayFault:
    """Trouble that starts with an event on its way to a bot.

    drop        the socket is cut and the event waits for RESUME
    reconnect   RECONNECT is sent after the event
    invalidate  INVALID_SESSION (not resumable) is sent instead of it
    silence     from then on heartbeats are not acknowledged
    duplicate   the event is sent twice
    """

    action: GatewayAction
    event: str = "*"
    times: int | None = 1

    def matches(self, event: str) -> bool:
        return fnmatchcase(event, self.event)


class Faults:
    """What is to go wrong; the first that matches is used."""

    def __init__(self) -> None:
        self._rest: list[Fault] = []
        self._gateway: list[GatewayFault] = []

    def add(self, fault: Fault | GatewayFault) -> None:
        if isinstance(fault, Fault):
            self._rest.append(fault)
        else:
            self._gateway.append(fault)

    def all(self) -> list[Fault | GatewayFault]:
        """What is still to happen; `times` counts down."""
        return [*self._rest, *self._gateway]

    def remove(self, fault: Fault | GatewayFault) -> None:
        self._rest = [each for each in self._rest if each is not fault]
        self._gateway = [each for each in self._gateway if each is not fault]

    def clear(self) -> None:
        self._rest.clear()
        self._gateway.clear()

    def for_request(self, method: str, path: str) -> Fault | None:
        for fault in self._rest:
            if fault.matches(method, path):
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._rest.remove(fault)
                return fault
        return None

    def for_event(self, event: str) -> GatewayFault | None:
        for fault in self._gateway:
            if fault.matches(event):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._gateway.remove(fault)
                return fault
        return None
