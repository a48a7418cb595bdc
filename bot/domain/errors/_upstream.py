"""What the OpenAI API answers when it does not deliver."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.errors._base import BotError


@dataclass
class UpstreamError(BotError):
    """The API answered with something other than a result.

    detail      the server's own words, without secrets, at most 500 characters; may be empty
    status      HTTP status, None where there was none
    request_id  x-request-id, where the server gave one
    """

    detail: str = ""
    status: int | None = None
    request_id: str | None = None


@dataclass
class RequestRejectedError(UpstreamError):
    """400, 409, 413, 415, 422: the request is wrong as sent; `parameter` where the server said."""

    parameter: str | None = None


class ContentRejectedError(UpstreamError):
    """The safety system blocked the prompt or the answer."""


@dataclass
class ContextLengthError(UpstreamError):
    """More tokens than the model takes; `limit` in tokens where the server said."""

    limit: int | None = None


class KeyRejectedError(UpstreamError):
    """401: the API key is wrong."""


class AccessDeniedError(UpstreamError):
    """403: country, scope, organization or role."""


@dataclass
class ModelNotFoundError(UpstreamError):
    model: str = ""


@dataclass
class RemoteNotFoundError(UpstreamError):
    """No such file or job at the API server; `identifier` as it was asked for."""

    identifier: str = ""


@dataclass
class EndpointMissingError(UpstreamError):
    """This server has no such route."""

    operation: str = ""


@dataclass
class RateLimitedError(UpstreamError):
    """429; `retry_after` in seconds where the server said."""

    retry_after: float | None = None


class CreditExhaustedError(UpstreamError):
    """429 with insufficient_quota: waiting does not help, paying does."""


class ServerFaultError(UpstreamError):
    """5xx."""


class UnreachableError(UpstreamError):
    """No connection: refused, no such host, dropped before an answer; `detail` is which."""

    @property
    def connected(self) -> bool:
        """Whether the request may have got there, and been acted upon."""
        return self.detail not in _NEVER_CONNECTED


_NEVER_CONNECTED = frozenset(
    {"ClientConnectorError", "ClientConnectorDNSError", "ConnectionRefusedError", "gaierror"}
)


@dataclass
class UpstreamTimeoutError(UpstreamError):
    """No answer, or no further piece of one, within `after` seconds."""

    after: float = 0.0


class Damage(StrEnum):
    NOT_JSON = "not_json"  # HTML or text with status 200
    WRONG_SHAPE = "wrong_shape"  # JSON, but not the documented object
    MALFORMED_EVENT = "malformed_event"  # a line of the stream that is not JSON
    CUT = "cut"  # the stream ended without its terminal event
    EMPTY = "empty"  # terminated, but with no choice at all
    ENDLESS = "endless"  # longer than anything a model says


@dataclass
class BadAnswerError(UpstreamError):
    damage: Damage = Damage.WRONG_SHAPE
