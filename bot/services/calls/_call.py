"""One call that is paid for: what was reserved, what it did, and how it is written down."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from bot.domain.calls import Caller, CallId, Cost, Estimate, Exchange, LedgerEntry, Operation
from bot.domain.chat import Usage
from bot.domain.ids import UserId
from bot.services.calls._caps import Cap, held, take
from bot.services.calls._kept import Kept
from bot.services.calls._prices import Prices
from storage.database import Database, Transaction


class Door(Protocol):
    """What a call asks of the one that let it through, `Calls`."""

    database: Database
    prices: Prices

    def person(self, user: UserId) -> str | None: ...
    def most(self, models: Sequence[str], estimate: Estimate) -> int | None: ...
    def saw(self, exchange: Exchange) -> None: ...
    async def settled(self, call: "Call") -> None: ...


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
        door: Door,
        *,
        id: CallId,  # noqa: A002  named as its column
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
