"""Two processes on one PostgreSQL: what both set aside at once never exceeds a budget."""

import asyncio
from datetime import UTC, datetime

from bot.domain.calls import Budget, Caller, Estimate, Exchange, Operation
from bot.domain.chat import Usage
from bot.domain.errors import BudgetExceededError
from bot.services.calls import Calls, Prices, ProcessRules
from sandbox.clock import HandClock
from storage.database import Database
from tests.factories import ADA, BEN, NOON

PRICES = Prices({"m": {"input": 1.0}})  # a microusd for each token
DAY = Budget(scope="user:71", period="2026-11-22", cap=5_000)


async def attempt(calls: Calls, number: int) -> bool:
    """Whether a call of 1,000 microusd was let through; half of them are another person's."""
    caller = Caller(user=ADA if number % 2 else BEN)
    try:
        async with calls.paid(caller, Operation.CHAT, "m", Estimate(prompt=1_000)) as paid:
            paid.record(
                Exchange(
                    operation=Operation.CHAT,
                    method="POST",
                    path="/chat/completions",
                    status=200,
                    model="m",
                    started_at=NOON,
                    usage=Usage(prompt=1_000, completion=0),
                )
            )
    except BudgetExceededError:
        return False
    return True


async def test_two_processes_never_overspend_together(
    postgresql_url: str, clock: HandClock
) -> None:
    rules = ProcessRules(total_month=8_000, user_day=5_000)
    async with (
        Database.open(postgresql_url, clock=clock) as one,
        Database.open(postgresql_url, clock=clock) as other,
    ):
        doors = [
            Calls(database=each, prices=PRICES, rules=rules, clock=clock) for each in (one, other)
        ]
        passed = await asyncio.gather(
            *(attempt(door, number) for number in range(60) for door in doors)
        )
        async with one.transaction() as tx:
            spent = await tx.ledger.spent(datetime(2026, 11, 1, tzinfo=UTC))
            hers = await tx.ledger.spent(datetime(2026, 11, 1, tzinfo=UTC), payer=ADA)
            state = await tx.budgets.state(DAY)

    assert spent == 8_000
    assert sum(passed) == 8
    assert hers <= 5_000
    assert state
    assert (state.reserved, state.spent) == (0, hers)
