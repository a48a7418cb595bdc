"""One attempt at an answer: window, call, shrinking when it does not fit, and its outcome."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field, replace

import structlog

from bot.domain.chat import ChatModel, ChatRequest
from bot.domain.conversations import Message, TurnState
from bot.domain.errors import (
    BadAnswerError,
    BotError,
    ContextLengthError,
    Damage,
    RequestRejectedError,
    WindowTooSmallError,
)
from bot.services.conversations._live import LiveAnswer
from bot.services.conversations._window import WINDOW_TOKENS, Window, WindowBuilder

log = structlog.stdlib.get_logger(__name__)

MAX_SHRINKS = 4
MAX_ANSWER = 2_000_000  # characters of all choices and thoughts; no model says as much
SAFETY = 0.85  # of a limit the server named: estimates may be that far off


@dataclass(frozen=True, slots=True)
class Ended:
    state: TurnState
    error: BotError | None = None


@dataclass(slots=True)
class Attempts:
    """Makes answers; knows nothing of queues and of what is kept afterwards."""

    model: ChatModel
    windows: WindowBuilder
    default_model: str
    _budgets: dict[str, int] = field(default_factory=dict[str, int])
    """Window size by model, in estimated tokens, where a server said that less fits."""

    async def make(self, live: LiveAnswer, question: Message) -> Ended:
        """Answer `question` into `live` and say how it ended; raises only mistakes of ours."""
        answering = asyncio.ensure_future(self._answer(live, question))
        stopping = asyncio.ensure_future(live.stopping.wait())
        try:
            await asyncio.wait((answering, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            # Only the API's stream is in there; the database shields itself from this.
            answering.cancel()
            await asyncio.gather(answering, stopping, return_exceptions=True)
        if answering.cancelled():
            return Ended(TurnState.INTERRUPTED if live.interrupted else TurnState.STOPPED)
        error = answering.exception()
        if error is None:
            return Ended(TurnState.DONE)
        if isinstance(error, BotError):
            return Ended(TurnState.FAILED, error)
        raise error

    async def _answer(self, live: LiveAnswer, question: Message) -> None:
        name = live.turn.answering.model or self.default_model
        live.model = name
        asked_for = live.turn.answering.parameters.max_tokens
        budget = self._budgets.get(name, WINDOW_TOKENS)
        learnt: int | None = None
        shrinks = 0
        while True:
            partial = live.partial.text if live.partial else None
            window = await self.windows.build(live.turn, question, budget=budget, partial=partial)
            if window.shortened:
                live.notice(window.shortened)
            try:
                await self._call(live, name, window)
            except ContextLengthError as error:
                if asked_for and error.limit and asked_for >= error.limit:
                    # Some servers count the answer's length in: no window would be small enough.
                    raise RequestRejectedError(
                        error.detail, error.status, error.request_id, "max_tokens"
                    ) from error
                shrinks += 1
                if window.exchanges == 0 or shrinks > MAX_SHRINKS:
                    raise WindowTooSmallError(error.limit) from error
                budget = _smaller(window, error.limit, asked_for)
                learnt = _fitting(budget, error.limit, asked_for)
                log.info("window_shrunk", model=name, turn=live.turn.id, budget=budget)
                live.begin_again()
            else:
                if learnt is not None:  # it helped, so the model's next turn starts with it
                    self._budgets[name] = learnt
                return

    async def _call(self, live: LiveAnswer, name: str, window: Window) -> None:
        answering = live.turn.answering
        parameters = answering.parameters
        if live.partial:  # one of several answers is continued
            parameters = replace(parameters, n=None)
        request = ChatRequest(
            model=name,
            messages=window.messages,
            parameters=parameters,
            stream=answering.stream,
        )
        async with aclosing(self.model.answer(request)) as events:
            async for event in events:
                live.take(event)
                if live.size > MAX_ANSWER:
                    raise BadAnswerError(damage=Damage.ENDLESS)


def _smaller(window: Window, limit: int | None, answer: int | None) -> int:
    """At most half of what was sent, so that a few tries reach any model's window."""
    budget = window.tokens // 2
    if limit:
        budget = min(budget, int((limit - (answer or limit // 4)) * SAFETY))
    return max(budget, 1)


def _fitting(budget: int, limit: int | None, answer: int | None) -> int | None:
    """What is true of the model whoever asks: not what one person's max_tokens left of it."""
    if answer is None:
        return budget
    return int((limit - limit // 4) * SAFETY) if limit else None
