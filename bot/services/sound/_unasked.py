"""Voice messages that are written down unasked: as long as there is money for them."""

from typing import TYPE_CHECKING

from bot.domain.calls import Caller, Estimate
from bot.domain.errors import BudgetExceededError, BudgetScope
from bot.services.calls import Calls

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.ids import UserId


class Unasked:
    """Asks the budgets before anything is fetched, so that a refusal is no answer of its own.

    Who is told is remembered by the process: after a restart it may be said once more.
    """

    def __init__(self, calls: Calls, *, default_model: str) -> None:
        self._calls = calls
        self._default_model = default_model
        self._told: dict[tuple[UserId, BudgetScope], datetime] = {}

    async def affordable(self, caller: Caller, seconds: float, model: str | None) -> bool:
        """Whether the budgets hold `seconds` of sound; nothing is reserved.

        model  None for the default one

        Raises:
            BudgetExceededError: they do not, which this person has not been told in its period.
        """
        most = self._calls.most((model or self._default_model,), Estimate(sound_s=seconds))
        states = await self._calls.states(caller)
        if most is None:
            if states and self._calls.unknown_price is None:
                return False  # no budget could hold it; who asks for it is told
            most = self._calls.unknown_price or 0
        for cap, state in states:
            if state.left >= most:
                continue
            now = self._calls.clock.now()
            self._told = {who: until for who, until in self._told.items() if until > now}
            told = (caller.user, cap.scope)
            if told in self._told:
                return False
            self._told[told] = cap.resets_at
            raise BudgetExceededError(cap.scope, state.budget.cap, state.left, cap.resets_at)
        return True
