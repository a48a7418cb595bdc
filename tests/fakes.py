"""Stand-ins behind the two doors that have one: the chat model and the list of models."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING

from bot.domain.calls import Exchange, Operation, Record, unrecorded
from bot.domain.chat import ChatEvent, ChatRequest, Delta, Finished, Usage
from bot.domain.models import ModelInfo
from tests.factories import NOON

if TYPE_CHECKING:
    from bot.domain.errors import BotError

USAGE = Usage(prompt=12, completion=3)


def an_answer(text: str, *, pieces: int = 3, reason: str = "stop") -> list[ChatEvent | Exception]:
    """The events of a whole answer, `text` cut into `pieces`."""
    step = max(1, -(-len(text) // pieces))
    deltas = [Delta(choice=0, text=text[at : at + step]) for at in range(0, len(text), step)]
    return [*deltas, finished(reason)]


def finished(reason: str = "stop", *, model: str = "sandbox-chat") -> Finished:
    return Finished(finish_reasons={0: reason}, usage=USAGE, model=model, request_id="req_1")


def _exchange(
    request: ChatRequest, said: str, usage: Usage | None, error: Exception | None
) -> Exchange:
    """What the fake tells of its one request, in the form of bot.ai."""
    status = getattr(error, "status", None) if error else 200
    messages = [
        {
            "role": each.role,
            "content": each.content
            if isinstance(each.content, str)
            else list(map(str, each.content)),
        }
        for each in request.messages
    ]
    return Exchange(
        operation=Operation.CHAT,
        method="POST",
        path="/chat/completions",
        request={"model": request.model, "messages": messages},
        status=status,
        response={"choices": [{"message": {"role": "assistant", "content": said}}]},
        streamed=True,
        request_id="req_1",
        model=request.model,
        started_at=NOON,
        usage=usage,
        error=type(error).__name__ if error else None,
    )


class FakeChatModel:
    """Remembers what it was asked; plays the answers one after the other, the last one for ever.

    An error among the events is raised where it stands. `hold()` lets tests stop the stream:
    each event then waits for one `step()`.
    """

    def __init__(self, *answers: Sequence[ChatEvent | Exception]) -> None:
        self._answers: list[Sequence[ChatEvent | Exception]] = [an_answer("Hello!")]
        if answers:
            self.play(*answers)
        self.requests: list[ChatRequest] = []
        self.running = 0
        self.most_running = 0
        self._steps: asyncio.Semaphore | None = None
        self.waiting = asyncio.Event()
        self._started = asyncio.Condition()

    async def all_running(self, count: int) -> None:
        """Until `count` answers are being made at once."""
        async with self._started:
            await self._started.wait_for(lambda: self.running >= count)

    def play(self, *answers: Sequence[ChatEvent | Exception]) -> None:
        """What comes next; the last one comes for ever."""
        self._answers = list(answers)

    def hold(self) -> None:
        self._steps = asyncio.Semaphore(0)

    def step(self, events: int = 1) -> None:
        assert self._steps
        self.waiting.clear()
        for _ in range(events):
            self._steps.release()

    def release(self) -> None:
        steps, self._steps = self._steps, None
        for _ in range(1000):
            if steps:
                steps.release()

    async def answer(
        self, request: ChatRequest, record: Record = unrecorded
    ) -> AsyncGenerator[ChatEvent, None]:
        self.requests.append(request)
        said = ""
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        usage: Usage | None = None
        error: Exception | None = None
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        async with self._started:
            self._started.notify_all()
        try:
            for event in answer:
                if self._steps:
                    self.waiting.set()
                    await self._steps.acquire()
                if isinstance(event, Exception):
                    error = event
                    raise event
                if isinstance(event, Delta):
                    said += event.text
                if isinstance(event, Finished):
                    usage = event.usage
                yield event
        finally:
            self.running -= 1
            record(_exchange(request, said, usage, error))


class FakeModels:
    def __init__(self, *models: ModelInfo) -> None:
        self.models = models
        self.asked = 0
        self.error: BotError | None = None

    async def list(self, record: Record = unrecorded) -> tuple[ModelInfo, ...]:
        del record
        self.asked += 1
        if self.error:
            raise self.error
        return self.models

    async def get(self, model: str, record: Record = unrecorded) -> ModelInfo:
        del record
        return next(each for each in self.models if each.id == model)
