import asyncio

import pytest

from bot.ai.api import Api
from bot.ai.chat import OpenAIChat
from bot.ai.completions import OpenAICompletions
from bot.domain.calls import Exchange, FallbackUsed, Operation
from bot.domain.chat import ParameterChanged, StreamingDropped, Usage
from bot.domain.completions import CompletionParameters, CompletionRequest
from bot.domain.errors import (
    BadAnswerError,
    ContextLengthError,
    Damage,
    ModelNotFoundError,
    OptionError,
)
from sandbox.openai import OpenAIServer
from tests.ai.asking import all_of, end_of, ended, text_of
from tests.ai.raw import RawServer, chunk, whole

UNKNOWN_PATHS = [
    pytest.param(404, b"404 page not found", id="ollama"),
    pytest.param(404, {"detail": "Not Found"}, id="vllm, litellm"),
    pytest.param(404, {"error": {"message": "Not Found", "code": 404}}, id="vllm wrapped"),
    pytest.param(
        404,
        {"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}},
        id="llama.cpp",
    ),
    pytest.param(
        501,
        {"error": {"code": 501, "message": "not here", "type": "not_supported_error"}},
        id="llama.cpp 501",
    ),
    pytest.param(404, {"error": {"code": 404, "message": "Resource not found"}}, id="localai"),
    pytest.param(404, b"", id="localai opaque"),
    pytest.param(404, {"error": {"code": "404", "message": "Resource not found"}}, id="azure"),
    pytest.param(404, {"error": {"message": "Invalid URL (POST /v1/x)"}}, id="openai"),
    pytest.param(405, {"detail": "Method Not Allowed"}, id="405"),
    pytest.param(200, b"<!doctype html><title>Hello</title>", id="a page of HTML"),
    pytest.param(400, {"error": {"message": "This endpoint has been deprecated"}}, id="deprecated"),
]
"""How the servers of the field say that they have no such path."""


@pytest.fixture
def completions(api: Api, chat: OpenAIChat) -> OpenAICompletions:
    return OpenAICompletions(api, chat)


@pytest.fixture
def sandboxed(sandbox_api: Api, sandbox_chat: OpenAIChat) -> OpenAICompletions:
    return OpenAICompletions(sandbox_api, sandbox_chat)


def a_completion(*prompts: str, **given: object) -> CompletionRequest:
    fields = {
        name: given.pop(name)
        for name in ("model", "stream", "chat_model", "default_model", "person")
        if name in given
    }
    fields.setdefault("model", "gpt-3.5-turbo-instruct")
    parameters = CompletionParameters(**given)  # type: ignore[arg-type]
    return CompletionRequest(prompts=prompts or ("Once",), parameters=parameters, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("sandbox", ["both"], indirect=True)
@pytest.mark.parametrize("stream", [True, False])
async def test_every_parameter_is_sent_as_it_was_set_and_nothing_else(
    sandbox: OpenAIServer, sandboxed: OpenAICompletions, *, stream: bool
) -> None:
    exchanges: list[Exchange] = []
    sandbox.answers.queue("there was", "and then")
    request = a_completion(
        "Once",
        "Twice",
        stream=stream,
        suffix="!",
        max_tokens=50,
        temperature=0.5,
        n=2,
        logprobs=3,
        echo=True,
        stop=("\n", "END"),
        presence_penalty=0.1,
        frequency_penalty=-0.1,
        logit_bias={"50256": -100},
        seed=7,
    )

    events = await all_of(sandboxed.complete(request, exchanges.append))

    assert [text_of(events, choice) for choice in range(4)] == [
        *["Oncethere was"] * 2,
        *["Twiceand then"] * 2,
    ]
    assert end_of(events).finish_reasons == dict.fromkeys(range(4), "stop")
    assert any(getattr(event, "logprobs", ()) for event in events)
    sent = sandbox.requests[0].body
    assert sent["prompt"] == ["Once", "Twice"]
    assert sent["stop"] == ["\n", "END"]
    assert ("stream" in sent) is stream
    assert not {"user", "top_p", "best_of"} & set(sent)
    [exchange] = exchanges
    assert (exchange.operation, exchange.path) == (Operation.COMPLETION, "/completions")
    assert exchange.request == sent
    assert exchange.streamed is stream
    texts = {choice["index"]: choice["text"] for choice in exchange.response["choices"]}
    assert texts[2] == "Twiceand then"
    assert exchange.response["object"] == "text_completion"


@pytest.mark.parametrize("sandbox", ["legacy"], indirect=True)
async def test_a_server_of_2023_completes_with_its_own_models(
    sandbox: OpenAIServer, sandboxed: OpenAICompletions
) -> None:
    sandbox.answers.text = "upon a time"

    events = await all_of(sandboxed.complete(a_completion(model="text-davinci-003", best_of=2)))

    assert text_of(events) == "upon a time"
    assert "stream" not in sandbox.requests[0].body, "best_of can't be streamed"


@pytest.mark.parametrize(("status", "body"), UNKNOWN_PATHS)
async def test_chat_stands_in_on_every_server_without_completions(
    raw: RawServer, completions: OpenAICompletions, status: int, body: object
) -> None:
    raw.answers(body, status)
    raw.answers(whole("upon"))
    request = a_completion("Once", chat_model="gpt-4o", suffix="end", best_of=1, echo=True)
    exchanges: list[Exchange] = []

    events = await all_of(completions.complete(request, exchanges.append))

    assert events[0] == FallbackUsed(
        operation=Operation.COMPLETION,
        path="/chat/completions",
        lost=("model", "suffix", "best_of"),
    )
    assert text_of(events) == "Onceupon"
    assert {exchange.operation for exchange in exchanges} == {Operation.COMPLETION}
    assert [exchange.path for exchange in exchanges] == ["/completions", "/chat/completions"]


async def test_what_is_missing_is_asked_for_again_only_after_hours(
    raw: RawServer, completions: OpenAICompletions, api: Api
) -> None:
    raw.answers(b"404 page not found", 404)
    raw.answers(whole("Hello"))
    await all_of(completions.complete(a_completion(chat_model="gpt-4o")))

    await all_of(completions.complete(a_completion(chat_model="gpt-4o")))
    await api.clock.advance(7 * 3600)  # type: ignore[attr-defined]
    raw.replies.clear()
    raw.answers({"choices": [{"text": "upon", "index": 0, "finish_reason": "stop"}]})
    events = await all_of(completions.complete(a_completion(chat_model="gpt-4o")))

    assert [request.path.removeprefix("/v1") for request in raw.requests] == [
        "/completions",
        "/chat/completions",
        "/chat/completions",
        "/completions",
    ]
    assert text_of(events) == "upon"


async def test_several_prompts_are_several_questions_to_chat_and_their_tokens_are_added(
    raw: RawServer, completions: OpenAICompletions
) -> None:
    raw.answers(b"", 404)
    counted = {"prompt_tokens": 5, "completion_tokens": 2}
    two = {"index": 1, "message": {"content": "B"}, "finish_reason": "length"}
    one = {"index": 0, "message": {"content": "A"}, "finish_reason": "stop"}
    raw.answers({"model": "m", "choices": [one, two], "usage": counted})

    events = await all_of(
        completions.complete(a_completion("x", "y", n=2, stream=False, chat_model="gpt-4o"))
    )

    assert [text_of(events, choice) for choice in range(4)] == ["A", "B", "A", "B"]
    end = end_of(events)
    assert end.finish_reasons == {0: "stop", 1: "length", 2: "stop", 3: "length"}
    assert end.usage == Usage(prompt=10, completion=4)


async def test_a_chat_model_is_asked_at_its_own_endpoint(
    raw: RawServer, completions: OpenAICompletions, api: Api
) -> None:
    words = "This is a chat model and not supported in the v1/completions endpoint."
    raw.answers({"error": {"message": words, "param": "model"}}, 404)
    raw.streams(chunk("Hi", finish="stop"), "[DONE]")

    events = await all_of(
        completions.complete(a_completion(model="gpt-4.1", chat_model="gpt-6-luna"))
    )

    assert text_of(events) == "Hi"
    assert raw.requests[1].body["model"] == "gpt-4.1"
    assert await api.endpoints.present("/completions")


@pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
async def test_only_a_model_that_nobody_chose_is_replaced(
    sandbox: OpenAIServer, sandboxed: OpenAICompletions
) -> None:
    sandbox.answers.text = "upon a time"

    events = await all_of(sandboxed.complete(a_completion(chat_model="gpt-4o", default_model=True)))
    _, error = await ended(sandboxed.complete(a_completion(chat_model="gpt-4o")))

    assert text_of(events) == "upon a time"
    assert isinstance(error, ModelNotFoundError)


async def test_a_refused_parameter_is_left_out_told_and_remembered(
    raw: RawServer, completions: OpenAICompletions
) -> None:
    said = {"object": "error", "message": "suffix is not currently supported", "code": 400}
    raw.answers(said, 400)
    raw.answers({"choices": [{"text": "upon", "index": 0, "finish_reason": "stop"}]})
    request = a_completion(suffix="end", stream=False)

    first = await all_of(completions.complete(request))
    second = await all_of(completions.complete(request))

    for events in (first, second):
        assert events[0] == ParameterChanged(parameter="suffix")
        assert text_of(events) == "upon"
    assert ["suffix" in request.body for request in raw.requests] == [True, False, False]


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param({"choices": [{"text": "Hi", "index": 0, "finish_reason": "stop"}]}, id="json"),
        pytest.param(None, id="nothing at all"),
    ],
)
async def test_a_server_that_does_not_stream_still_completes(
    raw: RawServer, completions: OpenAICompletions, reply: object
) -> None:
    if reply is None:
        raw.streams()
    raw.answers({"choices": [{"text": "Hi", "index": 0, "finish_reason": "stop"}]})

    first = await all_of(completions.complete(a_completion()))
    second = await all_of(completions.complete(a_completion()))

    assert StreamingDropped() in first
    assert text_of(first) == text_of(second) == "Hi"
    assert StreamingDropped() not in second, "it is no news any more"
    assert "stream" not in raw.requests[-1].body


@pytest.mark.parametrize("sandbox", ["both"], indirect=True)
async def test_a_prompt_that_is_too_long_is_told_with_the_limit(
    sandboxed: OpenAICompletions,
) -> None:
    _, error = await ended(sandboxed.complete(a_completion("word " * 5000)))

    assert isinstance(error, ContextLengthError)
    assert error.limit == 4096


async def test_a_broken_stream_keeps_what_came_and_is_noted_so_far(
    raw: RawServer, completions: OpenAICompletions
) -> None:
    raw.streams({"choices": [{"text": "upon", "index": 0}]})
    exchanges: list[Exchange] = []

    events, error = await ended(completions.complete(a_completion(), exchanges.append))

    assert text_of(events) == "upon"
    assert isinstance(error, BadAnswerError)
    assert error.damage is Damage.CUT
    [exchange] = exchanges
    assert exchange.response["choices"][0]["text"] == "upon"
    assert (exchange.error, exchange.status) == ("BadAnswerError", 200)


async def test_failed_tries_are_noted_with_what_the_server_said(
    raw: RawServer, completions: OpenAICompletions, api: Api
) -> None:
    raw.answers({"error": {"message": "overloaded"}}, 503)
    raw.answers({"choices": [{"text": "Hi", "index": 0, "finish_reason": "stop"}]})
    exchanges: list[Exchange] = []

    asking = asyncio.ensure_future(all_of(completions.complete(a_completion(), exchanges.append)))
    while not asking.done():
        await api.clock.advance(0.5)  # type: ignore[attr-defined]

    assert [each.status for each in exchanges] == [503, 200]
    assert exchanges[0].error == "ServerFaultError"
    assert exchanges[0].response == {"error": {"message": "overloaded"}}


async def test_fewer_candidates_than_answers_are_refused_before_anything_is_asked(
    raw: RawServer, completions: OpenAICompletions
) -> None:
    with pytest.raises(OptionError) as refused:
        await all_of(completions.complete(a_completion(n=3, best_of=2)))

    assert refused.value.option == "best_of"
    assert raw.requests == []


async def test_a_key_that_the_server_repeats_is_not_noted(
    raw: RawServer, completions: OpenAICompletions, api: Api
) -> None:
    raw.answers({"error": {"message": f"wrong key {api.client.api_key}"}}, 401)
    exchanges: list[Exchange] = []

    await ended(completions.complete(a_completion(), exchanges.append))

    assert api.client.api_key not in repr(exchanges)
    assert "[redacted]" in repr(exchanges[0].response)
