"""Calls that cost: reserved before they are made, settled and written down after."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import structlog

from bot import metrics
from bot.domain.calls import (
    BudgetState,
    Caller,
    CallId,
    Estimate,
    Exchange,
    Operation,
)
from bot.domain.clock import Clock
from bot.domain.errors import (
    PriceUnknownError,
    StorageError,
)
from bot.domain.ids import UserId
from bot.services.calls import _list_prices
from bot.services.calls._call import Call
from bot.services.calls._caps import CallRules, Cap, begun, held, take
from bot.services.calls._prices import Prices
from bot.services.pace import Pace
from bot.services.pseudonyms import Pseudonyms
from storage.database import Database, Transaction

SETTLE_EVERY_S = 3600.0

log = structlog.stdlib.get_logger(__name__)


class Calls:
    """Everything that may cost goes through here, and nothing is called without it.

    pace           how fast one person may ask
    pseudonyms     what the API calls people; None: it is not told who asks
    last           how the newest exchange ended: "ok" or the name of its error; None before the
                   first
    unknown_price  microusd that a call counts in budgets where no price is known; None: where a
                   budget binds, it is refused
    """

    def __init__(
        self,
        *,
        database: Database,
        prices: Prices,
        rules: CallRules,
        clock: Clock,
        pace: Pace | None = None,
        pseudonyms: Pseudonyms | None = None,
        unknown_price: int | None = None,
    ) -> None:
        self.pace = pace or Pace(clock)
        self._pseudonyms = pseudonyms
        self.database = database
        self.prices = prices
        self.rules = rules
        self.clock = clock
        self.unknown_price = unknown_price
        self.last: str | None = None
        self._unsettled: list[Call] = []
        self._listed = asyncio.Event()
        self._listed.set()

    async def reserve(
        self,
        caller: Caller,
        operation: Operation,
        model: str,
        estimate: Estimate,
        *,
        instead: Sequence[str] = (),
        together: Sequence[tuple[str, Estimate]] = (),
        chosen: bool = False,
    ) -> Call:
        """Set the money aside and write down that the call is about to be made.

        instead   models that may stand in for `model`: the dearest is what is reserved
        together  calls that may stand in all of them, each with its model and what it takes
        chosen    somebody chose `model`: what may stand in does not say what that one costs

        Raises:
            BudgetExceededError: it could cost more than is left; nothing is called.
            PriceUnknownError: a budget binds it, and nobody knows whether it fits in.
            StorageError: the database could not write it; nothing is called.
        """
        reserving = asyncio.ensure_future(
            self._reserve(
                caller,
                operation,
                model,
                estimate,
                instead=instead,
                together=together,
                chosen=chosen,
            )
        )
        try:
            return await asyncio.shield(reserving)
        except asyncio.CancelledError:
            # It may be committed all the same, and nobody else knows of it.
            await asyncio.wait((reserving,))
            if not reserving.cancelled() and reserving.exception() is None:
                await self.settled(reserving.result())
            raise

    async def _reserve(
        self,
        caller: Caller,
        operation: Operation,
        model: str,
        estimate: Estimate,
        *,
        instead: Sequence[str],
        together: Sequence[tuple[str, Estimate]],
        chosen: bool,
    ) -> Call:
        await self._listed.wait()
        now = self.clock.now()
        most = self.most((model, *instead), estimate)
        each = [self.most((name,), taken) for name, taken in together]
        if each and None not in each:
            most = max(most or 0, sum(one or 0 for one in each))
        caps = await self.rules.caps(caller, now)
        unknown = most is None or (chosen and self.most((model,), estimate) is None)
        if unknown and caps and self.unknown_price is None:
            raise PriceUnknownError(model)
        amount = max(most or 0, (self.unknown_price or 0) if unknown else 0)
        logged = await self.rules.logged(caller)

        async def write(tx: Transaction) -> CallId:
            await take(tx, caps, amount)
            return await tx.ledger.open(
                caller,
                operation,
                model,
                reserved=amount,
                held=held(caps),
                owner=self.database.owner,
            )

        number = await self.database.run(write)
        return Call(
            self,
            id=number,
            caller=caller,
            operation=operation,
            model=model,
            instead=instead,
            caps=caps,
            most=None if estimate == Estimate() else most,
            logged=logged,
        )

    @asynccontextmanager
    async def paid(
        self, caller: Caller, operation: Operation, model: str, estimate: Estimate
    ) -> AsyncGenerator[Call, None]:
        """The same for calls that belong to no turn: settled when the block ends, however it does.

        Raises:
            BudgetExceededError, PriceUnknownError, StorageError: see `reserve`.
        """
        call = await self.reserve(caller, operation, model, estimate)
        try:
            yield call
        finally:
            await self.settled(call)

    @asynccontextmanager
    async def asked(
        self,
        caller: Caller,
        operation: Operation,
        model: str = "",
        estimate: Estimate = Estimate(),  # noqa: B008  frozen
    ) -> AsyncGenerator[Call, None]:
        """The same for what a person asks for without a turn, no faster than anybody may.

        Raises:
            TooFastError: they have asked too much in a short time.
            BudgetExceededError, StorageError: see `reserve`.
        """
        self.pace.take(caller.user)
        async with self.paid(caller, operation, model, estimate) as call:
            yield call

    def person(self, user: UserId) -> str | None:
        """Who asks, for servers that want to know; None: they are not told."""
        return self._pseudonyms.of(user) if self._pseudonyms else None

    def most(self, models: Sequence[str], estimate: Estimate) -> int | None:
        """What the dearest of them may cost, in microusd; None where no price is known."""
        now = self.clock.now()
        known = [self.prices.most(each, estimate, at=now) for each in models]
        return max((each for each in known if each is not None), default=None)

    async def states(self, caller: Caller) -> tuple[tuple[Cap, BudgetState], ...]:
        """The budgets that bind this person here, with what is left of them."""
        caps = await self.rules.caps(caller, self.clock.now())
        found: list[tuple[Cap, BudgetState]] = []
        async with self.database.transaction() as tx:
            for cap in caps:
                await begun(tx, cap)
                state = await tx.budgets.state(cap.budget)
                if state is not None:
                    found.append((cap, state))
        return tuple(found)

    async def keep_list(self) -> None:
        """Read the vendors' list prices; a call that comes meanwhile waits for them."""
        self._listed.clear()
        try:
            await _list_prices.load(self.clock)
        finally:
            self._listed.set()

    async def keep_settling(self) -> None:
        """`settle_orphans` at the start and every hour, until cancelled."""
        while True:
            await self.settle_orphans()
            await self.clock.sleep(SETTLE_EVERY_S)

    async def settle_orphans(self) -> None:
        """Close what dead processes left open: it counts as spent, since it may well have been.

        And what this one could not close when it had ended.
        """
        unsettled, self._unsettled = self._unsettled, []
        for call in unsettled:
            await self.settled(call)
        try:
            async with self.database.transaction() as tx:
                orphans = await tx.ledger.orphans(self.database.owner)
            for orphan in orphans:
                bound = held(await self.rules.caps(orphan.caller, orphan.at))
                reserved = orphan.reserved
                taken = bound if orphan.held is None else orphan.held
                # What a budget held back is given back there alone; what was spent counts in all.
                later = [each for each in bound if each not in taken]
                async with self.database.transaction() as tx:
                    if await tx.ledger.lost(orphan.id):
                        await tx.budgets.settle(taken, reserved=reserved, spent=reserved)
                        await tx.budgets.settle(later, reserved=0, spent=reserved)
        except StorageError as error:
            log.warning("orphaned_calls_not_settled", error=type(error).__name__)

    async def settled(self, call: Call) -> None:
        """Close it in a transaction of its own; what the database can't write is for later."""
        try:
            await self.database.run(call.settling())
        except StorageError as error:
            # What came back is there all the same; `settle_orphans` tries again.
            self._unsettled.append(call)
            log.warning("call_not_settled", call=call.id, error=type(error).__name__)
        except asyncio.CancelledError:
            self._unsettled.append(call)  # where it was settled all the same, that does nothing
            raise

    def saw(self, exchange: Exchange) -> None:
        self.last = exchange.error or "ok"
        status = str(exchange.status or self.last)
        metrics.api_calls.labels(operation=exchange.operation.value, status=status).inc()
