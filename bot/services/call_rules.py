"""Which budgets bind a call, and whether it is logged: by the process's settings and a server's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.calls import Caller
from bot.domain.errors import BudgetScope
from bot.domain.preferences import API_LOG, BUDGET_SERVER_MONTH, BUDGET_USER_DAY, Resolved
from bot.domain.whereabouts import Whereabouts
from bot.services.calls import Cap, ProcessRules, day_cap, month_cap
from bot.services.preferences import Preferences

MICRO = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRules:
    """process  the settings that bind everywhere; a server can only add to them."""

    process: ProcessRules
    preferences: Preferences

    async def caps(self, caller: Caller, at: datetime) -> Sequence[Cap]:
        caps = [*await self.process.caps(caller, at)]
        settings = self._settings(caller)
        if caller.guild is None or settings is None:
            return caps
        each = settings[BUDGET_USER_DAY]
        if each is not None:
            cap = day_cap(caller.user, round(each * MICRO), at)
            name = f"user:{caller.user}:{caller.guild}"
            caps.append(replace(cap, budget=replace(cap.budget, scope=name), guild=caller.guild))
        together = settings[BUDGET_SERVER_MONTH]
        if together is not None:
            scope, name = BudgetScope.SERVER_MONTH, f"server:{caller.guild}"
            caps.append(month_cap(scope, name, round(together * MICRO), at, caller.guild))
        return caps

    async def logged(self, caller: Caller) -> bool:
        settings = self._settings(caller)
        return settings is None or settings[API_LOG]

    def _settings(self, caller: Caller) -> Resolved | None:
        """What a server has set as a whole; None outside of servers."""
        if caller.guild is None:
            return None
        return self.preferences.resolve(
            Whereabouts(user=caller.user, guild=caller.guild, member=True)
        )
