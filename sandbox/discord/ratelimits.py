"""Rate limits: one fixed window per bucket, one for all of a bot, and the count of bad requests.

Discord publishes no figures; these are the observed ones, and tests may set others.
"""

import hashlib
import math
from dataclasses import dataclass
from enum import Enum, auto

from typing_extensions import override

from sandbox.clock import Clock
from sandbox.discord.errors import ApiError, refusal


class Kind(Enum):
    """What a route is counted as."""

    MESSAGE_CREATE = auto()
    MESSAGE_EDIT = auto()
    MESSAGE_DELETE = auto()
    REACTION = auto()
    INTERACTION = auto()  # follow-ups and edits by an interaction's token
    CALLBACK = auto()  # the first answer: not limited
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Limit:
    requests: int
    per_seconds: float


# created and edited messages show the same bucket but are counted apart
_SHARED_BUCKET = {
    Kind.MESSAGE_CREATE: "message",
    Kind.MESSAGE_EDIT: "message",
    Kind.INTERACTION: "interaction",
}
_MAX_BUCKETS = 10_000


@dataclass(slots=True)
class _Window:
    limit: Limit
    started: float
    used: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """A window that is under way; `resets_at` is on the clock's monotonic scale."""

    name: str
    limit: int
    remaining: int
    resets_at: float


@dataclass(frozen=True, slots=True)
class Passed:
    """What an allowed request is told about its bucket."""

    headers: dict[str, str]


class RateLimits:
    """Raises 429 when a limit is reached.

    limits     by kind; None: not limited
    global_    requests of one bot over all routes, interaction routes apart
    channel_writes  messages and edits of everybody in one channel (20028); off unless set
    old_edits  edits of messages older than an hour, per channel (30046)
    invalid    401, 403 and 429 (not shared) in ten minutes before the address is shut out
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.limits: dict[Kind, Limit | None] = {
            Kind.MESSAGE_CREATE: Limit(5, 5),
            Kind.MESSAGE_EDIT: Limit(5, 5),
            Kind.MESSAGE_DELETE: Limit(5, 1),
            Kind.REACTION: Limit(1, 0.25),
            Kind.INTERACTION: Limit(5, 2),
            Kind.CALLBACK: None,
            Kind.OTHER: Limit(10, 1),
        }
        self.global_: Limit | None = Limit(50, 1)
        self.channel_writes: Limit | None = None
        self.old_edits: Limit | None = Limit(30, 60)
        self.invalid = Limit(10_000, 600)
        self._windows: dict[tuple[object, ...], _Window] = {}
        self._bad = _Window(self.invalid, 0.0)

    def lift(self) -> None:
        """No limits from now on."""
        self.limits = dict.fromkeys(Kind, None)
        self.global_ = None
        self.old_edits = None

    @property
    def invalid_requests(self) -> int:
        """Bad ones in the current ten minutes."""
        return self._bad.used if self._left(self._bad) > 0 else 0

    def buckets(self) -> list[Bucket]:
        """Those in which something was counted, the one that ends first in front."""
        found = [
            Bucket(
                name=_words(key),
                limit=window.limit.requests,
                remaining=window.limit.requests - window.used,
                resets_at=window.started + window.limit.per_seconds,
            )
            for key, window in self._windows.items()
            if self._left(window) > 0
        ]
        return sorted(found, key=lambda bucket: bucket.resets_at)

    def take(self, *, who: int | None, kind: Kind, route: str, major: str, global_: bool) -> Passed:
        """Count one request.

        who    application id, None where no token is asked for
        major  the channel, guild, or webhook id and token in the path
        """
        if global_ and self.global_ is not None:
            window = self._window(("global", who), self.global_)
            if window.used >= window.limit.requests:
                raise self._refused(window, scope="global", headers={"X-RateLimit-Global": "true"})
            window.used += 1
        limit = self.limits[kind]
        if limit is None:
            return Passed({})
        name = _SHARED_BUCKET.get(kind, route)
        counted = "" if kind is Kind.INTERACTION else route  # one bucket for all of an interaction
        window = self._window((who, kind, counted, major), limit)
        if window.used >= limit.requests:
            raise self._refused(window, scope="user", headers=self._headers(window, name))
        window.used += 1
        return Passed(self._headers(window, name))

    def take_channel_write(self, channel_id: int) -> None:
        """Raises 20028, a shared 429: it does not count as a bad request."""
        self._take_hidden("write", channel_id, self.channel_writes, code=20028, scope="shared")

    def take_old_edit(self, channel_id: int) -> None:
        """Raises 30046."""
        self._take_hidden("old edit", channel_id, self.old_edits, code=30046, scope="user")

    def _take_hidden(
        self, name: str, channel_id: int, limit: Limit | None, *, code: int, scope: str
    ) -> None:
        """A limit behind the bucket's: its 429 comes while the headers say there is room."""
        if limit is None:
            return
        window = self._window((name, channel_id), limit)
        if window.used >= limit.requests:
            error = rate_limited(max(0.001, self._left(window)), scope=scope)
            error.code, error.message = code, refusal(code).message
            raise error
        window.used += 1

    def count_invalid(self, status: int, scope: str | None) -> None:
        if status in {401, 403} or (status == 429 and scope != "shared"):  # noqa: PLR2004  HTTP
            if self._left(self._bad) <= 0:
                self._bad = _Window(self.invalid, self._clock.monotonic())
            self._bad.used += 1

    def shut_out(self) -> bool:
        """Whether the address sent too many bad requests and now meets Cloudflare's page."""
        return self.invalid_requests >= self.invalid.requests

    def _window(self, key: tuple[object, ...], limit: Limit) -> _Window:
        window = self._windows.get(key)
        if window is None or window.limit != limit or self._left(window) <= 0:
            if len(self._windows) >= _MAX_BUCKETS:
                self._windows = {k: w for k, w in self._windows.items() if self._left(w) > 0}
            window = self._windows[key] = _Window(limit, self._clock.monotonic())
        return window

    def _left(self, window: _Window) -> float:
        return window.started + window.limit.per_seconds - self._clock.monotonic()

    def _headers(self, window: _Window, bucket: str) -> dict[str, str]:
        # rounded up, as in `rate_limited`
        left = math.ceil(max(0.0, self._left(window)) * 1000) / 1000
        return {
            "X-RateLimit-Limit": str(window.limit.requests),
            "X-RateLimit-Remaining": str(window.limit.requests - window.used),
            "X-RateLimit-Reset": f"{self._clock.now().timestamp() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(bucket.encode()).hexdigest()[:32],
        }

    def _refused(self, window: _Window, *, scope: str, headers: dict[str, str]) -> ApiError:
        return rate_limited(max(0.001, self._left(window)), scope=scope, headers=headers)


def _words(key: tuple[object, ...]) -> str:
    """A window's key as people read it: the route and what divides it, or the name of the limit."""
    match key:
        case (_, Kind() as kind, route, major):
            dividing = ":".join(filter(None, str(major).split(":")))
            return " ".join(filter(None, (str(route) or kind.name.lower(), dividing)))
        case (name, _):
            return str(name)
        case _:
            return " ".join(map(str, key))


def rate_limited(
    retry_after: float | None, *, scope: str, headers: dict[str, str] | None = None
) -> ApiError:
    """A 429. scope: user, shared or global; retry_after None: neither body nor header has it."""
    all_headers = {**(headers or {}), "X-RateLimit-Scope": scope}
    extra: dict[str, object] = {"global": scope == "global"}
    if retry_after is not None:
        # rounded up, so that who waits exactly that long is let in
        extra["retry_after"] = math.ceil(retry_after * 1000) / 1000
        all_headers["Retry-After"] = str(math.ceil(retry_after))
    return RateLimitError(extra=extra, headers=all_headers)


class RateLimitError(ApiError):
    def __init__(self, *, extra: dict[str, object], headers: dict[str, str]) -> None:
        super().__init__(429, 0, "You are being rate limited.", extra=extra, headers=headers)

    @override
    def body(self) -> dict[str, object]:
        """Without `code` where there is none: only some of Discord's 429s have one."""
        code = {"code": self.code} if self.code else {}
        return {"message": self.message, **code, **self.extra}
