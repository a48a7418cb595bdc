from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.calls import Caller, CallId, LedgerEntry, Operation, Orphan, Spending
from bot.domain.ids import GuildId, UserId
from bot.domain.storage import OwnerId
from storage import _records
from storage._owners import gone
from storage._statements import Statements
from storage.tables import OPEN_CALL, ledger

_DAY = 86_400_000_000  # microseconds

_NEW = ledger.insert().returning(ledger.c.id)
_CLOSE = (
    ledger.update()
    .where(ledger.c.id == sa.bindparam("call"), OPEN_CALL)
    .returning(ledger.c.reserved, ledger.c.payer)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A call that has ended.

    reserved   microusd that were set aside for it
    forgotten  whoever asked has erased what is stored about them since
    """

    reserved: int
    forgotten: bool


class Ledger:
    """Every call that may cost: written down open before it is made, closed with what it was."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def open(
        self,
        caller: Caller,
        operation: Operation,
        model: str,
        *,
        reserved: int,
        held: Sequence[tuple[str, str]],
        owner: OwnerId,
    ) -> CallId:
        """Write down that a call is about to be made.

        reserved  microusd
        held      scope and period of each budget that they were taken out of
        """
        row = {
            **_asked(caller, operation, model, owner),
            "at": self._statements.clock.now(),
            "milliseconds": 0,
            "pictures": 0,
            "estimated": False,
            "reserved": reserved,
            "held": _held(held, caller.user),
            "state": "open",
        }
        return CallId(await self._statements.scalar(_NEW, row))

    async def reserve_more(self, call: CallId, amount: int) -> None:
        await self._statements.execute(
            ledger.update()
            .where(ledger.c.id == call, OPEN_CALL)
            .values(reserved=ledger.c.reserved + amount)
        )

    async def close(
        self,
        call: CallId,
        caller: Caller,
        operation: Operation,
        owner: OwnerId,
        entries: Sequence[LedgerEntry],
    ) -> Closed | None:
        """Write what became of it: the first exchange on its own row, others on further ones.

        None when it was closed before, and nothing is done.  With no entry the call was given up
        before anything was sent.
        """
        first = _spent(entries[0]) if entries else {"microusd": 0, "error": "NotSent"}
        values = {"call": call, "state": "closed", "held": None, **first}
        closed = await self._statements.execute(_CLOSE, values)
        row = closed.one_or_none()
        if row is None:
            return None
        for entry in entries[1:]:
            await self._statements.execute(
                ledger.insert().values(
                    {
                        **_asked(caller, operation, entry.exchange.model, owner),
                        "at": entry.exchange.started_at,
                        "reserved": 0,
                        "state": "closed",
                        **_spent(entry),
                        "payer": row.payer,  # nobody any more, where they had all erased meanwhile
                    }
                )
            )
        return Closed(reserved=int(row.reserved), forgotten=row.payer is None)

    async def orphans(self, owner: OwnerId) -> tuple[Orphan, ...]:
        """Open calls of dead processes."""
        query = sa.select(ledger).where(
            OPEN_CALL, gone(ledger.c.owner, owner, postgresql=self._statements.postgresql)
        )
        return tuple(
            Orphan(
                id=CallId(row.id),
                caller=Caller(
                    user=UserId(row.payer or 0),
                    guild=None if row.guild is None else GuildId(row.guild),
                ),
                at=row.at,
                reserved=row.reserved,
                held=_budgets(row.held, row.payer),
            )
            for row in await self._statements.execute(query)
        )

    async def lost(self, call: CallId) -> bool:
        """Close one whose process died: what it had reserved counts as spent, as it may well be."""
        closed = await self._statements.execute(
            ledger.update()
            .where(ledger.c.id == call, OPEN_CALL)
            .values(
                state="closed",
                held=None,
                error="ProcessDied",
                microusd=ledger.c.reserved,
                estimated=True,
            )
        )
        return closed.rowcount == 1

    async def spent(
        self,
        since: datetime,
        *,
        until: datetime | None = None,
        payer: UserId | None = None,
        guild: GuildId | None = None,
    ) -> int:
        """Microusd of calls that began in that time; those without a known price count nothing."""
        query = sa.select(sa.func.coalesce(sa.func.sum(ledger.c.microusd), 0)).where(
            *_which(since, until, payer, guild)
        )
        return int(await self._statements.scalar(query))

    async def report(
        self,
        since: datetime | None,
        *,
        payer: UserId | None = None,
        guild: GuildId | None = None,
    ) -> tuple[Spending, ...]:
        """Sums by day, operation and model, oldest day first; meant for `reading()`."""
        at = sa.type_coerce(ledger.c.at, sa.BigInteger)
        failed = sa.case((ledger.c.error.is_not(None), 1), else_=0)
        unpriced = sa.case((ledger.c.microusd.is_(None), 1), else_=0)
        estimated = sa.case((ledger.c.estimated, 1), else_=0)
        query = (
            sa.select(
                (at - at % _DAY).label("day"),
                ledger.c.operation,
                ledger.c.model,
                sa.func.count().label("calls"),
                *(
                    sa.func.coalesce(sa.func.sum(each), 0).label(name)
                    for name, each in (
                        ("failed", failed),
                        ("prompt", ledger.c.prompt),
                        ("completion", ledger.c.completion),
                        ("cached", ledger.c.cached),
                        ("pictures", ledger.c.pictures),
                        ("sound", ledger.c.sound_milliseconds),
                        ("microusd", ledger.c.microusd),
                        ("unpriced", unpriced),
                        ("estimated", estimated),
                    )
                ),
            )
            .where(ledger.c.state == "closed", *_which(since, None, payer, guild))
            .group_by(sa.text("1"), ledger.c.operation, ledger.c.model)
            .order_by(sa.text("1"), ledger.c.operation, ledger.c.model)
        )
        return tuple(_spending(row) for row in await self._statements.execute(query))

    async def forget(self, payer: UserId) -> int:
        """Keep the sums without the person; how many rows there were."""
        forgotten = ledger.update().where(ledger.c.payer == payer).values(payer=None)
        return (await self._statements.execute(forgotten)).rowcount


def _held(budgets: Sequence[tuple[str, str]], payer: UserId) -> str:
    """As one text; the person is "@" in it, since `payer` alone is where they can be forgotten."""
    mine = f"user:{payer}"
    return ",".join(
        f"{f'user:@{scope.removeprefix(mine)}' if scope.startswith(mine) else scope} {period}"
        for scope, period in budgets
    )


def _budgets(held: str | None, payer: int | None) -> tuple[tuple[str, str], ...] | None:
    """The reverse; None where a version before this one wrote it."""
    if held is None:
        return None
    pairs = [each.partition(" ") for each in held.split(",") if each]
    return tuple((scope.replace("@", f"{payer or 0}"), period) for scope, _, period in pairs)


def _which(
    since: datetime | None,
    until: datetime | None,
    payer: UserId | None,
    guild: GuildId | None,
) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if since is not None:
        conditions.append(ledger.c.at >= since)
    if until is not None:
        conditions.append(ledger.c.at < until)
    if payer is not None:
        conditions.append(ledger.c.payer == payer)
    if guild is not None:
        conditions.append(ledger.c.guild == guild)
    return conditions


def _asked(caller: Caller, operation: Operation, model: str, owner: OwnerId) -> dict[str, Any]:
    return {
        "payer": caller.user,
        "guild": caller.guild,
        "channel": caller.channel,
        "turn": caller.turn,
        "attempt": caller.attempt,
        "operation": operation.value,
        "model": model,
        "owner": owner,
    }


def _spent(entry: LedgerEntry) -> dict[str, Any]:
    exchange, usage = entry.exchange, entry.exchange.usage
    return {
        "model": exchange.model,
        "status": exchange.status,
        "error": exchange.error,
        "request_id": exchange.request_id,
        "milliseconds": round(exchange.seconds * 1000),
        "prompt": usage.prompt if usage else None,
        "completion": usage.completion if usage else None,
        "cached": usage.cached if usage else None,
        "reasoning": usage.reasoning if usage else None,
        "pictures": exchange.pictures,
        "sound_milliseconds": None if exchange.sound_s is None else round(exchange.sound_s * 1000),
        "microusd": entry.cost.microusd,
        "estimated": entry.cost.estimated,
    }


def _spending(row: sa.Row[*tuple[Any, ...]]) -> Spending:
    return Spending(
        day=_records.day(int(row.day)),
        operation=_records.operation(row.operation),
        model=row.model,
        calls=row.calls,
        failed=int(row.failed),
        prompt=int(row.prompt),
        completion=int(row.completion),
        cached=int(row.cached),
        pictures=int(row.pictures),
        sound_s=int(row.sound) / 1000,
        microusd=int(row.microusd),
        unpriced=int(row.unpriced),
        estimated=int(row.estimated),
    )
