from typing import Any

import pytest
from openai import BadRequestError, NotFoundError

from tests.sandbox.openai.conftest import Running


async def test_a_response_says_that_it_is_the_sandbox(modern: Running) -> None:
    answer = await modern.client.responses.create(
        model="gpt-6-luna", input="Is anybody there?", instructions="Be short."
    )

    assert "sandbox" in answer.output_text
    assert "Is anybody there?" in answer.output_text
    assert answer.status == "completed"
    assert answer.usage is not None
    assert answer.usage.output_tokens_details.reasoning_tokens == 64


async def test_a_conversation_is_answered_to_its_last_question(modern: Running) -> None:
    content: Any = [
        {"type": "input_text", "text": "And now?"},
        {"type": "input_image", "image_url": "https://example.org/a.png", "detail": "auto"},
    ]

    answer = await modern.client.responses.create(
        model="gpt-4o",
        input=[
            {"role": "user", "content": "First"},
            {"role": "assistant", "content": "Yes"},
            {"role": "user", "content": content},
        ],
    )

    assert "And now?" in answer.output_text
    assert answer.usage is not None
    assert answer.usage.input_tokens > 765


async def test_the_events_of_a_stream_lead_to_the_same_response(modern: Running) -> None:
    modern.server.answers.text = "One two three"

    stream = await modern.client.responses.create(model="gpt-4o", input="Hi", stream=True)
    events: list[Any] = [event async for event in stream]

    assert [each.type for each in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        *["response.output_text.delta"] * 3,
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [each.sequence_number for each in events] == list(range(11))
    assert "".join(each.delta for each in events if each.type.endswith("delta")) == "One two three"
    assert events[-1].response.output_text == "One two three"


@pytest.mark.parametrize("stream", [True, False])
async def test_a_response_cut_by_length_is_incomplete(modern: Running, stream: Any) -> None:
    answer: Any = await modern.client.responses.create(
        model="gpt-4o", input="something long", max_output_tokens=20, stream=stream
    )
    if stream:
        events = [event async for event in answer]
        assert events[-1].type == "response.incomplete"
        answer = events[-1].response

    assert answer.status == "incomplete"
    assert answer.incomplete_details.reason == "max_output_tokens"
    assert answer.usage.output_tokens == 20


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"max_output_tokens": 15}, "integer_below_min_value"),
        ({"input": []}, "invalid_type"),
        ({"max_tokens": 5}, "unknown_parameter"),
        ({"previous_response_id": "resp_x"}, "previous_response_not_found"),
        ({"model": "gpt-6-luna", "temperature": 0.5}, "unsupported_parameter"),
        ({"input": "word " * 200_000}, "context_length_exceeded"),
    ],
)
async def test_a_wrong_response_is_refused(
    modern: Running, body: dict[str, Any], code: str
) -> None:
    with pytest.raises(BadRequestError) as caught:
        await modern.client.post(
            "/responses", cast_to=object, body={"model": "gpt-4o", "input": "x", **body}
        )

    assert caught.value.code == code


async def test_responses_were_not_there_in_2023(legacy: Running) -> None:
    with pytest.raises(NotFoundError, match="Invalid URL"):
        await legacy.client.responses.create(model="gpt-4", input="x")
