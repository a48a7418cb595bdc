"""What is not the answer the API documents ends in an error that says how it is damaged."""

import pytest

from bot.ai.chat import OpenAIChat
from bot.domain.errors import (
    BadAnswerError,
    ContentRejectedError,
    Damage,
    RateLimitedError,
    RequestRejectedError,
    ServerFaultError,
    UpstreamError,
)
from tests.ai.asking import a_request, failing, text_of
from tests.ai.raw import End, RawServer, Reply, chunk, event

HTML = b"<!doctype html><html><title>Welcome</title></html>"


async def damage(chat: OpenAIChat, text: str = "") -> Damage:
    events, error = await failing(chat)
    assert isinstance(error, BadAnswerError)
    assert (error.status, error.request_id) == (200, "req_raw")
    assert text_of(events) == text
    return error.damage


async def test_a_clean_end_without_a_terminal_event_is_a_cut_answer(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams(chunk("Hel"), chunk("lo"))

    assert await damage(chat, "Hello") is Damage.CUT


async def test_one_of_two_choices_without_its_end_is_a_cut_answer(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams(chunk("a", finish="stop"), chunk("b", index=1))

    assert await damage(chat, "a") is Damage.CUT


@pytest.mark.parametrize("pieces", [[], [chunk("Hel")]])
async def test_a_connection_dropped_in_mid_answer_is_a_cut_answer_and_not_asked_again(
    raw: RawServer, chat: OpenAIChat, pieces: list[dict[str, object]]
) -> None:
    raw.streams(*pieces, end=End.DROP)

    assert await damage(chat, "Hel" if pieces else "") is Damage.CUT
    assert len(raw.requests) == 1


async def test_an_event_that_ends_in_the_middle_is_a_cut_answer(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams(chunk("Hel"), event(chunk("lo"))[:30])

    assert await damage(chat, "Hel") is Damage.CUT


async def test_an_event_that_is_no_json_is_malformed(raw: RawServer, chat: OpenAIChat) -> None:
    raw.streams(chunk("Hel"), "{not json", chunk("lo"), "[DONE]")

    assert await damage(chat, "Hel") is Damage.MALFORMED_EVENT


async def test_an_event_that_is_no_object_has_the_wrong_shape(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams("17", "[DONE]")

    assert await damage(chat) is Damage.WRONG_SHAPE


async def test_a_stream_that_ends_without_a_choice_is_empty(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams({"choices": [], "usage": {"prompt_tokens": 1}}, "[DONE]")

    assert await damage(chat) is Damage.EMPTY


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (HTML, Damage.NOT_JSON),
        (b"It works!", Damage.NOT_JSON),
        (b'{"choices": [', Damage.NOT_JSON),
        (b"[" * 100_000, Damage.NOT_JSON),
        (b'["choices"]', Damage.WRONG_SHAPE),
        (b'{"answer": 42}', Damage.WRONG_SHAPE),
        (b'{"choices": null}', Damage.WRONG_SHAPE),
        (b'{"choices": []}', Damage.EMPTY),
        (b"", Damage.EMPTY),
    ],
)
async def test_an_answer_in_one_piece_that_is_none_is_told_by_its_damage(
    raw: RawServer, chat: OpenAIChat, body: bytes, expected: Damage
) -> None:
    raw.answers(body, content_type="text/html")

    _, error = await failing(chat, a_request(stream=False))

    assert isinstance(error, BadAnswerError)
    assert error.damage is expected


async def test_html_for_a_stream_is_not_json(raw: RawServer, chat: OpenAIChat) -> None:
    raw.answers(HTML, content_type="text/html")

    assert await damage(chat) is Damage.NOT_JSON


async def test_a_body_that_only_claims_to_be_compressed_is_not_json(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.answers(b"not gzip", content_encoding="gzip")

    assert await damage(chat) is Damage.NOT_JSON


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"error": {"message": "Overloaded", "type": "server_error"}}, ServerFaultError),
        ({"error": {"message": "Slow", "code": "rate_limit_exceeded"}}, RateLimitedError),
        ({"error": {"message": "x", "code": "content_filter"}}, ContentRejectedError),
        ({"error": "out of memory"}, ServerFaultError),
        ({"object": "error", "message": "bad", "code": 400}, RequestRejectedError),
        ({"detail": "Internal"}, ServerFaultError),
        (b'event: error\ndata: {"message": "gone", "code": "503"}\n\n', ServerFaultError),
    ],
)
async def test_an_error_inside_a_stream_ends_it_and_keeps_what_came_before(
    raw: RawServer, chat: OpenAIChat, error: dict[str, object], expected: type[UpstreamError]
) -> None:
    raw.streams(chunk("Hel"), error, chunk("lo"), "[DONE]")

    events, told = await failing(chat)

    assert type(told) is expected
    assert told.request_id == "req_raw"
    assert text_of(events) == "Hel"
    assert len(raw.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "bad value", "type": "invalid_request_error", "param": "n"}},
        {"object": "error", "message": "bad value", "code": 400, "param": "n"},
        [{"error": {"message": "bad value", "code": 400, "param": "n"}}],
    ],
)
async def test_an_error_object_with_status_200_is_the_error_it_says(
    raw: RawServer, chat: OpenAIChat, body: object
) -> None:
    raw.answers(body)

    _, error = await failing(chat)

    assert isinstance(error, RequestRejectedError)
    assert (error.detail, error.parameter) == ("bad value", "n")


async def test_a_redirect_that_leads_nowhere_is_an_error_of_ours(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.replies.append(Reply([], 307, {"location": raw.url + "/chat/completions"}))

    _, error = await failing(chat)

    assert isinstance(error, UpstreamError)
