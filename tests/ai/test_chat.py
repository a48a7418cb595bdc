"""Whole answers, in every form servers give them."""

from contextlib import suppress

import pytest

from bot.ai.capabilities import Endpoints, InMemoryEndpoints
from bot.ai.chat import OpenAIChat
from bot.ai.client import open_client
from bot.ai.retries import NO_RETRIES
from bot.domain.chat import Delta, StreamingDropped, TokenLogprob, Usage
from bot.domain.errors import UpstreamError
from sandbox.clock import HandClock
from tests.ai.asking import a_request, end_of, events_of, text_of
from tests.ai.raw import RawServer, chunk, event, whole


async def test_the_pieces_of_a_stream_arrive_in_order_and_the_end_is_told(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams(chunk(role="assistant"), chunk("Hel"), chunk("lo"), chunk(finish="stop"), "[DONE]")

    events = await events_of(chat)

    assert [e.text for e in events if isinstance(e, Delta)] == ["Hel", "lo"]
    end = end_of(events)
    assert (end.finish_reasons, end.usage, end.model) == ({0: "stop"}, None, "raw-1")
    assert end.request_id == "req_raw"


async def test_a_clean_end_after_the_finish_reason_is_complete_without_done(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams(chunk("Hi"), chunk(finish="length"))

    assert end_of(await events_of(chat)).finish_reasons == {0: "length"}


async def test_done_without_a_finish_reason_is_complete(raw: RawServer, chat: OpenAIChat) -> None:
    raw.streams(chunk("Hi"), "[DONE]")

    events = await events_of(chat)

    assert text_of(events) == "Hi"
    assert end_of(events).finish_reasons == {}


async def test_the_last_event_may_lack_its_blank_line(raw: RawServer, chat: OpenAIChat) -> None:
    raw.streams(chunk("Hi"), event(chunk(finish="stop")).rstrip())

    assert end_of(await events_of(chat)).finish_reasons == {0: "stop"}


async def test_usage_in_a_chunk_without_choices_is_counted(
    raw: RawServer, chat: OpenAIChat
) -> None:
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 4,
        "prompt_tokens_details": {"cached_tokens": 5},
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    first, last = {"choices": [], "prompt_filter_results": []}, {"choices": [], "usage": usage}
    raw.streams(first, chunk("Hi"), chunk(finish="stop"), last, "[DONE]")

    usage_told = end_of(await events_of(chat)).usage

    assert usage_told == Usage(prompt=9, completion=4, cached=5, reasoning=3)


async def test_thinking_aloud_is_kept_apart_from_the_answer(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams(
        chunk(reasoning_content="Let me "),
        chunk(reasoning="see"),
        chunk("42", finish="stop"),
    )

    events = await events_of(chat)

    assert "".join(e.reasoning for e in events if isinstance(e, Delta)) == "Let me see"
    assert text_of(events) == "42"


async def test_a_refusal_is_shown_as_the_answer(raw: RawServer, chat: OpenAIChat) -> None:
    raw.streams(chunk(refusal="I can't "), chunk(refusal="do that."), chunk(finish="stop"))

    assert text_of(await events_of(chat)) == "I can't do that."


async def test_several_choices_are_told_apart(raw: RawServer, chat: OpenAIChat) -> None:
    raw.streams(
        chunk("a", index=0),
        chunk("x", index=1),
        chunk("b", index=0, finish="stop"),
        chunk("y", index=1, finish="length"),
        "[DONE]",
    )

    events = await events_of(chat, a_request(n=2))

    assert (text_of(events, 0), text_of(events, 1)) == ("ab", "xy")
    assert end_of(events).finish_reasons == {0: "stop", 1: "length"}
    assert raw.requests[0].body["n"] == 2


async def test_an_index_that_no_request_asks_for_does_not_make_a_thousand_million_answers(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams(chunk("a", index=10**9), chunk("b", index=10**9, finish="stop"), "[DONE]")

    events = await events_of(chat)

    assert text_of(events, 0) == "ab"
    assert end_of(events).finish_reasons == {0: "stop"}


async def test_log_probabilities_come_with_their_alternatives(
    raw: RawServer, chat: OpenAIChat
) -> None:
    token = {
        "token": "Hi",
        "logprob": -0.5,
        "bytes": [72, 105],
        "top_logprobs": [{"token": "Hi", "logprob": -0.5}, {"token": "Ho", "logprob": -2}],
    }
    piece = chunk("Hi", finish="stop")
    piece["choices"][0]["logprobs"] = {"content": [token], "refusal": None}
    raw.streams(piece, "[DONE]")

    [delta, _] = await events_of(chat, a_request(logprobs=2))

    assert isinstance(delta, Delta)
    expected = TokenLogprob(token="Hi", logprob=-0.5, top=(("Hi", -0.5), ("Ho", -2.0)))
    assert delta.logprobs == (expected,)
    assert raw.requests[0].body["logprobs"] is True
    assert raw.requests[0].body["top_logprobs"] == 2


async def test_plain_json_for_a_stream_is_the_answer_and_is_told(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.answers(whole("Hello", reasoning="hm"))

    events = await events_of(chat)

    assert events[0] == StreamingDropped()
    assert text_of(events) == "Hello"
    assert end_of(events).finish_reasons == {0: "stop"}
    assert len(raw.requests) == 1


async def test_json_that_is_declared_a_stream_is_still_the_answer(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.answers(whole("Hello"), content_type="text/event-stream")

    assert text_of(await events_of(chat)) == "Hello"


async def test_a_stream_that_is_declared_plain_text_is_still_read(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.answers(event(chunk("Hi", finish="stop")), content_type="text/plain")

    assert text_of(await events_of(chat)) == "Hi"


async def test_a_stream_without_a_single_event_is_asked_again_in_one_piece_and_told_once(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams()
    raw.answers(whole("Hello"))

    first = await events_of(chat)
    second = await events_of(chat)

    assert first[0] == StreamingDropped()
    assert StreamingDropped() not in second, "it is no news any more"
    assert text_of(first) == text_of(second) == "Hello"
    assert ["stream" in request.body for request in raw.requests] == [True, False, False]


async def test_an_answer_that_was_not_to_be_streamed_is_no_dropped_stream(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.answers(whole("Hello"))

    events = await events_of(chat, a_request(stream=False))

    assert [type(e).__name__ for e in events] == ["Delta", "Finished"]
    assert "stream" not in raw.requests[0].body


async def test_an_empty_answer_cut_by_its_length_is_complete(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams(chunk(role="assistant", content=""), chunk(finish="length"), "[DONE]")

    events = await events_of(chat)

    assert text_of(events) == ""
    assert end_of(events).finish_reasons == {0: "length"}


async def test_content_in_parts_is_joined(raw: RawServer, chat: OpenAIChat) -> None:
    parts = [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]
    raw.answers(whole(parts))  # type: ignore[arg-type]  as Mistral writes it

    assert text_of(await events_of(chat)) == "Hello"


async def test_an_emoji_cut_into_two_half_surrogates_is_joined(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams(chunk("a\ud83d"), chunk("\ude00b"), chunk("\ud83d", finish="stop"))

    text = text_of(await events_of(chat))

    assert text == "a😀b"
    text.encode()


async def test_heartbeats_and_strange_objects_are_passed_over(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams(
        b": OPENROUTER PROCESSING\n\n",
        b"data:\n\n",
        {"type": "ping"},
        b"event: x\nid: 7\nretry: 10\ndata:" + event(chunk("Hi", finish="stop")).partition(b":")[2],
        {"choices": None},
        "[DONE]",
    )

    assert text_of(await events_of(chat)) == "Hi"


async def test_two_answers_use_one_connection(raw: RawServer, chat: OpenAIChat) -> None:
    raw.streams(chunk("Hi", finish="stop"), "[DONE]")

    await events_of(chat)
    await events_of(chat)

    assert len(raw.requests) == 2
    assert raw.connections == 1


@pytest.mark.parametrize(
    ("status", "body", "present"),
    [
        (200, None, True),
        (404, b"404 page not found", False),
        (404, {"error": {"code": "model_not_found", "message": "The model does not exist"}}, True),
        (400, {"error": {"message": "no", "param": "messages"}}, True),
        (401, {"error": {"message": "no"}}, None),
        (500, b"", None),
    ],
)
async def test_each_answer_tells_whether_the_endpoint_is_there(
    raw: RawServer, clock: HandClock, status: int, body: object, *, present: bool | None
) -> None:
    if body is None:
        raw.answers(whole("Hi"))
    else:
        raw.answers(body, status)
    endpoints = Endpoints(raw.url, InMemoryEndpoints(), clock=clock)
    async with open_client(base_url=raw.url) as client:
        chat = OpenAIChat(client, clock=clock, retries=NO_RETRIES, endpoints=endpoints)
        with suppress(UpstreamError):
            await events_of(chat)

    assert await endpoints.present("/chat/completions") is present


async def test_a_model_of_responses_alone_shows_that_both_endpoints_are_there(
    raw: RawServer, clock: HandClock
) -> None:
    message = "This model is only supported in v1/responses and not in v1/chat/completions."
    raw.answers({"error": {"message": message, "param": "model"}}, 404)
    raw.answers({"object": "response", "status": "completed", "output_text": "Hi", "output": []})
    endpoints = Endpoints(raw.url, InMemoryEndpoints(), clock=clock)
    async with open_client(base_url=raw.url) as client:
        chat = OpenAIChat(client, clock=clock, endpoints=endpoints)
        with suppress(UpstreamError):
            await events_of(chat)

    assert await endpoints.present("/chat/completions") is True
    assert await endpoints.present("/responses") is True
