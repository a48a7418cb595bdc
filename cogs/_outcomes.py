"""What became of a request to Discord, as facts; and what its answers mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, cast

import orjson

from bot.domain.ids import ChannelId, MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A rate limit as Discord last described it; `reset_after` in seconds."""

    name: str
    limit: int
    remaining: int
    reset_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Done. `message` and `channel` where Discord returned one."""

    message: MessageId | None = None
    channel: ChannelId | None = None
    bucket: Bucket | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """429. `scope` is "user", "global" or "shared"; None: said by what stands before Discord."""

    retry_after: float
    scope: str | None
    everywhere: bool
    bucket: Bucket | None = None


class Refusal(Enum):
    """It will not work this way, however often it is tried."""

    TOKEN_EXPIRED = auto()
    MESSAGE_GONE = auto()
    CHANNEL_GONE = auto()
    NO_ACCESS = auto()
    NO_REPLY = auto()
    NO_MORE_FOLLOW_UPS = auto()
    BAD_FORM = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """`code` is Discord's; `errors` names the fields it did not like, without their content."""

    why: Refusal
    code: int
    errors: tuple[str, ...] = ()
    bucket: Bucket | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """5xx, or no answer: it may have happened, or not."""

    status: int | None = None


Outcome = Shown | Limited | Refused | Unclear

_CODES = {
    10003: Refusal.CHANNEL_GONE,
    10008: Refusal.MESSAGE_GONE,
    10015: Refusal.TOKEN_EXPIRED,  # unknown webhook: the token's fifteen minutes are over
    50001: Refusal.NO_ACCESS,
    50013: Refusal.NO_ACCESS,
    50027: Refusal.TOKEN_EXPIRED,
    10062: Refusal.TOKEN_EXPIRED,
    40094: Refusal.NO_MORE_FOLLOW_UPS,  # five are all, where the application is no member
    50007: Refusal.NO_ACCESS,  # closed direct messages
    50083: Refusal.NO_ACCESS,  # archived thread
    160002: Refusal.NO_REPLY,  # without Read Message History
}
# Limits that come with another status than 429: old message, slow mode, write limits.
_LATER = {30046: 30.0, 20016: 5.0, 20028: 5.0, 20029: 5.0}
_TOO_MANY = 429
_CLIENT_ERROR = 400
_SERVER_ERROR = 500


def understand(status: int, headers: Mapping[str, str], body: bytes, *, by_token: bool) -> Outcome:
    """An HTTP answer as a fact. `by_token`: of a webhook, where 401 and 404 mean the token."""
    bucket = _bucket(headers)
    found = _json(body)
    if status == _TOO_MANY:
        return Limited(
            retry_after=_seconds(found.get("retry_after"), headers),
            scope=headers.get("X-RateLimit-Scope"),
            everywhere=bool(found.get("global")) or "X-RateLimit-Global" in headers,
            bucket=bucket,
        )
    if status < _CLIENT_ERROR:
        message, channel = found.get("id"), found.get("channel_id")
        return Shown(
            message=MessageId(int(message)) if message else None,
            channel=ChannelId(int(channel)) if channel else None,
            bucket=bucket,
        )
    if status >= _SERVER_ERROR:
        return Unclear(status=status)
    code = found.get("code", 0)
    code = code if isinstance(code, int) else 0
    if code in _LATER:
        wait = _seconds(found.get("retry_after"), headers, default=_LATER[code])
        return Limited(retry_after=wait, scope="user", everywhere=False)
    return Refused(
        why=_CODES.get(code) or _by_status(status, by_token=by_token),
        code=code,
        errors=tuple(_faults(found.get("errors"), "")),
        bucket=bucket,
    )


def _by_status(status: int, *, by_token: bool) -> Refusal:
    if status == 401 and by_token:  # noqa: PLR2004  Unauthorized
        return Refusal.TOKEN_EXPIRED
    if status in (401, 403):
        return Refusal.NO_ACCESS
    if status == 404:  # noqa: PLR2004  Not Found
        return Refusal.TOKEN_EXPIRED if by_token else Refusal.CHANNEL_GONE
    return Refusal.BAD_FORM


def _bucket(headers: Mapping[str, str]) -> Bucket | None:
    try:
        return Bucket(
            name=headers.get("X-RateLimit-Bucket", ""),
            limit=int(headers["X-RateLimit-Limit"]),
            remaining=int(headers["X-RateLimit-Remaining"]),
            reset_after=float(headers["X-RateLimit-Reset-After"]),
        )
    except (KeyError, ValueError):
        return None


def _seconds(value: Any, headers: Mapping[str, str], default: float = 1.0) -> float:
    named = (value, headers.get("Retry-After"), headers.get("X-RateLimit-Reset-After"))
    for candidate in named:
        if candidate is None:
            continue
        try:
            return max(0.0, float(candidate))
        except ValueError:
            continue
    return default


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _faults(errors: Any, path: str) -> list[str]:
    """The nested `errors` object, flattened to "embeds.0.title: BASE_TYPE_MAX_LENGTH"."""
    if not isinstance(errors, dict):
        return []
    found: list[str] = []
    for key, value in cast("dict[str, Any]", errors).items():
        if key == "_errors" and isinstance(value, list):
            found += [
                f"{path}: {fault.get('code', '?')}" for fault in cast("list[dict[str, Any]]", value)
            ]
        else:
            found += _faults(value, f"{path}.{key}" if path else key)
    return found[:20]
