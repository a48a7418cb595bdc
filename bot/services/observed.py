"""The chat model, with its calls counted and timed."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from bot import metrics
from bot.domain.calls import Record, unrecorded
from bot.domain.chat import ChatEvent, ChatModel, ChatRequest, Delta
from bot.domain.clock import Clock
from bot.domain.errors import UpstreamError


class ObservedChat:
    """A ChatModel around another. `last` is how the last call ended: "ok" or the error's name."""

    def __init__(self, model: ChatModel, clock: Clock) -> None:
        self._model = model
        self._clock = clock
        self.last: str | None = None

    async def answer(
        self, request: ChatRequest, record: Record = unrecorded
    ) -> AsyncGenerator[ChatEvent, None]:
        began = self._clock.monotonic()
        silent = True
        try:
            async with aclosing(self._model.answer(request, record)) as events:
                async for event in events:
                    if silent and isinstance(event, Delta):
                        silent = False
                        metrics.first_token_seconds.observe(self._clock.monotonic() - began)
                    yield event
        except UpstreamError as error:
            self._ended(type(error).__name__, status=error.status)
            raise
        self._ended("ok", status=200)

    def _ended(self, how: str, *, status: int | None) -> None:
        self.last = how
        metrics.api_calls.labels(operation="chat", status=str(status or how)).inc()
