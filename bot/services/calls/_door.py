"""Calls that cost: reserved before they are made, settled and written down after."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol

import structlog

from bot import metrics
from bot.domain.calls import (
    Budget,
    BudgetState,
    Caller,
    CallId,
    Cost,
    Estimate,
    Exchange,
    LedgerEntry,
    Operation,
)
from bot.domain.chat import Usage
from bot.domain.clock import Clock
from bot.domain.errors import (
    BudgetExceededError,
    BudgetScope,
    PriceUnknownError,
    StorageError,
)
from bot.domain.ids import GuildId, UserId
from bot.services.calls import _list_prices
from bot.services.calls._kept import Kept
from bot.services.calls._prices import Prices
from bot.services.pace import Pace
from bot.services.pseudonyms import Pseudonyms
from storage.database import Database, Transaction

SETTLE_EVERY_S = 3600.0

log = structlog.stdlib.get_logger(__name__)


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

    async def logged(self, caller: Caller) -> bool:  # noqa: ARG002
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


class Call:
    """One call on its way: what it does is told to `record`, and `settle` writes it down.

    kept        texts that stand in messages already, for the API log
    likely      what it took by our own estimate, for servers that do not count
    characters  that are spoken, for speech
    training    tokens to be learnt from, for a fine-tuning
    begun       a fine-tuning may have been begun although the server said nothing of it
    """

    def __init__(
        self,
        door: "Calls",
        *,
        id: CallId,  # noqa: A002
        caller: Caller,
        operation: Operation,
        model: str,
        instead: Sequence[str],
        caps: Sequence[Cap],
        most: int | None,
        logged: bool,
    ) -> None:
        """`most` is what it may cost; None where that is not known."""
        self.id = id
        self.caller = caller
        self.operation = operation
        self.model = model
        self.kept = Kept()
        self.likely: Usage | None = None
        self.characters = 0
        self.training = 0
        self.begun = False
        self._door = door
        self._instead = instead
        self._caps = caps
        self._most = most
        self.logged = logged
        self._exchanges: list[Exchange] = []

    @property
    def person(self) -> str | None:
        """Who asks, for servers that want to know."""
        return self._door.person(self.caller.user)

    @property
    def exchanges(self) -> Sequence[Exchange]:
        return tuple(self._exchanges)

    def record(self, exchange: Exchange) -> None:
        """What bot.ai tells of each request."""
        self._exchanges.append(exchange)
        self._door.saw(exchange)

    async def extend(self, estimate: Estimate) -> None:
        """It takes more than was reserved.

        Raises:
            BudgetExceededError: there is not that much left; what was reserved stays so.
        """
        more = self._door.most((self.model, *self._instead), estimate) or 0
        if not more or not self._caps:
            return
        async with self._door.database.transaction() as tx:
            await take(tx, self._caps, more)
            await tx.ledger.reserve_more(self.id, more)
        self._most = (self._most or 0) + more

    def settling(self) -> Callable[[Transaction], Coroutine[Any, Any, None]]:
        """What closes the ledger's row, gives back what was not used, and logs what was sent.

        Within a transaction, so that an answer and its price are written together; when that is
        rolled back it may be called again. Prices are looked up now, and not in the database's
        thread: genai-prices warns, and Python has one list of what to do about warnings.
        """
        entries = [
            LedgerEntry(exchange=each, cost=cost)
            for each, cost in zip(self._exchanges, self._costs(), strict=True)
        ]
        return partial(self._settle, entries)

    async def _settle(self, entries: Sequence[LedgerEntry], tx: Transaction) -> None:
        # By the row: whoever reserved may have been cancelled once that was committed.
        closed = await tx.ledger.close(
            self.id, self.caller, self.operation, self._door.database.owner, entries
        )
        if closed is None:
            return
        spent = sum(entry.cost.microusd or 0 for entry in entries)
        if any(entry.cost.microusd is None for entry in entries):
            spent = max(spent, closed.reserved)  # it cost something, and nobody can say what
        await tx.budgets.settle(held(self._caps), reserved=closed.reserved, spent=spent)
        if self.logged and not closed.forgotten:
            for each in (entry.exchange for entry in entries):
                request = self.kept.without(each.request)
                response = self.kept.without(each.response)
                await tx.api_log.add(self.caller, replace(each, request=request, response=response))

    async def abandon(self) -> None:
        """Its turn is another's now, or was erased: it is paid all the same, and not logged."""
        self.logged = False
        await self._door.settled(self)

    def _costs(self) -> list[Cost]:
        """Of each exchange. What nobody counted shares what is left of what was reserved."""
        costs = [self._cost(at, each) for at, each in enumerate(self._exchanges)]
        known = sum((cost.microusd or 0) for cost in costs if cost is not None)
        left = None if self._most is None else max(0, self._most - known)
        found: list[Cost] = []
        for cost in costs:
            found.append(cost or Cost(microusd=left, estimated=left is not None))
            left = 0 if cost is None and left is not None else left
        return found

    def _cost(self, at: int, exchange: Exchange) -> Cost | None:
        if exchange.operation is Operation.FINE_TUNING:
            return self._door.prices.of_training(
                exchange, self.model, self.training, begun=self.begun
            )
        # Our own count is of all exchanges together, so it is that of one of them.
        last = at == max(filter(self._counts, range(len(self._exchanges))), default=at)
        likely = self.likely if self.likely is None or last else Usage()
        return self._door.prices.cost(exchange, likely=likely, characters=self.characters)

    def _counts(self, at: int) -> bool:
        """Whether it is one that our own count is about."""
        exchange = self._exchanges[at]
        broken = exchange.error is not None and not exchange.streamed
        return exchange.usage is None and not exchange.unmade and not broken


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
                await _begun(tx, cap)
                state = await tx.budgets.state(cap.budget)
                if state is not None:
                    found.append((cap, state))
        return tuple(found)

    async def keep_list(self) -> None:
        """Read the vendors' list prices; a call that comes meanwhile waits for them."""
        self._listed.clear()
        try:
            await _list_prices.load()
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


def held(caps: Sequence[Cap]) -> tuple[tuple[str, str], ...]:
    """Scope and period of each."""
    return tuple((cap.budget.scope, cap.budget.period) for cap in caps)


async def take(tx: Transaction, caps: Sequence[Cap], amount: int) -> None:
    """Reserve `amount` of each budget, or of none.

    Raises:
        BudgetExceededError: the first that has less left; the transaction has to be rolled back.
    """
    for cap in caps:
        await _begun(tx, cap)
        if not await tx.budgets.reserve(cap.budget, amount):
            state = await tx.budgets.state(cap.budget)
            left = state.left if state else 0
            raise BudgetExceededError(cap.scope, cap.budget.cap, left, cap.resets_at)


async def _begun(tx: Transaction, cap: Cap) -> None:
    """A budget that is new in its period starts with what was spent in it before."""
    if not await tx.budgets.known(cap.budget):
        spent = await tx.ledger.spent(cap.since, payer=cap.payer, guild=cap.guild)
        await tx.budgets.begin(cap.budget, spent)
