"""The one door: errors of the SDK, its transport and the servers become those of bot.domain."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from types import TracebackType

import aiohttp
import httpx2
import openai

from bot.ai._facts import Facts, from_payload, from_response, redacted
from bot.domain.errors import (
    AccessDeniedError,
    BadAnswerError,
    ContentRejectedError,
    ContextLengthError,
    CreditExhaustedError,
    Damage,
    EndpointMissingError,
    KeyRejectedError,
    ModelNotFoundError,
    RateLimitedError,
    RemoteNotFoundError,
    RequestRejectedError,
    ServerFaultError,
    UnreachableError,
    UpstreamError,
    UpstreamTimeoutError,
)

_CONTENT = frozenset(
    {
        "content_filter",
        "content_policy_violation",
        "moderation_blocked",
        "invalid_prompt",
        "responsibleaipolicyviolation",
    }
)
_CREDIT = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "billing_hard_limit_reached",
        "billing_not_active",
        "insufficient_balance",
    }
)
_RATE = frozenset({"rate_limit_exceeded", "slow_down", "rate_limit_error", "too_many_requests"})
_KEY = frozenset({"invalid_api_key", "authentication_error", "invalid_authentication"})
_ACCESS = frozenset({"permission_error", "permission_denied", "access_denied"})
_LENGTH = re.compile(
    r"maximum context length|context[_ ]length|context window|context size"
    r"|prompt is too long|input is too long"
)
_LENGTH_LIMIT = re.compile(
    r"(?:context length is(?: only)?|context size \(|context window of|maximum of|max(?:imum)? is)"
    r" ?(\d+)"
)
_CONTENT_WORDS = re.compile(
    r"content management policy|safety system|flagged as potentially violating|content filter"
)
_UNCONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    ConnectionRefusedError,
    httpx2.InvalidURL,
    httpx2.UnsupportedProtocol,
)
_GONE = re.compile(r"deprecated|retired|no longer")
_MODEL_CODES = frozenset({"model_not_found", "deploymentnotfound", "model_not_available"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What was being done when it went wrong.

    operation  the API's path below /v1, "chat/completions"
    model      "" where none is involved
    identifier  the file or job that was asked for by its id
    secrets    what may never show in a detail: the configured key
    connect    the transport's limit for connecting, in seconds
    read       the transport's limit for a piece, in seconds; 0 where bot.ai._deadlines has it
    """

    operation: str
    model: str = ""
    identifier: str = ""
    secrets: tuple[str, ...] = ()
    connect: float = 0.0
    read: float = 0.0


class ServerSaidError(Exception):
    """The server answered with an error object, whatever the status."""

    def __init__(self, payload: object) -> None:
        super().__init__()
        self.facts = from_payload(payload)


@contextmanager
def translated_errors(call: Call, *, now: datetime) -> Generator[None, None, None]:
    """Raise ours for theirs. Errors of ours, cancellation and programming errors pass."""
    try:
        yield
    except UpstreamError:
        raise
    except Exception as error:
        ours = translated(error, call, now=now)
        if ours is None:
            raise
        raise ours from error


def translated(  # noqa: C901, PLR0911, PLR0912  one line for each kind, in order
    error: Exception, call: Call, *, now: datetime
) -> UpstreamError | None:
    """None for what is none of the SDK's, the transport's or the server's doing."""
    match error:
        case UpstreamError():
            return error
        case ServerSaidError(facts=facts):
            return upstream(facts, call)
        case openai.APIStatusError():
            return upstream(facts_of(error, now=now), call)
        case (
            openai.APIConnectionError() | httpx2.TransportError() | aiohttp.ClientConnectionError()
        ):
            return _no_connection(error, call)
        case openai.APIResponseValidationError() | aiohttp.ClientError() | httpx2.HTTPError():
            return BadAnswerError(damage=Damage.WRONG_SHAPE, detail=type(error).__name__)
        case openai.APIError():  # inside a stream: no status, the body is the error object
            return upstream(from_payload({"error": error.body or error.message}), call)
        case openai.ContentFilterFinishReasonError():
            return ContentRejectedError()
        case openai.OpenAIError():
            return BadAnswerError(damage=Damage.WRONG_SHAPE, detail=type(error).__name__)
        case httpx2.InvalidURL():
            return UnreachableError(detail=type(error).__name__)
        case AttributeError() if _raised_by_sdk(error.__traceback__):
            return BadAnswerError(
                damage=Damage.NOT_JSON
            )  # a list that is HTML: page.data is absent
        case ValueError() if _raised_by_sdk(error.__traceback__):
            return RequestRejectedError(detail=redacted(str(error), call.secrets))  # an empty id
        case RuntimeError() if "closed" in str(error) and _raised_by_sdk(error.__traceback__):
            return UnreachableError(detail="client closed")
        case _:
            return None


def never_sent(error: BaseException) -> bool:
    """There was no connection to send it over: nobody can have made anything of it."""
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or at.__context__
    return any(isinstance(link, _UNCONNECTED) for link in chain)


def facts_of(error: openai.APIStatusError, *, now: datetime) -> Facts:
    response = error.response
    return from_response(response.status_code, response.headers, response.content, now=now)


def upstream(  # noqa: C901, PLR0911  one line for each leaf, in order
    facts: Facts, call: Call
) -> UpstreamError:
    """The leaf for what a server said."""
    detail = redacted(facts.message, call.secrets)
    status, request_id = facts.status, facts.request_id
    words = facts.message.lower()
    names = {facts.code.lower(), facts.type.lower()}

    if "context_length_exceeded" in names or "exceed_context_size_error" in names:
        return ContextLengthError(detail, status, request_id, _window(facts))
    if _LENGTH.search(words) and status not in (401, 403, 404, 429):
        return ContextLengthError(detail, status, request_id, _window(facts))
    if names & _CONTENT or (_CONTENT_WORDS.search(words) and status in (None, 400, 403, 422)):
        return ContentRejectedError(detail, status, request_id)
    if (
        names & _CREDIT
        or status == HTTPStatus.PAYMENT_REQUIRED
        or "exceeded your current quota" in words
    ):
        return CreditExhaustedError(detail, status, request_id)
    if names & _KEY or status == HTTPStatus.UNAUTHORIZED:
        return KeyRejectedError(detail, status, request_id)
    if status == HTTPStatus.TOO_MANY_REQUESTS or names & _RATE:
        return RateLimitedError(detail, status, request_id, facts.retry_after)
    if call.identifier and _is_unknown(facts, call.identifier):
        return RemoteNotFoundError(detail, status, request_id, call.identifier)
    if model_is_wrong(facts, call):
        return ModelNotFoundError(detail, status, request_id, call.model)
    if endpoint_is_missing(facts):
        return EndpointMissingError(detail, status, request_id, call.operation)
    if status == HTTPStatus.FORBIDDEN or names & _ACCESS:
        return AccessDeniedError(detail, status, request_id)
    if _blames_request(facts):
        return RequestRejectedError(detail, status, request_id, facts.param or None)
    return ServerFaultError(detail, status, request_id)


def _is_unknown(facts: Facts, identifier: str) -> bool:
    """The route lives, what was asked for by id does not: it is named, or said to be none such."""
    if facts.status != HTTPStatus.NOT_FOUND or facts.code == "unknown_url":
        return False
    words = facts.message.lower()
    if "invalid url" in words:  # which names the path, and the id in it
        return False
    return facts.param == "id" or "no such" in words or identifier.lower() in words


def model_is_wrong(facts: Facts, call: Call) -> bool:
    """The route lives, the model does not, or not there."""
    if facts.code.lower() in _MODEL_CODES:
        return True
    words = facts.message.lower()
    if facts.status == HTTPStatus.NOT_FOUND:
        named = bool(call.model) and call.model.lower() in words
        return facts.param == "model" or named or "model" in words or "deployment" in words
    gone = facts.status in (400, 403, 410) and not facts.param and _GONE.search(words)
    return bool(gone) and "model" in words


def endpoint_is_missing(facts: Facts) -> bool:
    """The route is not there: API.md, section 5, after `model_is_wrong` said no."""
    if facts.code.lower() in ("unknown_url", "not_supported_error"):
        return True
    if facts.status in (404, 405, 410, 501):
        return True
    return (
        facts.status in (400, 403) and not facts.param and bool(_GONE.search(facts.message.lower()))
    )


def _blames_request(facts: Facts) -> bool:
    if facts.status is not None:
        return facts.status < HTTPStatus.INTERNAL_SERVER_ERROR and facts.status != 408  # noqa: PLR2004  Request Timeout
    return "invalid" in facts.type or "invalid" in facts.code or bool(facts.param)


def _window(facts: Facts) -> int | None:
    if facts.context:
        return facts.context
    found = _LENGTH_LIMIT.search(facts.message.lower())
    return int(found.group(1)) if found else None


def _no_connection(error: BaseException, call: Call) -> UpstreamError:
    """Refused, unknown host, dropped, or truly too slow.

    The SDK's aiohttp transport turns every lost connection into a time-out, so what it was is read
    from the causes. The detail names its kind alone: addresses of ours are nobody's business.
    """
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or at.__context__
    for link in reversed(chain):
        if isinstance(link, httpx2.TooManyRedirects | httpx2.DecodingError):
            return BadAnswerError(damage=Damage.WRONG_SHAPE, detail=type(link).__name__)
        if isinstance(link, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError):
            if not isinstance(link, TimeoutError):
                return UnreachableError(detail=type(link).__name__)
            connecting = isinstance(link, aiohttp.ConnectionTimeoutError)
            return UpstreamTimeoutError(after=call.connect if connecting else call.read)
    if any(isinstance(link, httpx2.TimeoutException | TimeoutError) for link in chain):
        return UpstreamTimeoutError(after=call.read)
    return UnreachableError(detail=type(chain[-1]).__name__)


def _raised_by_sdk(traceback: TracebackType | None) -> bool:
    """The last frame is the SDK's or its HTTP library's: the same error from our code is a bug."""
    if traceback is None:
        return False
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    module = str(traceback.tb_frame.f_globals.get("__name__", ""))
    return module.partition(".")[0] in ("openai", "httpx2", "aiohttp")
