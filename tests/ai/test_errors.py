"""Every refusal of every known server becomes the leaf that says what it is."""

import inspect
from datetime import UTC, datetime

import httpx2
import openai
import pytest

import bot.domain.errors as leaves
from bot.ai._errors import Call, translated, translated_errors
from bot.ai._facts import MAX_DETAIL, redacted
from bot.ai.chat import OpenAIChat
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
from tests.ai.asking import failing
from tests.ai.conftest import KEY
from tests.ai.raw import RawServer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CALL = Call(operation="chat/completions", model="gpt-4o")


def said(message: str = "no", **more: object) -> dict[str, object]:
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


REFUSALS = [
    (400, said("bad value", param="messages"), RequestRejectedError),
    (409, said("locked"), RequestRejectedError),
    (413, b"<html><head><title>413 Too Large</title></head></html>", RequestRejectedError),
    (
        422,
        {"detail": [{"loc": ["body", "messages"], "msg": "bad", "type": "x"}]},
        RequestRejectedError,
    ),
    (400, said("x", code="content_filter"), ContentRejectedError),
    (400, said("Your request was rejected by our safety system."), ContentRejectedError),
    (400, said("x", code="context_length_exceeded"), ContextLengthError),
    (
        400,
        {"object": "error", "message": "maximum context length is 4096 tokens"},
        ContextLengthError,
    ),
    (
        400,
        {"error": {"type": "exceed_context_size_error", "message": "x", "n_ctx": 512}},
        ContextLengthError,
    ),
    (401, said("Incorrect API key provided", code="invalid_api_key"), KeyRejectedError),
    (401, b"", KeyRejectedError),
    (403, said("Country not supported"), AccessDeniedError),
    (404, said("The model `gpt-4o` does not exist", code="model_not_found"), ModelNotFoundError),
    (404, {"error": {"message": "model 'gpt-4o' not found"}}, ModelNotFoundError),
    (
        404,
        {"error": {"code": "DeploymentNotFound", "message": "No deployment"}},
        ModelNotFoundError,
    ),
    (404, {"error": "gpt-4o: pull it first"}, ModelNotFoundError),
    (400, said("The model `gpt-4o` has been deprecated"), ModelNotFoundError),
    (404, b"", EndpointMissingError),
    (404, b"404 page not found", EndpointMissingError),
    (404, {"detail": "Not Found"}, EndpointMissingError),
    (404, {"error": {"code": 404, "message": "File Not Found"}}, EndpointMissingError),
    (404, {"error": {"code": "404", "message": "Resource not found"}}, EndpointMissingError),
    (404, said("Unknown request URL", code="unknown_url"), EndpointMissingError),
    (405, {"detail": "Method Not Allowed"}, EndpointMissingError),
    (410, said("This endpoint is retired"), EndpointMissingError),
    (501, {"error": {"message": "x", "type": "not_supported_error"}}, EndpointMissingError),
    (429, said("slow down", code="rate_limit_exceeded"), RateLimitedError),
    (429, said("quota", type="insufficient_quota"), CreditExhaustedError),
    (402, b"pay", CreditExhaustedError),
]


@pytest.mark.parametrize(("status", "body", "expected"), REFUSALS)
async def test_a_refusal_becomes_its_leaf_and_is_not_asked_again(
    raw: RawServer, chat: OpenAIChat, status: int, body: object, expected: type[UpstreamError]
) -> None:
    raw.answers(body, status)

    _, error = await failing(chat)

    assert type(error) is expected
    assert (error.status, error.request_id) == (status, "req_raw")
    assert len(raw.requests) == 1


def test_every_leaf_is_provoked_somewhere() -> None:
    elsewhere = {
        ServerFaultError,
        UnreachableError,
        UpstreamTimeoutError,
        BadAnswerError,
        RemoteNotFoundError,
    }
    known = {expected for _, _, expected in REFUSALS} | elsewhere

    assert known == {
        leaf
        for _, leaf in inspect.getmembers(leaves, inspect.isclass)
        if issubclass(leaf, UpstreamError) and leaf is not UpstreamError
    }


async def test_the_facts_of_a_refusal_are_kept(raw: RawServer, chat: OpenAIChat) -> None:
    raw.answers(said("maximum context length is 8192 tokens, however you asked for 9000"), 400)
    _, length = await failing(chat)
    raw.replies.clear()
    raw.answers(said("gone", code="model_not_found"), 404)
    _, model = await failing(chat)
    raw.replies.clear()
    raw.answers(b"", 404)
    _, endpoint = await failing(chat)

    assert isinstance(length, ContextLengthError)
    assert length.limit == 8192
    assert isinstance(model, ModelNotFoundError)
    assert model.model == "gpt-4o"
    assert isinstance(endpoint, EndpointMissingError)
    assert endpoint.operation == "chat/completions"


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"retry-after": "21"}, "x", 21.0),
        ({"retry-after-ms": "30500"}, "x", 30.5),
        ({"retry-after": "Thu, 01 Jan 2026 12:01:00 GMT"}, "x", 60.0),
        ({"retry-after": "soon"}, "Please try again in 1m30s.", 90.0),
        ({}, "Please try again in 20500ms.", 20.5),
        ({"retry-after": "nan"}, "x", None),
        ({"retry-after": "-1"}, "x", None),
        ({}, "x", None),
    ],
)
async def test_how_long_to_wait_is_read_wherever_the_server_says_it(
    raw: RawServer, chat: OpenAIChat, headers: dict[str, str], message: str, seconds: float | None
) -> None:
    raw.answers(said(message), 429, **headers)

    _, error = await failing(chat)

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == seconds


async def test_keys_never_show_in_a_detail(raw: RawServer, chat: OpenAIChat) -> None:
    message = f"Incorrect API key provided: {KEY}; sk-proj-ab12***cd. Authorization: Bearer abc.def"
    raw.answers(said(message), 401)

    _, error = await failing(chat)

    assert "Incorrect API key provided" in error.detail
    assert not any(secret in error.detail for secret in (KEY, "ab12", "abc.def"))


def test_a_detail_is_one_line_and_no_novel() -> None:
    assert redacted("a\n b", ()) == "a b"
    assert len(redacted("x" * 10_000, ())) == MAX_DETAIL
    assert "plainsecret" not in redacted("your key plainsecret is wrong", ("plainsecret",))


def _instances(kind: type[Exception]) -> Exception:
    request = httpx2.Request("POST", "http://localhost")
    response = httpx2.Response(418, request=request, json={"error": {"message": "x"}})
    for arguments in (
        {"message": "x", "response": response, "body": None},
        {"response": response, "body": None},
        {"message": "x", "request": request, "body": None},
        {"request": request},
        {"completion": None},
        {"completion": type("Completion", (), {"usage": None})()},
        {"message": "x", "unsent_messages": []},
    ):
        try:
            return kind(**arguments)
        except (TypeError, AttributeError):
            continue
    return kind("x")


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for name, kind in inspect.getmembers(openai, inspect.isclass)
        if issubclass(kind, openai.OpenAIError) and not name.startswith("_")
    ],
)
def test_every_error_of_the_sdk_is_translated(kind: type[Exception]) -> None:
    assert isinstance(translated(_instances(kind), CALL, now=NOW), UpstreamError)


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for _, kind in inspect.getmembers(httpx2, inspect.isclass)
        if issubclass(kind, httpx2.TransportError)
    ],
)
def test_every_error_of_its_transport_is_translated(kind: type[Exception]) -> None:
    expected = (
        UpstreamTimeoutError if issubclass(kind, httpx2.TimeoutException) else UnreachableError
    )

    assert type(translated(kind("x"), CALL, now=NOW)) is expected


async def test_what_typed_calls_of_the_sdk_raise_beside_its_errors_is_translated(
    raw: RawServer,
) -> None:
    raw.answers(b"<html>hello</html>", content_type="text/html")
    async with openai.AsyncOpenAI(
        api_key="x", base_url=raw.url, http_client=openai.DefaultAioHttpClient()
    ) as client:
        with pytest.raises(BadAnswerError) as html, translated_errors(CALL, now=NOW):
            await client.models.list()
        with pytest.raises(RequestRejectedError), translated_errors(CALL, now=NOW):
            await client.models.retrieve("")
    assert html.value.damage is Damage.NOT_JSON


@pytest.mark.parametrize("bug", [AttributeError("x"), ValueError("x"), RuntimeError("closed")])
def test_mistakes_of_our_own_are_not_dressed_up_as_the_servers(bug: Exception) -> None:
    with pytest.raises(type(bug)), translated_errors(CALL, now=NOW):
        raise bug
