"""Which budgets bind a call, and taking out of them what it may cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.domain.calls import Budget, Caller
from bot.domain.errors import BudgetExceededError, BudgetScope
from bot.domain.ids import GuildId, UserId
from storage.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """A budget that binds a call, with what fills it."""

    scope: BudgetScope
    budget: Budget
    since: datetime
    resets_at: datetime
    payer: UserId | None = None
    guild: GuildId | None = None


class CallRules(Protocol):
    """What is decided elsewhere about a call."""

    async def caps(self, caller: Caller, at: datetime) -> Sequence[Cap]:
        """The budgets it has to fit in."""
        ...

    async def logged(self, caller: Caller) -> bool:
        """Whether `Show API call` may show it later."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRules:
    """By the process's settings. Caps in microusd; None: no such budget."""

    total_month: int | None = None
    user_day: int | None = None

    async def caps(self, caller: Caller, at: datetime) -> Sequence[Cap]:
        caps: list[Cap] = []
        if self.total_month is not None:
            caps.append(month_cap(BudgetScope.TOTAL_MONTH, "total", self.total_month, at))
        if self.user_day is not None:
            caps.append(day_cap(caller.user, self.user_day, at))
        return caps

    async def logged(self, caller: Caller) -> bool:  # noqa: ARG002  the protocol has it
        return True


def day_cap(user: UserId, cap: int, at: datetime) -> Cap:
    """A person's budget of the UTC day that `at` is in."""
    begins = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Cap(
        scope=BudgetScope.USER_DAY,
        budget=Budget(scope=f"user:{user}", period=begins.date().isoformat(), cap=cap),
        since=begins,
        resets_at=begins + timedelta(days=1),
        payer=user,
    )


def month_cap(
    scope: BudgetScope, name: str, cap: int, at: datetime, guild: GuildId | None = None
) -> Cap:
    """A budget of the UTC month that `at` is in. `name` is "total" or "server:ID"."""
    begins = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Cap(
        scope=scope,
        budget=Budget(scope=name, period=begins.strftime("%Y-%m"), cap=cap),
        since=begins,
        resets_at=(begins + timedelta(days=32)).replace(day=1),
        guild=guild,
    )


def held(caps: Sequence[Cap]) -> tuple[tuple[str, str], ...]:
    """Scope and period of each."""
    return tuple((cap.budget.scope, cap.budget.period) for cap in caps)


async def take(tx: Transaction, caps: Sequence[Cap], amount: int) -> None:
    """Reserve `amount` of each budget, or of none.

    Raises:
        BudgetExceededError: the first that has less left; the transaction has to be rolled back.
    """
    for cap in caps:
        await begun(tx, cap)
        if not await tx.budgets.reserve(cap.budget, amount):
            state = await tx.budgets.state(cap.budget)
            left = state.left if state else 0
            raise BudgetExceededError(cap.scope, cap.budget.cap, left, cap.resets_at)


async def begun(tx: Transaction, cap: Cap) -> None:
    """A budget that is new in its period starts with what was spent in it before."""
    if not await tx.budgets.known(cap.budget):
        spent = await tx.ledger.spent(cap.since, payer=cap.payer, guild=cap.guild)
        await tx.budgets.begin(cap.budget, spent)
