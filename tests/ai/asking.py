"""Asking, in the few words that tests need."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any, TypeVar

from bot.ai.chat import OpenAIChat
from bot.domain.chat import ChatEvent, ChatMessage, ChatParameters, ChatRequest, Delta, Finished
from bot.domain.errors import UpstreamError

T = TypeVar("T")


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


async def all_of(events: AsyncGenerator[T, None]) -> list[T]:
    return [event async for event in events]


async def ended(events: AsyncGenerator[T, None]) -> tuple[list[T], UpstreamError]:
    """What came before the error, and the error."""
    came: list[T] = []
    try:
        async for event in events:
            came.append(event)  # noqa: PERF401  what came before the error is wanted, too
    except UpstreamError as error:
        return came, error
    raise AssertionError(f"no error, but {came}")


def text_of(events: Sequence[object], choice: int = 0) -> str:
    return "".join(e.text for e in events if isinstance(e, Delta) and e.choice == choice)


def end_of(events: Sequence[object]) -> Finished:
    [end] = [event for event in events if isinstance(event, Finished)]
    assert events[-1] is end
    return end
