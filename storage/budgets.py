from collections.abc import Sequence

import sqlalchemy as sa

from bot.domain.calls import Budget, BudgetState
from storage._statements import Statements
from storage.tables import budgets


class Budgets:
    """What may be spent: one row for each scope and period, changed by single statements only.

    Counting and then inserting would be atomic in SQLite alone.  Amounts are microusd.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def known(self, budget: Budget) -> bool:
        """Whether its period has begun, with today's cap written down."""
        capped = budgets.update().where(*_is(budget)).values(cap=budget.cap)
        return (await self._statements.execute(capped)).rowcount == 1

    async def begin(self, budget: Budget, spent: int) -> None:
        """Open its period; `spent` is what the ledger says is gone already."""
        insert = self._statements.insert(budgets).values(
            scope=budget.scope, period=budget.period, cap=budget.cap, reserved=0, spent=spent
        )
        await self._statements.execute(insert.on_conflict_do_nothing())

    async def reserve(self, budget: Budget, amount: int) -> bool:
        """Take `amount` out of what is left; False, and nothing done, where less is left."""
        reserved = await self._statements.execute(
            budgets.update()
            .where(*_is(budget), budgets.c.spent + budgets.c.reserved + amount <= budgets.c.cap)
            .values(reserved=budgets.c.reserved + amount)
        )
        return reserved.rowcount == 1

    async def settle(self, scopes: Sequence[tuple[str, str]], *, reserved: int, spent: int) -> None:
        """Turn a reservation into what it really was. `scopes` are scope and period."""
        for scope, period in scopes:
            await self._statements.execute(
                budgets.update()
                .where(budgets.c.scope == scope, budgets.c.period == period)
                .values(
                    reserved=sa.case(
                        (budgets.c.reserved > reserved, budgets.c.reserved - reserved), else_=0
                    ),
                    spent=budgets.c.spent + spent,
                )
            )

    async def state(self, budget: Budget) -> BudgetState | None:
        """None before the first call of its period."""
        query = sa.select(budgets).where(*_is(budget))
        row = (await self._statements.execute(query)).one_or_none()
        if row is None:
            return None
        return BudgetState(budget=budget, reserved=row.reserved, spent=row.spent)

    async def purge(self, today: str) -> int:
        """Delete what people had in days that are over; how many there were."""
        days = budgets.c.scope.like("user:%") & (budgets.c.period < today)
        return (await self._statements.execute(budgets.delete().where(days))).rowcount


def _is(budget: Budget) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return budgets.c.scope == budget.scope, budgets.c.period == budget.period
