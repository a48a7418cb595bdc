from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.calls import Audience, Caller, Exchange, LoggedCall, LoggedId
from bot.domain.ids import ChannelId, GuildId, SourceId, TurnId, UserId
from storage import _records
from storage._statements import Statements
from storage.tables import ERASED, TURNLESS, api_log

_NEW = api_log.insert().returning(api_log.c.id)


class ApiLog:
    """What went over the wire, for `Show API call`.

    Bodies hold {"$kept": ...} in place of what stands in messages already; whoever reads a row
    puts them together again.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(self, caller: Caller, exchange: Exchange) -> LoggedId:
        row = {
            "at": exchange.started_at,
            "turn": caller.turn,
            "attempt": caller.attempt,
            "payer": caller.user,
            "operation": exchange.operation.value,
            "method": exchange.method,
            "path": exchange.path,
            "model": exchange.model,
            "request": exchange.request,
            "response": exchange.response,
            "status": exchange.status,
            "error": exchange.error,
            "request_id": exchange.request_id,
            "streamed": exchange.streamed,
            "milliseconds": round(exchange.seconds * 1000),
        }
        if caller.turn is None:
            row |= {
                "asked": caller.asked,
                "guild": caller.guild,
                "channel": caller.channel,
                "audience": caller.audience.value,
            }
        return LoggedId(await self._statements.scalar(_NEW, row))

    async def of_turn(self, turn: TurnId) -> tuple[LoggedCall, ...]:
        """All calls of a turn, oldest first, bodies as they are kept."""
        query = sa.select(api_log).where(api_log.c.turn == turn).order_by(api_log.c.id)
        return tuple(_logged(row) for row in await self._statements.execute(query))

    async def has(self, turn: TurnId) -> bool:
        """Whether any call of a turn is there."""
        return bool(
            await self._statements.scalar(sa.select(sa.exists().where(api_log.c.turn == turn)))
        )

    async def of_answer(self, asked: SourceId) -> tuple[LoggedCall, ...]:
        """All calls for what an interaction was answered with, oldest first."""
        query = sa.select(api_log).where(TURNLESS, api_log.c.asked == asked).order_by(api_log.c.id)
        return tuple(_logged(row) for row in await self._statements.execute(query))

    async def newest(self, asked: SourceId) -> LoggedId | None:
        """The last of them."""
        query = sa.select(sa.func.max(api_log.c.id)).where(TURNLESS, api_log.c.asked == asked)
        return await self._statements.scalar(query)

    async def get(self, logged: LoggedId) -> LoggedCall | None:
        query = sa.select(api_log).where(api_log.c.id == logged)
        row = (await self._statements.execute(query)).one_or_none()
        return None if row is None else _logged(row)

    async def forget(self, payer: UserId) -> int:
        """Erase what was sent for a person and what came back; that it was sent stays."""
        erased = (
            api_log.update()
            .where(api_log.c.payer == payer)
            .values(request=ERASED, response=ERASED, payer=None)
        )
        return (await self._statements.execute(erased)).rowcount

    async def purge(self, before: datetime) -> int:
        """Delete what is older than that moment; how many there were."""
        old = api_log.delete().where(api_log.c.at < before)
        return (await self._statements.execute(old)).rowcount

    async def purge_turnless(self, guild: GuildId, before: datetime) -> int:
        """The same for a server's calls that belong to no turn, and so end with none."""
        old = api_log.delete().where(TURNLESS, api_log.c.guild == guild, api_log.c.at < before)
        return (await self._statements.execute(old)).rowcount


def _logged(row: sa.Row[*tuple[Any, ...]]) -> LoggedCall:
    return LoggedCall(
        id=LoggedId(row.id),
        turn=None if row.turn is None else TurnId(row.turn),
        attempt=row.attempt,
        payer=None if row.payer is None else UserId(row.payer),
        asked=None if row.asked is None else SourceId(row.asked),
        channel=None if row.channel is None else ChannelId(row.channel),
        audience=None if row.audience is None else Audience(row.audience),
        exchange=Exchange(
            operation=_records.operation(row.operation),
            method=row.method,
            path=row.path,
            request=row.request,
            status=row.status,
            response=row.response,
            streamed=row.streamed,
            request_id=row.request_id,
            model=row.model,
            started_at=row.at,
            seconds=row.milliseconds / 1000,
            error=row.error,
        ),
    )
