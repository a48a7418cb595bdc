from typing import Any

import pytest
from openai import BadRequestError, NotFoundError

from tests.sandbox.openai.conftest import Running

DAVINCI = "text-davinci-003"


@pytest.mark.parametrize(
    ("dialect", "model"), [("legacy", DAVINCI), ("both", "gpt-3.5-turbo-instruct")]
)
async def test_a_completion_goes_on_from_the_prompt_and_says_that_it_is_canned(
    serve: Any, dialect: str, model: str
) -> None:
    running: Running = await serve(dialect)

    answer = await running.client.completions.create(
        model=model, prompt="Once upon a time", max_tokens=100
    )

    assert "sandbox" in answer.choices[0].text
    assert "Once upon a time" in answer.choices[0].text
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == 4


async def test_without_a_limit_a_completion_has_16_tokens(legacy: Running) -> None:
    answer = await legacy.client.completions.create(model=DAVINCI, prompt="Once")

    assert answer.choices[0].finish_reason == "length"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 16


async def test_echo_several_prompts_and_choices_come_in_order(legacy: Running) -> None:
    legacy.server.answers.text = "!"

    answer = await legacy.client.completions.create(
        model=DAVINCI, prompt=["one", "two"], n=2, best_of=3, echo=True
    )

    assert [each.text for each in answer.choices] == ["one!", "one!", "two!", "two!"]
    assert [each.index for each in answer.choices] == [0, 1, 2, 3]


async def test_a_prompt_may_be_tokens(legacy: Running) -> None:
    answer = await legacy.client.completions.create(
        model=DAVINCI, prompt=[[1, 2, 3], [4, 5]], max_tokens=1
    )

    assert answer.usage is not None
    assert answer.usage.prompt_tokens == 5
    assert len(answer.choices) == 2


async def test_log_probabilities_have_the_shape_of_completions(legacy: Running) -> None:
    answer = await legacy.client.completions.create(model=DAVINCI, prompt="x", logprobs=2)

    logprobs = answer.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.tokens is not None
    assert logprobs.text_offset is not None
    assert logprobs.top_logprobs is not None
    assert "".join(logprobs.tokens) == answer.choices[0].text
    assert logprobs.text_offset[1] == len(logprobs.tokens[0])
    assert len(logprobs.top_logprobs[0]) == 2


async def test_a_completion_can_be_streamed_with_usage(both: Running) -> None:
    both.server.answers.text = " there was a bot."

    stream = await both.client.completions.create(
        model="gpt-3.5-turbo-instruct",
        prompt="Once",
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [each async for each in stream]

    text = "".join(each.choices[0].text for each in chunks if each.choices)
    assert text == " there was a bot."
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"n": 3, "best_of": 2}, "to be at least 'n'"),
        ({"best_of": 2, "stream": True}, "best_of is not supported with stream"),
        ({"logprobs": 6}, "greater than the maximum of 5"),
        ({"max_tokens": 4097}, "maximum context length is 4097 tokens"),
        ({"prompt": {"a": 1}}, "expected one of a string"),
        ({"stream_options": {}}, "Unrecognized request argument supplied: stream_options"),
        ({"model": "text-ada-001", "suffix": "x"}, "'suffix' is not supported"),
        ({"model": None}, "you must provide a model parameter"),
    ],
)
async def test_a_wrong_completion_is_refused(
    legacy: Running, body: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadRequestError, match=sentence):
        await legacy.client.post(
            "/completions", cast_to=object, body={"model": DAVINCI, "prompt": "x", **body}
        )


async def test_no_model_of_today_completes(modern: Running) -> None:
    with pytest.raises(NotFoundError, match="deprecated"):
        await modern.client.completions.create(model="gpt-3.5-turbo-instruct", prompt="x")
    with pytest.raises(NotFoundError, match="Did you mean to use v1/chat/completions"):
        await modern.client.completions.create(model="gpt-4o", prompt="x")


@pytest.mark.parametrize("dialect", ["legacy", "both"])
async def test_a_text_is_edited_by_instruction(serve: Any, dialect: str) -> None:
    running: Running = await serve(dialect)

    answer: Any = await running.client.post(
        "/edits",
        cast_to=object,
        body={
            "model": "text-davinci-edit-001",
            "input": "Helo",
            "instruction": "Fix the spelling",
            "n": 2,
        },
    )

    assert set(answer) == {"object", "created", "choices", "usage"}
    assert [each["index"] for each in answer["choices"]] == [0, 1]
    assert answer["choices"][0]["text"].startswith("Helo\n[This is the sandbox")
    assert "Fix the spelling" in answer["choices"][0]["text"]


async def test_an_edit_needs_an_instruction_and_a_model_that_edits(legacy: Running) -> None:
    edit: Any = {"model": "text-davinci-edit-001"}

    with pytest.raises(BadRequestError, match="'instruction' is a required property"):
        await legacy.client.post("/edits", cast_to=object, body=edit)
    with pytest.raises(BadRequestError, match="does not support the model"):
        await legacy.client.post(
            "/edits", cast_to=object, body={"model": DAVINCI, "instruction": "x"}
        )


async def test_edits_are_no_address_of_today(modern: Running) -> None:
    with pytest.raises(NotFoundError, match=r"Invalid URL \(POST /v1/edits\)"):
        await modern.client.post("/edits", cast_to=object, body={})
