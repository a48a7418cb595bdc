import base64
import json
from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError

from tests.sandbox.openai.conftest import Running

HELLO: Any = [{"role": "user", "content": "Is anybody there?"}]
PNG_1PX = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


async def refused(client: AsyncOpenAI, **body: Any) -> BadRequestError:
    body = {"model": "gpt-4o", "messages": HELLO, **body}
    with pytest.raises(BadRequestError) as caught:
        await client.post("/chat/completions", cast_to=object, body=body)
    return caught.value


@pytest.mark.parametrize(
    ("dialect", "model"), [("modern", "gpt-6-luna"), ("both", "gpt-3.5-turbo"), ("both", "gpt-4o")]
)
async def test_an_answer_says_that_it_is_the_sandbox_and_repeats_the_question(
    serve: Any, dialect: str, model: str
) -> None:
    running: Running = await serve(dialect)

    answer = await running.client.chat.completions.create(model=model, messages=HELLO)

    choice = answer.choices[0]
    assert choice.message.content is not None
    assert "sandbox" in choice.message.content
    assert "Is anybody there?" in choice.message.content
    assert choice.finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer._request_id == running.server.requests[0].id


async def test_a_server_of_2023_answers_with_the_fields_of_2023(legacy: Running) -> None:
    answer = await legacy.client.post(
        "/chat/completions", cast_to=object, body={"model": "gpt-3.5-turbo", "messages": HELLO}
    )

    assert isinstance(answer, dict)
    assert set(answer) == {"id", "object", "created", "model", "choices", "usage"}
    assert set(answer["choices"][0]) == {"index", "message", "finish_reason"}
    assert set(answer["choices"][0]["message"]) == {"role", "content"}


@pytest.mark.parametrize(
    "new", [{"stream_options": {}}, {"max_completion_tokens": 5}, {"seed": 1}, {"tools": [{}]}]
)
async def test_a_server_of_2023_does_not_know_the_parameters_of_today(
    legacy: Running, new: dict[str, Any]
) -> None:
    error = await refused(legacy.client, model="gpt-3.5-turbo", **new)

    name = next(iter(new))
    assert error.body == {
        "message": f"Unrecognized request argument supplied: {name}",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


@pytest.mark.parametrize("dialect", ["modern", "legacy"])
async def test_a_stream_gives_the_whole_text_and_ends_with_done(serve: Any, dialect: str) -> None:
    running: Running = await serve(dialect)
    model = "gpt-4o" if dialect == "modern" else "gpt-3.5-turbo"
    running.server.answers.text = "One, two, three: 一二三 👩‍👩‍👧."

    stream = await running.client.chat.completions.create(model=model, messages=HELLO, stream=True)
    chunks = [chunk async for chunk in stream]

    assert "".join(each.choices[0].delta.content or "" for each in chunks) == (
        "One, two, three: 一二三 👩‍👩‍👧."
    )
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [each.choices[0].finish_reason for each in chunks[-2:]] == [None, "stop"]
    assert running.server.requests[0].finished


async def test_usage_comes_in_a_last_chunk_without_choices_when_asked_for(modern: Running) -> None:
    stream = await modern.client.chat.completions.create(
        model="gpt-4o", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]

    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens > 5
    assert all(each.usage is None for each in chunks[:-1])


async def test_several_choices_are_told_apart_in_answers_and_streams(modern: Running) -> None:
    whole = await modern.client.chat.completions.create(model="gpt-4o", messages=HELLO, n=3)
    stream = await modern.client.chat.completions.create(
        model="gpt-4o", messages=HELLO, n=3, stream=True
    )
    texts = ["", "", ""]
    async for chunk in stream:
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""

    assert [each.message.content for each in whole.choices] == texts
    assert len(set(texts)) == 3


async def test_stop_and_length_cut_the_text_and_say_so(modern: Running) -> None:
    modern.server.answers.text = "alpha beta gamma delta"

    stopped = await modern.client.chat.completions.create(
        model="gpt-4o", messages=HELLO, stop=["zzz", " gamma"]
    )
    cut = await modern.client.chat.completions.create(
        model="gpt-4o", messages=HELLO, max_completion_tokens=2
    )

    assert stopped.choices[0].message.content == "alpha beta"
    assert stopped.choices[0].finish_reason == "stop"
    assert cut.choices[0].message.content == "alpha beta"
    assert cut.choices[0].finish_reason == "length"
    assert cut.usage is not None
    assert cut.usage.completion_tokens == 2


async def test_log_probabilities_name_every_token(modern: Running) -> None:
    answer = await modern.client.chat.completions.create(
        model="gpt-4o", messages=HELLO, logprobs=True, top_logprobs=3
    )

    logprobs = answer.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    assert "".join(each.token for each in logprobs.content) == answer.choices[0].message.content
    assert {len(each.top_logprobs) for each in logprobs.content} == {3}


async def test_a_forced_tool_is_called_with_arguments_of_its_schema(modern: Running) -> None:
    tool: Any = {
        "type": "function",
        "function": {
            "name": "weather",
            "parameters": {"type": "object", "properties": {"days": {"type": "integer"}}},
        },
    }

    answer = await modern.client.chat.completions.create(
        model="gpt-4o", messages=HELLO, tools=[tool], tool_choice="required"
    )

    calls: Any = answer.choices[0].message.tool_calls
    assert answer.choices[0].finish_reason == "tool_calls"
    assert calls[0].function.name == "weather"
    assert calls[0].function.arguments == '{"days": 1}'


async def test_json_can_be_demanded_with_a_schema(modern: Running) -> None:
    schema = {
        "type": "object",
        "properties": {"names": {"type": "array", "items": {"$ref": "#/$defs/name"}}},
        "$defs": {"name": {"type": "string", "enum": ["Ada", "Ben"]}},
    }

    answer = await modern.client.chat.completions.create(
        model="gpt-4o",
        messages=HELLO,
        response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": schema}},
    )

    assert answer.choices[0].message.content == '{"names": ["Ada"]}'


@pytest.mark.parametrize(
    ("word", "sign"),
    [
        ("long", "Paragraph 20."),
        ("code", "```python"),
        ("table", "|---|"),
        ("list", "- the first"),
        ("unicode", "中文"),
        ("fence", "line_070"),
        ("ping", "@everyone"),
    ],
)
async def test_a_word_in_the_question_shapes_the_answer(
    modern: Running, word: str, sign: str
) -> None:
    answer = await modern.client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": f"something {word} please"}]
    )

    assert sign in (answer.choices[0].message.content or "")


async def test_a_schema_that_refers_to_itself_ends(modern: Running) -> None:
    schema = {"type": "object", "properties": {"child": {"$ref": "#"}}}

    answer = await modern.client.chat.completions.create(
        model="gpt-4o",
        messages=HELLO,
        response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": schema}},
    )

    assert (answer.choices[0].message.content or "").startswith('{"child": {"child"')


async def test_an_object_is_answered_with_once_any_message_names_json(modern: Running) -> None:
    answer = await modern.client.chat.completions.create(
        model="gpt-4o",
        messages=[{"role": "system", "content": "Answer in JSON."}, *HELLO],
        response_format={"type": "json_object"},
    )

    assert isinstance(json.loads(answer.choices[0].message.content or ""), dict)


async def test_what_cannot_stop_an_answer_was_refused_in_2023_too(serve: Any) -> None:
    running: Running = await serve("legacy")

    for stop in (5, ["x", 5]):
        error = await refused(running.client, model="gpt-3.5-turbo", stop=stop)
        assert "is not valid under any of the given schemas - 'stop'" in error.message


async def test_half_a_surrogate_pair_does_no_harm(modern: Running) -> None:
    answer: Any = await modern.client.post(
        "/chat/completions",
        cast_to=object,
        content=b'{"model": "gpt-4o", "messages": [{"role": "user", "content": "\\ud83d!"}]}',
        options={"headers": {"Content-Type": "application/json"}},
    )

    assert "?!" in answer["choices"][0]["message"]["content"]


A_PDF = "data:application/pdf;base64," + base64.b64encode(b"%PDF-1.7 and so on").decode()


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ({"filename": "a.pdf", "file_data": A_PDF}, None),
        ({"file_id": "file-1"}, None),
        ({}, "missing_required_parameter"),
        ({"file_data": A_PDF}, "missing_required_parameter"),
        ({"filename": "a.pdf", "file_data": A_PDF.partition(",")[2]}, "invalid_value"),
        ({"filename": "a.pdf", "file_data": A_PDF[:-2] + "!"}, "invalid_base64"),
        ({"filename": "a.pdf", "file_data": A_PDF.replace("JVBERi", "aGVsbG")}, "invalid_file"),
    ],
)
async def test_documents_are_looked_into(modern: Running, file: Any, code: str | None) -> None:
    parts = [{"type": "text", "text": "Sum it up"}, {"type": "file", "file": file}]
    messages: Any = [{"role": "user", "content": parts}]

    if code is not None:
        assert (await refused(modern.client, messages=messages)).code == code
        return
    answer = await modern.client.chat.completions.create(model="gpt-4o", messages=messages)
    assert "1 file" in (answer.choices[0].message.content or "")


async def test_models_of_2023_take_no_documents(serve: Any) -> None:
    running: Running = await serve("both")
    part = {"type": "file", "file": {"filename": "a.pdf", "file_data": A_PDF}}

    wrong = await refused(
        running.client, model="gpt-4", messages=[{"role": "user", "content": [part]}]
    )

    assert "does not support file content types" in str(wrong)


async def test_pictures_in_a_message_are_looked_at_and_counted(modern: Running) -> None:
    def message(link: str) -> Any:
        picture = {"type": "image_url", "image_url": {"url": link}}
        return [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, picture]}]

    answer = await modern.client.chat.completions.create(
        model="gpt-4o", messages=message(f"data:image/png;base64,{PNG_1PX}")
    )
    wrong = await refused(modern.client, messages=message("data:image/png;base64,aGVsbG8="))

    assert "1 picture" in (answer.choices[0].message.content or "")
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 700
    assert wrong.code == "invalid_image_format"


@pytest.mark.parametrize(
    ("model", "body", "code", "param"),
    [
        ("gpt-5.1", {"max_tokens": 9}, "unsupported_parameter", "max_tokens"),
        ("o3", {"max_tokens": 9}, "unsupported_parameter", "max_tokens"),
        ("gpt-6-luna", {"temperature": 0.2}, "unsupported_value", "temperature"),
        ("gpt-6-luna", {"top_p": 0.2}, "unsupported_parameter", "top_p"),
        ("gpt-5", {"logprobs": True}, "unsupported_parameter", "logprobs"),
        ("gpt-6-astra", {"reasoning_effort": "none"}, "unsupported_value", "reasoning_effort"),
        ("o3", {"stop": "x"}, "unsupported_parameter", "stop"),
        ("gpt-4o", {"reasoning_effort": "low"}, "unsupported_parameter", "reasoning_effort"),
        ("gpt-4o", {"verbosity": "low"}, "unsupported_value", "verbosity"),
        ("gpt-4o", {"temperature": 2.1}, "decimal_above_max_value", "temperature"),
        ("gpt-4o", {"temperature": "hot"}, "invalid_type", "temperature"),
        ("gpt-4o", {"n": 0}, "integer_below_min_value", "n"),
        ("gpt-4o", {"service_tier": "x"}, "invalid_value", "service_tier"),
        ("gpt-4o", {"wrong": 1}, "unknown_parameter", "wrong"),
        ("gpt-4o", {"messages": []}, "empty_array", "messages"),
        ("gpt-4o", {"messages": None}, "missing_required_parameter", "messages"),
        (
            "gpt-4o",
            {"messages": [{"role": "x", "content": "y"}]},
            "invalid_value",
            "messages[0].role",
        ),
        ("gpt-4o", {"stop": ["1", "2", "3", "4", "5"]}, "array_above_max_length", "stop"),
        ("gpt-4o", {"stop": 5}, "invalid_type", "stop"),
        ("gpt-4o", {"stop": {"at": "x"}}, "invalid_type", "stop"),
        ("gpt-4o", {"stop": ["x", 5]}, "invalid_type", "stop[1]"),
        ("gpt-4o", {"stream_options": {}}, None, "stream_options"),
        ("gpt-4o", {"response_format": {"type": "json_object"}}, None, "messages"),
    ],
)
async def test_what_a_model_of_today_does_not_take_is_refused_with_its_code(
    modern: Running, model: str, body: dict[str, Any], code: str | None, param: str
) -> None:
    error = await refused(modern.client, model=model, **body)

    assert (error.code, error.param, error.type) == (code, param, "invalid_request_error")


async def test_both_takes_from_any_model_what_either_generation_took(both: Running) -> None:
    answer = await both.client.chat.completions.create(
        model="gpt-6-luna", messages=HELLO, max_tokens=100, temperature=0.2
    )

    assert answer.choices[0].message.content


async def test_thinking_counts_against_the_tokens_and_may_leave_no_text(modern: Running) -> None:
    answer = await modern.client.chat.completions.create(
        model="gpt-6-luna", messages=HELLO, max_completion_tokens=20
    )

    assert answer.choices[0].message.content == ""
    assert answer.choices[0].finish_reason == "length"


async def test_a_conversation_over_the_context_is_refused_in_openai_s_words(
    legacy: Running,
) -> None:
    long: Any = [{"role": "user", "content": "word " * 5000}]

    without = await refused(legacy.client, model="gpt-3.5-turbo", messages=long)
    with_room = await refused(legacy.client, model="gpt-3.5-turbo", max_tokens=4090)

    assert without.code == with_room.code == "context_length_exceeded"
    assert "maximum context length is 4096 tokens. However, your messages resulted in" in str(
        without.body
    )
    assert "(11 in the messages, 4090 in the completion)" in str(with_room.body)


async def test_an_unknown_a_gone_and_a_wrong_model_are_told_apart(modern: Running) -> None:
    bodies: list[Any] = []
    for model in ("nobody", "gpt-3.5-turbo", "whisper-1"):
        with pytest.raises(NotFoundError) as caught:
            await modern.client.chat.completions.create(model=model, messages=HELLO)
        bodies.append(caught.value.body)

    assert [each["code"] for each in bodies] == ["model_not_found", "model_not_found", None]
    assert "does not exist" in bodies[0]["message"]
    assert "deprecated" in bodies[1]["message"]
    assert "not a chat model" in bodies[2]["message"]
