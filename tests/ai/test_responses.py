"""Models that only /responses has."""

from typing import Any

import pytest

from bot.ai.chat import OpenAIChat
from bot.domain.chat import Delta, ParameterChanged, StreamingDropped, Usage
from bot.domain.errors import (
    BadAnswerError,
    ContentRejectedError,
    Damage,
    ServerFaultError,
    UpstreamError,
)
from tests.ai.asking import a_request, end_of, events_of, failing, text_of
from tests.ai.raw import RawServer

ONLY = {
    "error": {
        "message": "This model is only supported in v1/responses and not in v1/chat/completions.",
        "type": "invalid_request_error",
        "param": "model",
        "code": None,
    }
}


def delta(text: str, kind: str = "output_text") -> dict[str, Any]:
    return {"type": f"response.{kind}.delta", "output_index": 0, "delta": text}


def ended(kind: str = "completed", **more: Any) -> dict[str, Any]:
    usage = {
        "input_tokens": 7,
        "output_tokens": 5,
        "input_tokens_details": {"cached_tokens": 1},
        "output_tokens_details": {"reasoning_tokens": 2},
    }
    response = {"status": kind, "model": "o1-pro", "usage": usage, "output": [], **more}
    return {"type": f"response.{kind}", "response": response}


async def test_the_question_is_put_again_to_the_route_that_has_the_model_and_that_is_remembered(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.answers(ONLY, 404)
    raw.streams(
        {"type": "response.created", "response": {}},
        delta("hm", "reasoning_summary_text"),
        delta("Hel"),
        delta("lo"),
        {"type": "response.output_text.done", "text": "Hello"},
        ended(),
    )

    first = await events_of(chat, a_request(max_tokens=9, seed=1))
    await events_of(chat, a_request())

    assert first[0] == ParameterChanged(parameter="seed")
    assert text_of(first) == "Hello"
    assert "".join(e.reasoning for e in first if isinstance(e, Delta)) == "hm"
    end = end_of(first)
    assert (end.finish_reasons, end.model) == ({0: "stop"}, "o1-pro")
    assert end.usage == Usage(prompt=7, completion=5, cached=1, reasoning=2)
    paths = [request.path for request in raw.requests]
    assert paths == ["/v1/chat/completions", "/v1/responses", "/v1/responses"]
    assert raw.requests[1].body["max_output_tokens"] == 9


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("max_output_tokens", "length"), ("content_filter", "content_filter")],
)
async def test_an_incomplete_response_says_why(
    raw: RawServer, chat: OpenAIChat, reason: str, expected: str
) -> None:
    raw.answers(ONLY, 404)
    raw.streams(delta("Hel"), ended("incomplete", incomplete_details={"reason": reason}))

    assert end_of(await events_of(chat)).finish_reasons == {0: expected}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (ended("failed", error={"code": "server_error", "message": "x"}), ServerFaultError),
        (ended("failed", error={"code": "invalid_prompt", "message": "x"}), ContentRejectedError),
        ({"type": "error", "code": "server_error", "message": "x"}, ServerFaultError),
    ],
)
async def test_a_response_that_fails_is_an_error(
    raw: RawServer, chat: OpenAIChat, event: dict[str, Any], expected: type[UpstreamError]
) -> None:
    raw.answers(ONLY, 404)
    raw.streams(delta("Hel"), event)

    events, error = await failing(chat)

    assert type(error) is expected
    assert text_of(events) == "Hel"


async def test_a_response_without_its_terminal_event_is_cut(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.answers(ONLY, 404)
    raw.streams(delta("Hel"))

    _, error = await failing(chat)

    assert isinstance(error, BadAnswerError)
    assert error.damage is Damage.CUT


async def test_a_whole_response_for_a_stream_is_the_answer(
    raw: RawServer, chat: OpenAIChat
) -> None:
    text = {"type": "output_text", "text": "Hello", "annotations": []}
    summary = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}
    raw.answers(ONLY, 404)
    raw.answers(ended(output=[summary, {"type": "message", "content": [text]}])["response"])

    events = await events_of(chat)

    assert events[0] == StreamingDropped()
    assert text_of(events) == "Hello"


async def test_what_this_route_refuses_is_left_out_under_our_name_for_it(
    raw: RawServer, chat: OpenAIChat
) -> None:
    no = {"error": {"message": "no", "code": "unsupported_parameter", "param": "reasoning.effort"}}
    raw.answers(ONLY, 404)
    raw.answers(no, 400)
    raw.streams(delta("Hi"), ended())

    events = await events_of(chat, a_request(reasoning_effort="low", verbosity="low"))

    assert events[0] == ParameterChanged(parameter="reasoning_effort")
    assert "reasoning" not in raw.requests[2].body
    assert raw.requests[2].body["text"] == {"verbosity": "low"}
