import io
from typing import Any

import aiohttp
import pytest
from openai import AuthenticationError, NotFoundError

from tests.sandbox.openai.conftest import KEY, Running

AUTH = {"Authorization": f"Bearer {KEY}"}


async def asked(
    running: Running, method: str, path: str, headers: dict[str, str] | None = None, **body: Any
) -> tuple[int, Any, Any]:
    """Status, headers and JSON of a request that no SDK would make."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{running.url}{path}", headers=headers, **body) as response,
    ):
        return response.status, response.headers, await response.json()


async def test_a_wrong_key_is_refused_without_showing_it(modern: Running) -> None:
    with pytest.raises(AuthenticationError) as caught:
        await modern.client.with_options(api_key="sk-wrong-key-of-somebody").models.list()

    assert caught.value.code == "invalid_api_key"
    assert "sk-w********body" in str(caught.value)
    assert "wrong-key" not in str(caught.value)


@pytest.mark.parametrize("headers", [None, {"Authorization": "Basic abc"}])
async def test_a_missing_key_is_told_from_a_wrong_one(modern: Running, headers: Any) -> None:
    status, _, body = await asked(modern, "GET", "/models", headers)

    assert status == 401
    assert body["error"]["code"] is None
    assert "You didn't provide an API key" in body["error"]["message"]


async def test_an_unknown_address_is_told_in_openai_s_shape(modern: Running) -> None:
    with pytest.raises(NotFoundError) as caught:
        await modern.client.post("/embeddings", cast_to=object, body={})

    assert caught.value.body == {
        "message": "Invalid URL (POST /v1/embeddings)",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


async def test_a_wrong_method_is_told_with_the_right_ones(modern: Running) -> None:
    status, headers, body = await asked(modern, "GET", "/chat/completions", AUTH)

    assert status == 405
    assert headers["Allow"] == "POST"
    assert body["error"]["code"] == "method_not_supported"


async def test_what_is_no_json_is_refused(modern: Running) -> None:
    json = {**AUTH, "Content-Type": "application/json"}

    broken = await asked(modern, "POST", "/chat/completions", json, data=b'{"model": ')
    a_list = await asked(modern, "POST", "/chat/completions", json, data=b"[]")
    text = await asked(modern, "POST", "/chat/completions", AUTH, data="hello")

    assert broken[0] == a_list[0] == 400
    assert "could not parse the JSON body" in broken[2]["error"]["message"]
    assert text[0] == 415


async def test_an_empty_body_misses_its_first_parameter(serve: Any) -> None:
    modern, legacy = await serve("modern"), await serve("legacy")

    _, _, today = await asked(modern, "POST", "/chat/completions", AUTH, json={})
    _, _, then = await asked(legacy, "POST", "/chat/completions", AUTH, json={})

    assert today["error"]["code"] == "missing_required_parameter"
    assert then["error"]["message"] == "you must provide a model parameter"


async def test_a_body_over_its_limit_is_too_big(modern: Running) -> None:
    big = io.BytesIO(b" " * (64 * 1024 * 1024 + 2**17))
    headers = {**AUTH, "Content-Type": "application/json"}

    status, _, body = await asked(modern, "POST", "/moderations", headers, data=big)

    assert status == 413
    assert body["error"]["code"] == "content_too_large"


async def test_every_answer_has_an_id_and_says_what_is_left(modern: Running) -> None:
    raw = await modern.client.chat.completions.with_raw_response.create(
        model="gpt-4o", messages=[{"role": "user", "content": "hello"}]
    )

    assert raw.headers["x-request-id"] == modern.server.requests[0].id
    assert raw.headers["openai-processing-ms"] == "0"
    assert raw.headers["x-ratelimit-limit-requests"] == "10000"
    assert raw.headers["x-ratelimit-remaining-requests"] == "9999"
    assert raw.headers["x-ratelimit-reset-requests"] == "6ms"
    assert int(raw.headers["x-ratelimit-remaining-tokens"]) < 2_000_000


async def test_what_was_spent_comes_back_in_a_minute(modern: Running) -> None:
    modern.server.rate_limits.requests_per_minute = 2
    left: list[str] = []
    for seconds in (0, 0, 30):
        await modern.clock.advance(seconds)
        raw = await modern.client.models.with_raw_response.list()
        left.append(raw.headers["x-ratelimit-remaining-requests"])

    assert left == ["1", "0", "0"]
    assert raw.headers["x-ratelimit-reset-requests"] == "1m0s"


async def test_requests_are_recorded_as_they_were_asked(modern: Running) -> None:
    await modern.client.models.list(extra_query={"a": "b"})
    with pytest.raises(NotFoundError):
        await modern.client.chat.completions.create(
            model="nobody", messages=[{"role": "user", "content": "hello"}]
        )

    models, chat = modern.server.requests
    assert (models.method, models.path, models.query) == ("GET", "/models", {"a": "b"})
    assert models.headers["authorization"] == f"Bearer {KEY}"
    assert (chat.status, chat.body["model"]) == (404, "nobody")
    assert chat.answer["error"]["code"] == "model_not_found"
