"""Money for an answer that grows."""

from bot.ai.tokens import text_tokens
from bot.domain.calls import Estimate, TextEvent
from bot.domain.chat import Usage
from bot.domain.errors import BadAnswerError, Damage
from bot.services.calls import Call
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
        self._call.likely = Usage(prompt=self._prompt, completion=self._tokens())
        for choice, text in enumerate(self._live.texts):
            self._call.kept.add(
                text, self._live.turn.id, attempt=self._live.turn.attempt, choice=choice
            )

    def _tokens(self) -> int:
        return sum(map(text_tokens, (*self._live.texts, *self._live.reasoning)))
