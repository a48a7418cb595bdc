import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import httpx2
import pytest
from openai import (
    APIConnectionError,
    APIError,
    APIStatusError,
    InternalServerError,
    RateLimitError,
)

from sandbox.openai.control import steer
from sandbox.openai.fault_file import FaultsError, parse, shown
from sandbox.openai.faults import PRESETS, FaultKind
from tests.sandbox.openai.conftest import KEY, Running

CHAT = "POST /chat/completions"
BODY: Any = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}


async def texts(running: Running) -> list[str]:
    """The deltas of one streamed answer, as far as they come."""
    stream = await running.client.chat.completions.create(**BODY, stream=True)
    return [
        chunk.choices[0].delta.content
        async for chunk in stream
        if chunk.choices and chunk.choices[0].delta.content
    ]


async def raw(running: Running, *, stream: bool = True) -> tuple[int, str, str]:
    """Status, content type and text, as they stand on the wire."""
    headers = {"Authorization": f"Bearer {KEY}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(
            f"{running.url}/chat/completions", json={**BODY, "stream": stream}
        ) as response,
    ):
        return response.status, response.content_type, await response.text()


@pytest.fixture
def three(both: Running) -> Running:
    """Answers "one two three" in three deltas: five events, with the opening and the end."""
    both.server.answers.queue(*[["one ", "two ", "three"]] * 3)
    return both


async def test_a_429_names_when_to_come_back_and_ends_after_its_count(both: Running) -> None:
    both.server.faults.add(CHAT, "status", error="rate_limit", times=2)

    for _ in range(2):
        with pytest.raises(RateLimitError) as caught:
            await both.client.chat.completions.create(**BODY)
        assert caught.value.code == "rate_limit_exceeded"
        assert caught.value.response.headers["retry-after-ms"] == "1000"
    answer = await both.client.chat.completions.create(**BODY)

    assert answer.choices


async def test_an_exhausted_quota_is_told_from_a_rate_limit(both: Running) -> None:
    both.server.faults.add(CHAT, "status", error="insufficient_quota")

    with pytest.raises(RateLimitError) as caught:
        await both.client.chat.completions.create(**BODY)

    assert caught.value.code == "insufficient_quota"
    assert "retry-after" not in caught.value.response.headers


@pytest.mark.parametrize("name", list(PRESETS))
async def test_every_ready_made_error_arrives_with_its_status(both: Running, name: str) -> None:
    both.server.faults.add("*", "status", error=name)

    with pytest.raises(APIStatusError) as caught:
        await both.client.models.list()

    assert caught.value.status_code == PRESETS[name].status
    assert caught.value.request_id == both.server.requests[0].id


async def test_any_status_can_be_given_with_body_and_headers(both: Running) -> None:
    both.server.faults.add(
        CHAT, "status", status=529, body={"detail": "no"}, headers={"x-should-retry": "false"}
    )

    with pytest.raises(InternalServerError) as caught:
        await both.client.chat.completions.create(**BODY)

    assert caught.value.status_code == 529
    assert caught.value.body == {"detail": "no"}
    assert caught.value.response.headers["x-should-retry"] == "false"


async def test_a_503_can_be_a_page_of_html(both: Running) -> None:
    both.server.faults.add(CHAT, "status", error="html_503")

    status, content_type, text = await raw(both)

    assert (status, content_type) == (503, "text/html")
    assert text.startswith("<html>")


async def test_the_connection_can_be_dropped_before_any_answer(both: Running) -> None:
    both.server.faults.add(CHAT, "drop")

    with pytest.raises(APIConnectionError):
        await both.client.chat.completions.create(**BODY)


async def test_a_cut_stream_breaks_off_in_mid_body(three: Running) -> None:
    three.server.faults.add(CHAT, "cut", after=3)

    with pytest.raises((APIConnectionError, httpx2.TransportError)):
        await texts(three)

    assert len(three.server.requests[0].events) == 3
    assert three.server.requests[0].finished is False


async def test_a_body_that_is_no_stream_is_cut_too(both: Running) -> None:
    both.server.faults.add(CHAT, "cut")

    with pytest.raises(aiohttp.ClientPayloadError):
        await raw(both, stream=False)


async def test_a_stream_can_end_cleanly_without_its_end(three: Running) -> None:
    three.server.faults.add(CHAT, "end", after=2)

    _, _, text = await raw(three)

    assert text.count("data: ") == 2
    assert "[DONE]" not in text
    assert '"finish_reason": "stop"' not in text


async def test_a_malformed_line_stands_among_good_ones(three: Running) -> None:
    three.server.faults.add(CHAT, "malformed", after=2)

    with pytest.raises(ValueError, match=r"Unterminated|Expecting|Invalid"):
        await texts(three)
    _, _, text = await raw(three)

    assert "one " in text
    assert "three" in text


async def test_an_error_event_ends_the_stream(three: Running) -> None:
    three.server.faults.add(CHAT, "error_event", after=2)

    with pytest.raises(APIError) as caught:
        await texts(three)

    assert not isinstance(caught.value, APIStatusError)
    assert caught.value.type == "server_error"


async def test_a_200_can_be_html_or_an_error_or_nothing(both: Running) -> None:
    both.server.faults.add(CHAT, "html", times=1)
    both.server.faults.add(CHAT, "error_object", times=1)
    both.server.faults.add(CHAT, "empty_body", times=1)

    page = await raw(both)
    error = await both.client.chat.completions.create(**BODY)
    nothing = await raw(both)

    assert page[:2] == (200, "text/html")
    assert error.choices is None
    assert (error.model_extra or {})["error"]["type"] == "server_error"
    assert nothing == (200, "application/json", "")


async def test_plain_json_for_a_stream_gives_no_chunk_and_no_error(both: Running) -> None:
    both.server.faults.add(CHAT, "json_for_stream")

    got = await texts(both)
    _, content_type, _ = await raw(both)

    assert got == []
    assert content_type == "application/json"


async def test_a_stream_can_be_empty(both: Running) -> None:
    both.server.faults.add(CHAT, "empty_stream")

    assert await raw(both) == (200, "text/event-stream", "")


async def test_every_event_can_come_twice(three: Running) -> None:
    three.server.faults.add(CHAT, "duplicate")

    assert await texts(three) == ["one ", "one ", "two ", "two ", "three", "three"]


async def test_an_endless_stream_goes_on_until_the_client_leaves(three: Running) -> None:
    three.server.faults.add(CHAT, "endless")

    stream = await three.client.chat.completions.create(**BODY, stream=True)
    got: list[str] = []
    async for chunk in stream:
        got.append(chunk.choices[0].delta.content or "")
        if len(got) == 500:
            break
    await stream.close()

    assert got[-100:] == ["three"] * 100
    await asyncio.wait_for(three.server.requests[0].ended.wait(), 60)
    assert three.server.requests[0].disconnected


async def test_a_stalled_stream_goes_on_when_the_faults_are_cleared(three: Running) -> None:
    three.server.faults.add(CHAT, "stall", after=2)
    stream = await three.client.chat.completions.create(**BODY, stream=True)

    first = await anext(stream)
    second = await anext(stream)
    third = asyncio.ensure_future(anext(stream))
    await three.clock.advance(1000)
    assert not third.done()
    three.server.faults.clear()

    assert first.choices[0].delta.content == ""
    assert second.choices[0].delta.content == "one "
    assert (await third).choices[0].delta.content == "two "
    await stream.close()


async def test_a_stalled_answer_lets_go_when_its_client_leaves(three: Running) -> None:
    three.server.faults.add(CHAT, "stall", after=1)
    stream = await three.client.chat.completions.create(**BODY, stream=True)
    await anext(stream)

    await stream.close()

    await asyncio.wait_for(three.server.requests[0].ended.wait(), 60)
    assert three.server.requests[0].disconnected


@pytest.mark.parametrize(("kind", "sleeps"), [("slow_first_byte", 1), ("slow_events", 5)])
async def test_slowness_goes_by_the_sandbox_s_clock(three: Running, kind: str, sleeps: int) -> None:
    three.server.faults.add(CHAT, kind, seconds=20)
    asking = asyncio.ensure_future(texts(three))

    while not asking.done():
        await three.clock.advance(20)

    assert await asking == ["one ", "two ", "three"]
    assert three.clock.monotonic() >= 20 * sleeps


async def test_a_fault_acts_on_its_route_alone(both: Running) -> None:
    both.server.faults.add("POST /images/*", "status", status=500)

    assert (await both.client.models.list()).data
    assert (await both.client.chat.completions.create(**BODY)).choices
    with pytest.raises(InternalServerError):
        await both.client.images.generate(model="dall-e-2", prompt="a cat")


def test_faults_are_read_from_json_and_shown_as_they_were() -> None:
    given = [
        {"route": "*", "kind": "cut", "after": 5, "times": 1},
        {"route": CHAT, "kind": "status", "status": 418, "headers": {"a": "b"}, "after": 0},
        {"route": "GET /files", "kind": "status", "error": "overloaded", "after": 0},
    ]

    assert [shown(each) for each in parse(given)] == given


@pytest.mark.parametrize(
    ("item", "place"),
    [
        ("cut", "faults[0]"),
        ({"route": "*", "kind": "explode"}, "faults[0].kind"),
        ({"route": "chat", "kind": "cut"}, "faults[0].route"),
        ({"kind": "cut"}, "faults[0].route"),
        ({"route": "*", "kind": "cut", "times": 0}, "faults[0].times"),
        ({"route": "*", "kind": "cut", "after": -1}, "faults[0].after"),
        ({"route": "*", "kind": "cut", "status": 500}, "faults[0].status"),
        ({"route": "*", "kind": "status", "status": 99}, "faults[0].status"),
        ({"route": "*", "kind": "status", "error": "x"}, "faults[0].error"),
        ({"route": "*", "kind": "status", "headers": {"a": 1}}, "faults[0].headers"),
        ({"route": "*", "kind": "stall", "seconds": "2"}, "faults[0].seconds"),
        ({"route": "*", "kind": "stall", "wait": 2}, "faults[0].wait"),
    ],
)
def test_a_wrong_fault_is_refused_with_its_place(item: Any, place: str) -> None:
    with pytest.raises(FaultsError) as caught:
        parse([item])

    assert [each.partition(":")[0] for each in caught.value.problems] == [place]


async def test_the_control_command_switches_faults_and_answers(both: Running) -> None:
    state = steer(
        both.server, {"faults": [{"route": CHAT, "kind": "html"}], "queue": ["x"], "pace": 2}
    )
    assert state["faults"] == [{"route": CHAT, "kind": "html", "after": 0}]
    assert state["pace"] == 2

    with pytest.raises(FaultsError, match="pace"):
        steer(both.server, {"clear": True, "pace": -1})
    assert len(both.server.faults.all()) == 1

    assert steer(both.server, {"clear": True, "text": "y"})["faults"] == []
    answer = await both.client.chat.completions.create(**BODY)
    assert answer.choices[0].message.content == "y"


def test_no_kind_of_fault_is_without_a_test() -> None:
    own = Path(__file__).read_text()

    assert [kind for kind in FaultKind if f'"{kind}"' not in own] == []
