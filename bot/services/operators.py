"""Who may do what acts on the whole account, what they confirmed, and what they did."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.domain.clock import Clock
from bot.domain.errors import (
    ConfirmationGoneError,
    NotAllowedError,
    Rule,
    StorageError,
)
from bot.domain.ids import UserId
from bot.domain.operators import DONE, Acting, Audited, Change, ConfirmationId
from storage.database import Database

log = structlog.stdlib.get_logger(__name__)

CONFIRM_WITHIN = timedelta(minutes=15)
"""How long a question whether something is really meant can be answered with yes."""


@dataclass(slots=True)
class Target:
    """What a change is about; set anew where its name is known only afterwards.

    outcome  as in `Audited`, where nothing is raised
    """

    name: str
    outcome: str = DONE


class Operators:
    """OPERATOR_IDS, and the owner and team of the application, which `know` is told of.

    Usable as a set of ids: `user in operators`.
    """

    def __init__(self, ids: Iterable[int], database: Database, clock: Clock) -> None:
        self._ids = frozenset(ids)
        self._team: frozenset[int] = frozenset()
        self._database = database
        self._clock = clock

    def __contains__(self, user: object) -> bool:
        return user in self._ids or user in self._team

    def know(self, team: Iterable[int]) -> None:
        """Who owns the application today: the owner, or its team's admins and developers."""
        self._team = frozenset(team)

    def check(self, user: int) -> None:
        """Asked at every use: commands, suggestions, buttons, menus and forms.

        Raises:
            NotAllowedError: that is no operator.
        """
        if user not in self:
            raise NotAllowedError(Rule.OPERATORS_ONLY)

    @asynccontextmanager
    async def changing(
        self, who: Acting, change: Change, target: str
    ) -> AsyncGenerator[Target, None]:
        """Write down that it is about to be done, then how it ended; nothing is done unwritten.

        Where the process dies within, the row says "begun" for ever.

        Raises:
            NotAllowedError: that is no operator.
            StorageError: it could not be written down, and nothing was done.
        """
        self.check(who.user)
        async with self._database.transaction() as tx:
            entry = await tx.audit.add(who, change, target, self._clock.now())
        named = Target(target)
        try:
            yield named
        except BaseException as error:
            named.outcome = type(error).__name__
            raise
        finally:
            try:
                async with self._database.transaction() as tx:
                    await tx.audit.close(entry, named.name, named.outcome)
            except StorageError as error:
                log.warning("audit_not_closed", entry=entry, error=type(error).__name__)

    async def audited(
        self,
        limit: int,
        *,
        offset: int = 0,
        user: UserId | None = None,
        since: datetime | None = None,
    ) -> tuple[Audited, ...]:
        """Newest first, what the command line has done among them."""
        await self._database.take_notes()
        async with self._database.reading() as tx:
            return await tx.audit.listed(limit, offset=offset, user=user, since=since)

    async def ask(self, who: Acting, change: Change, details: Mapping[str, Any]) -> ConfirmationId:
        """Keep what is to be done until it is confirmed."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            return await tx.confirmations.add(
                who.user, change, details, at=now, expires_at=now + CONFIRM_WITHIN
            )

    async def confirmed(
        self, confirmation: ConfirmationId, who: Acting, change: Change
    ) -> Mapping[str, Any]:
        """What to do now: given once, however often a press comes, in whichever process.

        Raises:
            ConfirmationGoneError: somebody else's, too old, or given before.
        """
        now = self._clock.now()
        async with self._database.transaction() as tx:
            if not await tx.intake.add(who.source, change, now):
                raise ConfirmationGoneError
            taken = await tx.confirmations.take(confirmation, who.user, change, now)
        if taken is None:
            raise ConfirmationGoneError
        return taken.details
