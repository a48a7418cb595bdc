"""Answers of the chat model: window, call, shrinking when it does not fit."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

import structlog

from bot import metrics
from bot.domain.calls import Estimate, Operation
from bot.domain.chat import ChatModel, ChatRequest, Delta, DocumentPart, DocumentsAsText
from bot.domain.clock import Clock
from bot.domain.conversations import Message
from bot.domain.errors import (
    ContextLengthError,
    FileError,
    FileFault,
    RequestRejectedError,
    WindowTooSmallError,
)
from bot.services.calls import Calls
from bot.services.conversations._live import LiveAnswer
from bot.services.conversations._paying import USUAL_ANSWER, Paying
from bot.services.conversations._summing import Summing
from bot.services.conversations._window import WINDOW_TOKENS, Window, WindowBuilder

log = structlog.stdlib.get_logger(__name__)

MAX_SHRINKS = 4
SAFETY = 0.85  # of a limit the server named: estimates may be that far off


@dataclass(slots=True)
class ChatMaker:
    model: ChatModel
    windows: WindowBuilder
    summing: Summing
    default_model: str
    calls: Calls
    clock: Clock
    _budgets: dict[str, int] = field(default_factory=dict[str, int])
    """Window size by model, in estimated tokens, where a server said that less fits."""

    async def make(self, live: LiveAnswer, question: Message) -> None:
        name = live.turn.answering.model or self.default_model
        live.model = name
        asked_for = live.turn.answering.parameters.max_tokens
        budget = self._budgets.get(name, WINDOW_TOKENS)
        learnt: int | None = None
        shrinks = 0
        while True:
            window = await self.windows.build(
                live.turn, question, budget=budget, partial=live.partial
            )
            if (
                window.shortened
                and shrinks == 0
                and await self.summing.sum_up(live, name, budget=budget)
            ):
                window = await self.windows.build(
                    live.turn, question, budget=budget, partial=live.partial
                )
            if window.shortened:
                live.notice(window.shortened)
            try:
                await self._call(live, name, window, _only_seen(question))
            except ContextLengthError as error:
                if asked_for and error.limit and asked_for >= error.limit:
                    # Some servers count the answer's length in: no window would be small enough.
                    raise RequestRejectedError(
                        error.detail, error.status, error.request_id, "max_tokens"
                    ) from error
                shrinks += 1
                if window.nothing_left or shrinks > MAX_SHRINKS:
                    raise WindowTooSmallError(error.limit) from error
                budget = _smaller(window, error.limit, asked_for)
                learnt = _fitting(budget, error.limit, asked_for)
                log.info("window_shrunk", model=name, turn=live.turn.id, budget=budget)
                live.begin_again()
            else:
                if learnt is not None:  # it helped, so the model's next turn starts with it
                    self._budgets[name] = learnt
                return

    async def _call(
        self, live: LiveAnswer, name: str, window: Window, only_seen: Sequence[str]
    ) -> None:
        """only_seen  documents of the question that hold no text"""
        answering = live.turn.answering
        parameters = answering.parameters
        if live.partial:  # one of several answers is continued
            parameters = replace(parameters, n=None)
        request = ChatRequest(
            model=name,
            messages=window.messages,
            parameters=parameters,
            stream=answering.stream,
            person=self.calls.person(live.caller.user),
        )
        longest = (parameters.max_tokens or USUAL_ANSWER) * (parameters.n or 1)
        call = await self.calls.reserve(
            live.caller,
            Operation.CHAT,
            name,
            Estimate(prompt=window.tokens, completion=longest),
        )
        live.calls.append(call)
        for text, where in window.kept.items():
            call.kept.add(
                text,
                where.turn,
                attempt=where.attempt,
                choice=where.choice,
                part=where.part,
                before=where.before,
            )
        if window.summary:
            call.kept.add_summary(window.summary.text, window.summary.id)
        if window.system:
            call.kept.add_system(window.system)
        began = self.clock.monotonic()
        paying = Paying(call, live, prompt=window.tokens, reserved=longest)
        try:
            async with aclosing(self.model.answer(request, record=call.record)) as events:
                async for event in events:
                    if live.size == 0 and isinstance(event, Delta):
                        metrics.first_token_seconds.observe(self.clock.monotonic() - began)
                    if isinstance(event, DocumentsAsText) and only_seen:
                        raise FileError(only_seen[0], FileFault.WITHOUT_TEXT)
                    await paying.take(event)
        finally:
            paying.end()


def _only_seen(question: Message) -> Sequence[str]:
    return [
        part.name for part in question.parts if isinstance(part, DocumentPart) and not part.text
    ]


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
