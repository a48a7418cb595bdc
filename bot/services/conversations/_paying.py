"""Money for an answer that grows."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from bot.ai.tokens import text_tokens
from bot.domain.calls import Estimate, Operation, Record, TextEvent
from bot.domain.chat import TextPart, Usage
from bot.domain.conversations import Message
from bot.domain.errors import BadAnswerError, Damage
from bot.services.calls import Call, Calls
from bot.services.conversations._live import LiveAnswer

MAX_ANSWER = 2_000_000  # characters of all choices and thoughts; no model says as much
USUAL_ANSWER = 4_096
"""Tokens that are paid for in advance where no max_tokens was set; more is reserved on the way."""


class Paying:
    """Reserves more while an answer grows longer than was paid for in advance."""

    def __init__(self, call: Call, live: LiveAnswer, *, prompt: int, reserved: int) -> None:
        self._call = call
        self._live = live
        self._prompt = prompt
        self._reserved = reserved
        self._checked_at = reserved  # characters: fewer are hardly ever more tokens than that

    async def take(self, event: TextEvent) -> None:
        """Show one more event of the answer.

        Raises:
            BudgetExceededError: the budget does not hold more of this answer.
            BadAnswerError: it grows without end.
        """
        self._live.take(event)
        if self._live.size > MAX_ANSWER:
            raise BadAnswerError(damage=Damage.ENDLESS)
        if self._live.size > self._checked_at:
            await self._check()

    async def _check(self) -> None:
        """Once more characters than `_checked_at` have come."""
        tokens = self._tokens()
        if tokens > self._reserved:
            await self._call.extend(Estimate(completion=USUAL_ANSWER))
            self._reserved += USUAL_ANSWER
        self._checked_at = self._live.size + max(self._reserved - tokens, USUAL_ANSWER)

    def end(self) -> None:
        """Say what it took by our own count, and which of its texts will stand in the history."""
        last = self._call.exchanges[-1] if self._call.exchanges else None
        counted = last.usage.completion if last and last.usage else None
        completion = self._tokens() if counted is None else counted
        self._call.likely = Usage(prompt=self._prompt, completion=completion)
        for choice, text in enumerate(self._live.texts):
            self._call.kept.add(
                text, self._live.turn.id, attempt=self._live.turn.attempt, choice=choice
            )

    def _tokens(self) -> int:
        return sum(map(text_tokens, (*self._live.texts, *self._live.reasoning)))


async def grow(
    live: LiveAnswer,
    question: Message,
    calls: Calls,
    ask: Callable[[Record], AsyncGenerator[TextEvent, None]],
    *,
    operation: Operation,
    model: str,
    chat_model: str | None,
    estimate: Estimate,
) -> None:
    """Make one call that is paid for while its answer grows, and of which `question` is all.

    chat_model  may stand in for `model`
    estimate    of prompt and completion

    Raises:
        UpstreamError: one of its leaves.
        BudgetExceededError: it could cost more than is left.
    """
    instead = (chat_model,) if chat_model else ()
    chosen = live.turn.answering.model is not None
    call = await calls.reserve(
        live.caller, operation, model, estimate, instead=instead, chosen=chosen
    )
    live.calls.append(call)
    for part, asked in enumerate(question.parts):
        if isinstance(asked, TextPart):
            call.kept.add(asked.text, live.turn.id, part=part)
    prompt, reserved = estimate.prompt or 0, estimate.completion or 0
    paying = Paying(call, live, prompt=prompt, reserved=reserved)
    try:
        async with aclosing(ask(call.record)) as events:
            async for event in events:
                await paying.take(event)
    finally:
        paying.end()
