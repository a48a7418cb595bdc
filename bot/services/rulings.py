"""What operators decide at run time: who is blocked, and what may be spent."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from bot.domain.calls import Caller
from bot.domain.clock import Clock
from bot.domain.errors import BudgetScope, StorageError
from bot.domain.ids import GuildId
from bot.domain.operators import Acting, Blocked, Change, SetBudget
from bot.services.calls import CallRules, Cap, day_cap, month_cap
from storage.database import Database

log = structlog.stdlib.get_logger(__name__)

FRESH_S = 10.0
"""How long it takes at most until this process knows what another one has changed."""


class Rulings:
    """All of them in memory, since policy answers before anything may wait.

    Usable as a set of ids: `user in rulings` is whether a person or server is blocked.
    """

    def __init__(self, database: Database, clock: Clock, *, always: frozenset[int]) -> None:
        """`always` are the ids of BLOCKED_IDS, which no command takes back."""
        self._database = database
        self._clock = clock
        self._always = always
        self._blocked: Mapping[int, Blocked] = {}
        self._capped: Mapping[str, SetBudget] = {}
        self._changing = asyncio.Lock()  # what was read before a change must not replace it

    def __contains__(self, target: object) -> bool:
        return target in self._always or target in self._blocked

    @property
    def blocked(self) -> tuple[Blocked, ...]:
        """By command, newest first."""
        return tuple(self._blocked.values())

    @property
    def budgets(self) -> tuple[SetBudget, ...]:
        return tuple(self._capped.values())

    async def refresh(self) -> None:
        """Read what is kept.

        Raises:
            StorageError: one of its leaves; what was known stays.
        """
        async with self._changing, self._database.reading() as tx:
            self._blocked = await tx.rulings.blocked()
            self._capped = await tx.rulings.capped()

    async def keep_fresh(self) -> None:
        """Hear of what other processes decide, until cancelled."""
        while True:
            await self._clock.sleep(FRESH_S)
            try:
                await self.refresh()
            except StorageError as error:
                log.warning("rulings_not_read", error=type(error).__name__)

    async def block(self, who: Acting, target: int, reason: str) -> None:
        """From now on in this process; in others within FRESH_S.

        Raises:
            StorageError: it could not be kept, and nothing has changed.
        """
        now = self._clock.now()
        async with self._changing:
            async with self._database.transaction() as tx:
                await tx.rulings.block(target, reason, who.user, now)
                said = f"{target}: {reason}" if reason else f"{target}"
                await tx.audit.add(who, Change.BLOCK, said, now, outcome="done")
            found = Blocked(target=target, reason=reason, by=who.user, at=now)
            self._blocked = {target: found, **self._without(target)}

    async def unblock(self, who: Acting, target: int) -> bool:
        """False where there was no block by command."""
        now = self._clock.now()
        async with self._changing:
            async with self._database.transaction() as tx:
                gone = await tx.rulings.unblock(target)
                if gone:
                    said = f"{target}: taken back"
                    await tx.audit.add(who, Change.BLOCK, said, now, outcome="done")
            self._blocked = self._without(target)
        return gone

    async def cap(self, who: Acting, scope: str, microusd: int) -> None:
        now = self._clock.now()
        async with self._changing:
            async with self._database.transaction() as tx:
                await tx.rulings.cap(scope, microusd, who.user, now)
                said = f"{scope}: {microusd / 1_000_000:.2f} USD"
                await tx.audit.add(who, Change.BUDGET, said, now, outcome="done")
            found = SetBudget(scope=scope, cap=microusd, by=who.user, at=now)
            self._capped = {**self._capped, scope: found}

    async def uncap(self, who: Acting, scope: str) -> bool:
        """Take it back, so that the process's settings apply; False where there was none."""
        now = self._clock.now()
        async with self._changing:
            async with self._database.transaction() as tx:
                gone = await tx.rulings.uncap(scope)
                if gone:
                    said = f"{scope}: taken back"
                    await tx.audit.add(who, Change.BUDGET, said, now, outcome="done")
            self._capped = {name: each for name, each in self._capped.items() if name != scope}
        return gone

    def amount(self, scope: str) -> int | None:
        """Microusd; None where no operator has set it."""
        found = self._capped.get(scope)
        return None if found is None else found.cap

    def _without(self, target: int) -> dict[int, Blocked]:
        return {each: found for each, found in self._blocked.items() if each != target}


class OperatorRules:
    """Budgets that operators have set, beside those of others.

    One of the bot or of a person replaces that of the process's settings, also where it is higher;
    one of a server stands beside the server's own, and both have to hold.
    """

    def __init__(self, rulings: Rulings, others: CallRules) -> None:
        self._rulings = rulings
        self._others = others

    async def caps(self, caller: Caller, at: datetime) -> Sequence[Cap]:
        theirs = {cap.budget.scope: cap for cap in await self._others.caps(caller, at)}
        ours = {cap.budget.scope: cap for cap in self._ours(caller, at)}
        return tuple({**theirs, **ours}.values())  # a row of the database has one cap

    async def logged(self, caller: Caller) -> bool:
        return await self._others.logged(caller)

    def _ours(self, caller: Caller, at: datetime) -> Sequence[Cap]:
        caps: list[Cap] = []
        total = self._rulings.amount("total")
        if total is not None:
            caps.append(month_cap(BudgetScope.TOTAL_MONTH, "total", total, at))
        own = self._rulings.amount(f"user:{caller.user}")
        each = own if own is not None else self._rulings.amount("user")
        if each is not None:
            caps.append(day_cap(caller.user, each, at))
        if caller.guild is not None:
            server = self._rulings.amount(f"server:{caller.guild}")
            if server is not None:
                caps.append(_server_cap(caller.guild, server, at))
        return caps


def _server_cap(guild: GuildId, microusd: int, at: datetime) -> Cap:
    name = f"server:{guild}:operator"
    return month_cap(BudgetScope.SERVER_MONTH, name, microusd, at, guild)
