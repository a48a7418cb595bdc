"""Documents go as they are where the model takes them, and as their words where it does not."""

from base64 import b64encode
from typing import Any

import pytest

from bot.ai._facts import from_payload
from bot.ai._refused_files import about_files
from bot.ai._requests import Shape
from bot.ai.chat import OpenAIChat
from bot.domain.chat import ChatEvent, ChatMessage, ChatRequest, DocumentData, DocumentsAsText
from tests.ai.asking import events_of, text_of
from tests.ai.raw import RawServer, chunk
from tests.ai.test_requests import described
from tests.media.documents import a_pdf

ANSWER = (chunk("Hi", finish="stop"), "[DONE]")
PDF = a_pdf([None])
WORDS = "scan.pdf:\n```\nA title\n```"
NO_FILES = {
    "openai": "Invalid Value: 'file'. This model does not support file content types.",
    "vllm": "Unknown part type: file",
    "serde": "Failed to deserialize the JSON body into the target type: messages[0]: unknown"
    " variant `file`, expected `text` or `image_url` at line 1 column 90",
    "llama.cpp": "unsupported content[].type",
    "ollama": "invalid message format",
    "groq": "'messages.0' : for 'role:user' the following must be satisfied"
    "[('messages.0.content' : value must be a string)]",
    "2023": "Invalid type for 'messages[0].content': expected a string.",
}


def a_question(*, before: bool = False, model: str = "gpt-4o") -> ChatRequest:
    """`before`: the document is one of an earlier question."""
    document = DocumentData(name="scan.pdf", mime="application/pdf", data=PDF, words=WORDS, pages=1)
    messages = [ChatMessage(role="user", content=("What is this?", document))]
    if before:
        messages.append(ChatMessage(role="assistant", content="A paper."))
        messages.append(ChatMessage(role="user", content="By whom?"))
    return ChatRequest(model=model, messages=tuple(messages))


def told(events: list[ChatEvent]) -> list[ChatEvent]:
    return [event for event in events if isinstance(event, DocumentsAsText)]


def a_refusal(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


def test_a_document_is_a_part_of_its_own_as_the_vendor_describes_it() -> None:
    link = f"data:application/pdf;base64,{b64encode(PDF).decode()}"
    shape = Shape(a_question(), stream=True)

    chat = shape.body()
    shape.use_responses()
    responses = shape.body()

    file = {"filename": "scan.pdf", "file_data": link}
    assert chat["messages"][0]["content"][1] == {"type": "file", "file": file}
    assert responses["input"][0]["content"][1] == {"type": "input_file", **file}
    described("2026-08", "CreateChatCompletionRequest", chat)
    described("2026-08", "EasyInputMessage", responses["input"][0])


@pytest.mark.parametrize("server", NO_FILES)
async def test_a_model_that_takes_none_gets_the_words_and_is_not_asked_again(
    raw: RawServer, chat: OpenAIChat, server: str
) -> None:
    raw.answers(a_refusal(NO_FILES[server]), 400)
    raw.streams(*ANSWER)

    first = await events_of(chat, a_question())
    second = await events_of(chat, a_question())

    assert text_of(first) == text_of(second) == "Hi"
    assert told(first) == told(second) == [DocumentsAsText(files=("scan.pdf",))]
    sent = [each.body["messages"][0]["content"] for each in raw.requests]
    assert isinstance(sent[0], list)
    assert sent[1] == sent[2] == f"What is this?\n\n{WORDS}"


async def test_of_a_document_of_an_earlier_question_nothing_is_told(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.answers(a_refusal(NO_FILES["openai"]), 400)
    raw.streams(*ANSWER)

    events = await events_of(chat, a_question(before=True))

    assert told(events) == []
    assert raw.requests[-1].body["messages"][0]["content"] == f"What is this?\n\n{WORDS}"


@pytest.mark.parametrize(
    ("refused", "status"), [("The PDF is encrypted.", 400), ("Too large", 413)]
)
async def test_one_document_that_is_refused_says_nothing_about_the_next(
    raw: RawServer, chat: OpenAIChat, refused: str, status: int
) -> None:
    raw.answers(a_refusal(refused), status)
    raw.streams(*ANSWER)

    await events_of(chat, a_question())
    raw.streams(*ANSWER)
    await events_of(chat, a_question())

    assert [type(each.body["messages"][0]["content"]) for each in raw.requests] == [list, str, list]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "Incorrect API key: see the file settings"),
        (429, "Rate limit reached for files"),
        (400, "Unsupported parameter: 'temperature'"),
        (400, "This model's maximum context length is 8192 tokens"),
    ],
)
def test_other_refusals_are_not_about_documents(status: int, message: str) -> None:
    assert about_files(from_payload(a_refusal(message), status=status)) is None
