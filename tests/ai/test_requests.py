"""What goes over the wire, against OpenAI's own descriptions of 2023 and 2026."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.ai._requests import Shape
from bot.ai.chat import OpenAIChat
from bot.domain.chat import ChatMessage, ChatParameters, ChatRequest, ImageData
from tests.ai.asking import a_request, events_of
from tests.ai.raw import RawServer, chunk

SPECS = Path(__file__).resolve().parents[2] / "../shared/openai"
PNG = b"\x89PNG\r\n\x1a\n"

BASIC = ChatParameters(
    temperature=0.5,
    top_p=0.9,
    max_tokens=100,
    n=2,
    stop=("END", "\n\n"),
    presence_penalty=-1,
    frequency_penalty=1,
    logit_bias={"50256": -100},
)
FULL = ChatParameters(
    temperature=0.5,
    top_p=0.9,
    max_tokens=100,
    n=2,
    stop=("END",),
    presence_penalty=-1,
    frequency_penalty=1,
    logprobs=5,
    logit_bias={"50256": -100},
    seed=7,
    reasoning_effort="low",
    verbosity="high",
    response_format="json_object",
)


def described(year: str, schema: str, body: dict[str, Any]) -> None:
    """Fails unless `body` is what the description of that year allows, unknown fields included."""
    path = SPECS / f"spec-{year}.json"
    if not path.exists():
        pytest.skip("the vendor's descriptions are not beside the project")
    document = json.loads(path.read_text())
    root = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    jsonschema.Draft202012Validator(root).validate(body)


def a_conversation(*, pictures: bool = False, **more: Any) -> ChatRequest:
    picture = ImageData(mime="image/png", data=PNG)
    asked = ("What is this?", picture) if pictures else ("What is", "this?")
    return ChatRequest(
        model="gpt-4o",
        messages=(
            ChatMessage(role="system", content="Be brief."),
            ChatMessage(role="user", content="Hi"),
            ChatMessage(role="assistant", content="Hello"),
            ChatMessage(role="user", content=asked),
        ),
        **more,
    )


async def sent(raw: RawServer, chat: OpenAIChat, request: ChatRequest) -> dict[str, Any]:
    raw.streams(chunk("Hi", finish="stop"), "[DONE]")
    await events_of(chat, request)
    return raw.requests[-1].body


async def test_a_basic_request_is_what_servers_of_2023_take(
    raw: RawServer, chat: OpenAIChat
) -> None:
    body = await sent(raw, chat, a_conversation(parameters=BASIC))

    described("2023-04", "CreateChatCompletionRequest", body)
    described("2026-08", "CreateChatCompletionRequest", body)
    assert [type(message["content"]) for message in body["messages"]] == [str] * 4
    assert body["messages"][-1]["content"] == "What is\n\nthis?"


async def test_every_parameter_is_sent_as_the_reference_of_2026_says(
    raw: RawServer, chat: OpenAIChat
) -> None:
    body = await sent(raw, chat, a_conversation(parameters=FULL, pictures=True))

    described("2026-08", "CreateChatCompletionRequest", body)
    assert body["messages"][-1]["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
    ]
    assert {"seed", "verbosity", "top_logprobs", "response_format"} <= body.keys()


@pytest.mark.parametrize("pictures", [True, False])
def test_the_same_question_put_to_the_responses_route_is_described_there(
    pictures: bool,  # noqa: FBT001  a parameter of pytest's
) -> None:
    shape = Shape(a_conversation(parameters=FULL, pictures=pictures), stream=True)

    lost = shape.use_responses()
    body = shape.body()

    # A picture fits two alternatives of the description's oneOf, so messages are held to theirs.
    described("2026-08", "CreateResponse", {**body, "input": "Hi"})
    for message in body["input"]:
        described("2026-08", "EasyInputMessage", message)
    assert body["max_output_tokens"] == 100
    assert body["reasoning"] == {"effort": "low"}
    assert [change.parameter for change in lost] == [
        "frequency_penalty",
        "logit_bias",
        "n",
        "presence_penalty",
        "seed",
        "stop",
    ]


async def test_only_the_chosen_tokens_probability_is_asked_for_with_none_beside_it(
    raw: RawServer, chat: OpenAIChat
) -> None:
    body = await sent(raw, chat, a_request(logprobs=0))

    assert body["logprobs"] is True
    assert "top_logprobs" not in body


async def test_half_a_surrogate_pair_in_a_question_does_not_stop_it(
    raw: RawServer, chat: OpenAIChat
) -> None:
    body = await sent(raw, chat, a_request("a\ud83db 😀"))

    assert body["messages"][0]["content"] == "a\ufffdb 😀"
