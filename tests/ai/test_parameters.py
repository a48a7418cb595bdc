"""Parameters that a model does not take are left out or renamed, told, and remembered."""

from dataclasses import replace
from typing import Any

import pytest

from bot.ai._facts import from_payload
from bot.ai._parameters import refusal
from bot.ai.chat import OpenAIChat
from bot.ai.client import open_client
from bot.ai.learned import InMemoryParameters
from bot.domain.chat import ChatEvent, ParameterChanged, StreamingDropped
from bot.domain.errors import RequestRejectedError
from sandbox.clock import HandClock
from tests.ai.asking import a_request, end_of, events_of, failing, text_of
from tests.ai.raw import RawServer, chunk

ANSWER = (chunk("Hi", finish="stop"), "[DONE]")


def refused(param: str, code: str = "unsupported_parameter", message: str = "no") -> dict[str, Any]:
    return {"error": {"message": message, "code": code, "param": param}}


def changes(events: list[ChatEvent]) -> list[tuple[str, str | None]]:
    return [(e.parameter, e.renamed_to) for e in events if isinstance(e, ParameterChanged)]


async def test_only_what_was_set_is_sent(raw: RawServer, chat: OpenAIChat) -> None:
    raw.streams(*ANSWER)

    await events_of(chat)

    expected = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    assert raw.requests[0].body == expected


async def test_max_tokens_is_renamed_and_the_next_call_is_right_the_first_time(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.answers(refused("max_tokens"), 400)
    raw.streams(*ANSWER)

    first = await events_of(chat, a_request(max_tokens=9))
    second = await events_of(chat, a_request(max_tokens=9))

    assert changes(first) == changes(second) == [("max_tokens", "max_completion_tokens")]
    sent = [{k for k in r.body if "max" in k} for r in raw.requests]
    assert sent == [{"max_tokens"}, {"max_completion_tokens"}, {"max_completion_tokens"}]


async def test_a_server_that_forgot_the_new_name_gets_the_old_one_again(
    raw: RawServer, chat: OpenAIChat, learned: InMemoryParameters
) -> None:
    await learned.learn(f"{raw.url}/", "gpt-4o", "max_tokens", "max_completion_tokens")
    raw.answers(
        {"error": {"message": "Unrecognized request argument supplied: max_completion_tokens"}}, 400
    )
    raw.streams(*ANSWER)

    await events_of(chat, a_request(max_tokens=9))
    again = await events_of(chat, a_request(max_tokens=9))

    assert raw.requests[1].body["max_tokens"] == raw.requests[2].body["max_tokens"] == 9
    assert changes(again) == []


async def test_a_refused_parameter_is_left_out_told_and_remembered_for_that_model_only(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.answers(refused("seed"), 400)
    raw.streams(*ANSWER)

    first = await events_of(chat, a_request(seed=1, top_p=0.5))
    second = await events_of(chat, a_request(seed=1))
    unset = await events_of(chat, a_request())
    other = await events_of(chat, a_request(seed=1, model="other"))

    assert changes(first) == changes(second) == [("seed", None)]
    assert changes(unset) == changes(other) == []
    assert ["seed" in r.body for r in raw.requests] == [True, False, False, False, True]
    assert raw.requests[1].body["top_p"] == 0.5


async def test_a_value_that_is_refused_says_nothing_about_other_values(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.answers(refused("reasoning_effort", "unsupported_value", "Supported: low."), 400)
    raw.streams(*ANSWER)

    first = await events_of(chat, a_request(reasoning_effort="none"))
    await events_of(chat, a_request(reasoning_effort="low"))

    assert changes(first) == [("reasoning_effort", None)]
    assert raw.requests[2].body["reasoning_effort"] == "low"


async def test_what_is_refused_while_thinking_is_sent_again_without_thinking(
    raw: RawServer, chat: OpenAIChat, learned: InMemoryParameters
) -> None:
    await learned.learn(f"{raw.url}/", "gpt-4o", "temperature", None)
    raw.streams(*ANSWER)

    await events_of(chat, a_request(temperature=0, reasoning_effort="none"))
    await events_of(chat, a_request(temperature=0))

    assert ["temperature" in r.body for r in raw.requests] == [True, False]


async def test_three_changes_are_made_and_the_fourth_refusal_is_told(
    raw: RawServer, chat: OpenAIChat
) -> None:
    for name in ("seed", "top_p", "n", "stop"):
        raw.answers(refused(name), 400)

    events, error = await failing(chat, a_request(seed=1, top_p=0.1, n=2, stop=("x",)))

    assert [name for name, _ in changes(events)] == ["seed", "top_p", "n"]
    assert isinstance(error, RequestRejectedError)
    assert error.parameter == "stop"
    assert len(raw.requests) == 4


@pytest.mark.parametrize("param", ["messages", "messages[0].content", "model", "tools"])
async def test_the_question_itself_is_never_left_out(
    raw: RawServer, chat: OpenAIChat, param: str
) -> None:
    raw.answers(refused(param), 400)

    _, error = await failing(chat, a_request(seed=1))

    assert isinstance(error, RequestRejectedError)
    assert len(raw.requests) == 1


async def test_a_value_out_of_range_is_the_persons_to_change(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.answers(refused("temperature", "decimal_above_max_value", "Expected at most 2"), 400)

    _, error = await failing(chat, a_request(temperature=2))

    assert isinstance(error, RequestRejectedError)
    assert error.parameter == "temperature"


async def test_a_model_that_may_not_be_streamed_answers_in_one_piece(
    raw: RawServer, chat: OpenAIChat
) -> None:
    message = "Your organization must be verified to stream this model."
    raw.answers(refused("stream", "unsupported_value", message), 400)
    raw.answers({"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]})

    events = await events_of(chat)

    assert events[0] == StreamingDropped()
    assert text_of(events) == "Hi"


async def test_token_counts_are_asked_for_once_the_server_shows_it_is_openais(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams(*ANSWER)
    raw.replies[0].headers["openai-processing-ms"] = "12"

    await events_of(chat)
    await events_of(chat)

    assert raw.requests[1].body["stream_options"] == {"include_usage": True}


async def test_stream_options_that_are_refused_are_nobodys_business_and_never_sent_again(
    raw: RawServer, chat: OpenAIChat, learned: InMemoryParameters
) -> None:
    await learned.learn(f"{raw.url}/", "gpt-4o", "stream_options", "stream_options")
    raw.answers(
        {"error": {"message": "Unrecognized request argument supplied: stream_options"}}, 400
    )
    raw.streams(*ANSWER)
    raw.replies[1].headers["openai-version"] = "2020-10-01"

    first = await events_of(chat)
    await events_of(chat)

    assert changes(first) == []
    assert end_of(first)
    sent = ["stream_options" in request.body for request in raw.requests]
    assert sent == [True, False, False]


@pytest.mark.parametrize(
    ("payload", "names"),
    [
        ({"error": {"message": "Unrecognized request argument supplied: top_p"}}, ["top_p"]),
        ({"error": {"message": "Unrecognized request arguments supplied: seed, n"}}, ["n", "seed"]),
        ({"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "x"}]}, ["seed"]),
        (
            {
                "object": "error",
                "message": "[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), "
                "'msg': 'Extra inputs are not permitted', 'input': 1}]",
                "code": 400,
            },
            ["seed"],
        ),
        (
            {"error": {"message": "UnsupportedParamsError: x does not support parameters: ['n']"}},
            ["n"],
        ),
        ({"error": {"message": "Unsupported param: stop"}}, ["stop"]),
        ({"error": {"message": "Only one completion choice is allowed"}}, ["n"]),
        ({"error": {"message": "property 'seed' is unsupported"}}, ["seed"]),
        ({"error": {"message": "Argument not supported on this model: topP"}}, ["top_p"]),
        ({"error": {"message": 'Unknown name "seed": Cannot find field.'}}, ["seed"]),
        ({"error": {"message": "Unsupported file type; stop and try again"}}, None),
        ({"error": {"message": "unknown error in n places"}}, None),
        ({"error": {"message": "top_p must be below 1", "param": "top_p"}}, None),
    ],
)
def test_refusals_are_understood_as_each_kind_of_server_words_them(
    payload: dict[str, Any], names: list[str] | None
) -> None:
    sent = {name: name for name in ("model", "messages", "n", "seed", "stop", "top_p", "stream")}

    found = refusal(from_payload(payload, status=400), sent)

    assert (sorted(found.parameters) if found else None) == names


async def test_who_asks_is_told_to_openai_alone_also_behind_another_name(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams(*ANSWER)
    raw.replies[0].headers["openai-version"] = "2020-10-01"
    raw.streams(*ANSWER)
    raw.answers(refused("safety_identifier"), 400)
    raw.streams(*ANSWER)
    question = replace(a_request(), person="f00d")

    answers = [await events_of(chat, question) for _ in range(3)]
    await events_of(chat, replace(a_request(model="other"), person="f00d"))

    told = [request.body.get("safety_identifier") for request in raw.requests]
    assert told == [None, "f00d", "f00d", None, None]
    assert [changes(each) for each in answers] == [[], [], []], "nobody typed it"


async def test_a_server_that_is_said_to_be_of_2023_is_told_by_the_field_of_then(
    raw: RawServer, clock: HandClock
) -> None:
    raw.streams(*ANSWER)
    async with open_client(base_url=raw.url) as client:
        await events_of(
            OpenAIChat(client, clock=clock, legacy=True), replace(a_request(), person="f00d")
        )

    assert raw.requests[0].body["user"] == "f00d"
    assert "safety_identifier" not in raw.requests[0].body
