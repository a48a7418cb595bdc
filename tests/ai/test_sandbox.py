"""The same against the sandbox's OpenAI API, over the real SDK and a real connection."""

import asyncio

import pytest

from bot.ai.chat import OpenAIChat
from bot.ai.client import open_client
from bot.ai.learned import InMemoryParameters
from bot.ai.models import OpenAIModels
from bot.domain.chat import ParameterChanged, StreamingDropped
from bot.domain.errors import (
    BadAnswerError,
    ContentRejectedError,
    CreditExhaustedError,
    Damage,
    KeyRejectedError,
    ModelNotFoundError,
    RateLimitedError,
    ServerFaultError,
    UpstreamError,
    UpstreamTimeoutError,
)
from sandbox.clock import HandClock
from sandbox.openai import OpenAIServer
from tests.ai.asking import a_request, end_of, events_of, failing, text_of
from tests.ai.conftest import KEY

CHAT = "POST /chat/completions"


async def test_an_answer_arrives_word_for_word(
    sandbox: OpenAIServer, sandbox_chat: OpenAIChat
) -> None:
    sandbox.answers.text = "Grüße 😀, 你好!\n```py\nx = 1\n```"

    events = await events_of(sandbox_chat)

    assert text_of(events) == sandbox.answers.text
    end = end_of(events)
    assert end.finish_reasons == {0: "stop"}
    assert end.request_id == sandbox.requests[0].id


async def test_tokens_are_counted_from_the_second_answer_on(
    sandbox: OpenAIServer, sandbox_chat: OpenAIChat
) -> None:
    sandbox.answers.text = "Hello"

    first = end_of(await events_of(sandbox_chat))
    second = end_of(await events_of(sandbox_chat))

    assert first.usage is None
    assert second.usage
    assert (second.usage.prompt or 0) > 0 < (second.usage.completion or 0)


@pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
async def test_a_reasoning_model_is_asked_as_it_wants_and_all_changes_are_told(
    sandbox: OpenAIServer, sandbox_chat: OpenAIChat
) -> None:
    sandbox.answers.text = "Hello"
    request = a_request(model="gpt-5", max_tokens=500, temperature=0.5)

    first = await events_of(sandbox_chat, request)
    second = await events_of(sandbox_chat, request)

    expected = {
        ParameterChanged(parameter="max_tokens", renamed_to="max_completion_tokens"),
        ParameterChanged(parameter="temperature"),
    }
    for events in (first, second):
        assert {event for event in events if isinstance(event, ParameterChanged)} == expected
        assert text_of(events) == "Hello"
    assert len(sandbox.requests) == 4


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        ("rate_limit_without_retry_after", RateLimitedError),
        ("insufficient_quota", CreditExhaustedError),
        ("invalid_api_key", KeyRejectedError),
        ("content_filter", ContentRejectedError),
    ],
)
async def test_errors_as_openai_words_them_become_their_leaf(
    sandbox: OpenAIServer, sandbox_chat: OpenAIChat, preset: str, expected: type[UpstreamError]
) -> None:
    sandbox.faults.add(CHAT, "status", error=preset)

    _, error = await failing(sandbox_chat)

    assert type(error) is expected
    assert error.request_id == sandbox.requests[0].id


@pytest.mark.parametrize(
    ("fault", "damage"),
    [
        ("cut", Damage.CUT),
        ("end", Damage.CUT),
        ("malformed", Damage.MALFORMED_EVENT),
        ("html", Damage.NOT_JSON),
    ],
)
async def test_a_damaged_stream_is_told_by_its_damage(
    sandbox: OpenAIServer, sandbox_chat: OpenAIChat, fault: str, damage: Damage
) -> None:
    sandbox.answers.text = "one two three four five"
    sandbox.faults.add(CHAT, fault, after=3)

    _, error = await failing(sandbox_chat)

    assert isinstance(error, BadAnswerError)
    assert error.damage is damage


async def test_an_error_inside_the_stream_ends_it(
    sandbox: OpenAIServer, sandbox_chat: OpenAIChat
) -> None:
    sandbox.answers.text = "one two three four five"
    sandbox.faults.add(CHAT, "error_event", after=3)

    events, error = await failing(sandbox_chat)

    assert isinstance(error, ServerFaultError)
    assert sandbox.answers.text.startswith(text_of(events))


@pytest.mark.parametrize("fault", ["json_for_stream", "empty_stream"])
async def test_a_server_that_does_not_stream_still_answers(
    sandbox: OpenAIServer, sandbox_chat: OpenAIChat, fault: str
) -> None:
    sandbox.answers.text = "Hello"
    sandbox.faults.add(CHAT, fault, times=1)

    events = await events_of(sandbox_chat)

    assert events[0] == StreamingDropped()
    assert text_of(events) == "Hello"


async def test_a_stall_is_a_timeout_by_the_clock(
    sandbox: OpenAIServer, sandbox_chat: OpenAIChat, clock: HandClock
) -> None:
    sandbox.answers.text = "one two three four five"
    gate = sandbox.answers.hold(after=3)
    asking = asyncio.ensure_future(failing(sandbox_chat))
    await gate.reached()

    await clock.advance(30)

    _, error = await asking
    assert isinstance(error, UpstreamTimeoutError)
    assert error.after == 30


async def test_stopping_an_answer_ends_the_request_at_the_server(
    sandbox: OpenAIServer, sandbox_chat: OpenAIChat
) -> None:
    sandbox.answers.text = "one two three four five"
    sandbox.answers.hold(after=3)
    answer = sandbox_chat.answer(a_request())
    await anext(answer)

    await answer.aclose()

    sandbox.answers.clear()
    await sandbox.requests[0].ended.wait()
    assert not sandbox.requests[0].finished


async def test_a_wrong_model_is_not_found(sandbox_chat: OpenAIChat) -> None:
    _, error = await failing(sandbox_chat, a_request(model="no-such-model"))

    assert isinstance(error, ModelNotFoundError)
    assert error.model == "no-such-model"


async def test_a_wrong_key_is_rejected_and_never_shown(openai_url: str, clock: HandClock) -> None:
    wrong = "sk-wrong-9876543210"
    async with open_client(base_url=openai_url, api_key=wrong) as client:
        _, error = await failing(OpenAIChat(client, clock=clock))

    assert isinstance(error, KeyRejectedError)
    assert wrong not in error.detail


async def test_models_are_listed_and_found_one_by_one(openai_url: str, clock: HandClock) -> None:
    async with open_client(base_url=openai_url, api_key=KEY) as client:
        models = OpenAIModels(client, clock=clock)
        listed = await models.list()
        found = await models.get(listed[0].id)
        with pytest.raises(ModelNotFoundError):
            await models.get("no-such/model:x")

    assert found == listed[0]
    assert any(model.shutdown_date for model in listed)


async def test_many_answers_at_once_do_not_mix(
    sandbox: OpenAIServer, sandbox_chat: OpenAIChat, learned: InMemoryParameters
) -> None:
    texts = [f"answer number {n}" for n in range(30)]
    sandbox.answers.queue(*texts)

    answers = await asyncio.gather(*(events_of(sandbox_chat) for _ in texts))

    assert sorted(text_of(events) for events in answers) == sorted(texts)
    assert await learned.of(sandbox_chat._server, "gpt-4o")
