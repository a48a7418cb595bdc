"""Asking, in the few words that tests need."""

from typing import Any

from bot.ai.chat import OpenAIChat
from bot.domain.chat import ChatEvent, ChatMessage, ChatParameters, ChatRequest, Delta, Finished
from bot.domain.errors import UpstreamError


def a_request(text: str = "Hi", *, model: str = "gpt-4o", **parameters: Any) -> ChatRequest:
    stream = parameters.pop("stream", True)
    return ChatRequest(
        model=model,
        messages=(ChatMessage(role="user", content=text),),
        parameters=ChatParameters(**parameters),
        stream=stream,
    )


async def events_of(chat: OpenAIChat, request: ChatRequest | None = None) -> list[ChatEvent]:
    return [event async for event in chat.answer(request or a_request())]


async def failing(
    chat: OpenAIChat, request: ChatRequest | None = None
) -> tuple[list[ChatEvent], UpstreamError]:
    """What came before the error, and the error."""
    events: list[ChatEvent] = []
    try:
        async for event in chat.answer(request or a_request()):
            events.append(event)  # noqa: PERF401  what came before the error is wanted, too
    except UpstreamError as error:
        return events, error
    raise AssertionError(f"no error, but {events}")


def text_of(events: list[ChatEvent], choice: int = 0) -> str:
    return "".join(e.text for e in events if isinstance(e, Delta) and e.choice == choice)


def end_of(events: list[ChatEvent]) -> Finished:
    [end] = [event for event in events if isinstance(event, Finished)]
    assert events[-1] is end
    return end
