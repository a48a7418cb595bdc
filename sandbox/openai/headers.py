"""Authorization, and the headers that every answer carries."""

import secrets
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.clock import Clock
from sandbox.openai import errors

WINDOW = 60.0


def authorize(request: web.Request, api_key: str) -> None:
    """The key is the Bearer token.

    Raises:
        ApiError: 401.
    """
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    key = given.strip()
    if scheme.lower() != "bearer" or not key:
        raise errors.missing_key()
    if not secrets.compare_digest(key.encode(), api_key.encode()):
        raise errors.wrong_key(key)


@dataclass(slots=True)
class _Bucket:
    limit: int
    level: float
    at: float


@dataclass(slots=True)
class RateLimits:
    """What is left in a minute that moves with the clock: told, not enforced.

    What happens to those who use it up depends on the account; use a fault for a 429.
    """

    clock: Clock
    requests_per_minute: int = 10_000
    tokens_per_minute: int = 2_000_000
    _buckets: dict[str, _Bucket] = field(default_factory=dict[str, _Bucket])

    def spend(self, tokens: int) -> dict[str, str]:
        """The x-ratelimit headers after a request of about so many tokens."""
        return {
            **self._spend("requests", self.requests_per_minute, 1),
            **self._spend("tokens", self.tokens_per_minute, tokens),
        }

    def levels(self) -> dict[str, tuple[int, int]]:
        """Limit and what is left now, of those that were ever told."""
        now = self.clock.monotonic()
        return {
            name: (
                bucket.limit,
                int(min(bucket.limit, bucket.level + (now - bucket.at) * bucket.limit / WINDOW)),
            )
            for name, bucket in self._buckets.items()
        }

    def _spend(self, name: str, limit: int, amount: int) -> dict[str, str]:
        now = self.clock.monotonic()
        bucket = self._buckets.setdefault(name, _Bucket(limit, limit, now))
        refilled = bucket.level + (now - bucket.at) * limit / WINDOW
        bucket.limit, bucket.at = limit, now
        bucket.level = max(0.0, min(float(limit), refilled) - amount)
        return {
            f"x-ratelimit-limit-{name}": str(limit),
            f"x-ratelimit-remaining-{name}": str(int(bucket.level)),
            f"x-ratelimit-reset-{name}": duration((limit - bucket.level) * WINDOW / limit),
        }


def duration(seconds: float) -> str:
    """As OpenAI writes it: `12ms`, `1.5s`, `6m0s`."""
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    if seconds < 60:  # noqa: PLR2004  seconds in a minute
        return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"
    return f"{int(seconds // 60)}m{int(seconds % 60)}s"
