"""Turns in hand: claimed, kept alive, ended and shown, each by the one process that owns them."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.domain.chat import FilePart, ImagePart, SoundPart, TextPart
from bot.domain.conversations import Turn, TurnState
from bot.domain.errors import LeaseLostError
from bot.domain.ids import ConversationId, TurnId
from bot.domain.storage import Outcome, OwnerId
from storage import _records
from storage._covered import drop_summaries
from storage._owners import dead, lease
from storage._statements import insert_into
from storage._turn_lookups import TurnLookups
from storage.tables import OPEN, QUEUED, RUNNING, UNSHOWN, attempts, messages, turns

_OTHER = turns.alias("other")  # made once: an alias builds all its columns anew

_ATTEMPT, _MESSAGE = attempts.insert(), messages.insert()
_ATTEMPT_ENDS = attempts.update().where(
    attempts.c.turn == sa.bindparam("of_turn"), attempts.c.n == sa.bindparam("of_n")
)
_DROP_DRAFT = messages.delete().where(
    messages.c.turn == sa.bindparam("turn"), messages.c.attempt == sa.bindparam("n")
)
_MINE = (
    sa.select(turns.c.attempts)
    .where(turns.c.id == sa.bindparam("turn"), RUNNING, turns.c.owner == sa.bindparam("me"))
    .with_for_update()
)
_MINE_ENDS = (
    turns.update()
    .where(turns.c.id == sa.bindparam("of_turn"), RUNNING, turns.c.owner == sa.bindparam("me"))
    .values(stop_requested=False)
    .returning(turns.c.attempts, (turns.c.ticket != turns.c.seq).label("again"))
)
_MINE_IS_REMEMBERED = _MINE_ENDS.values(
    state=sa.bindparam("ends_as"),
    chosen_attempt=turns.c.attempts,
    chosen_choice=sa.bindparam("choice"),
)
_SHOWN = (
    turns.update()
    .where(turns.c.id == sa.bindparam("of_turn"), UNSHOWN, ~OPEN)
    .values(shown_at=sa.bindparam("now"))
)


@cache
def _draft(*, postgresql: bool) -> sa.Executable:
    insert = insert_into(messages, postgresql=postgresql)
    return insert.on_conflict_do_update(
        index_elements=[messages.c.turn, messages.c.attempt, messages.c.choice],
        set_={"parts": insert.excluded.parts},
    )


@cache
def _begin(*, postgresql: bool) -> sa.Executable:
    """Begin the next attempt of a conversation's oldest queued turn, where none is running."""
    conversation: sa.BindParameter[int] = sa.bindparam("of_conversation")
    oldest = (
        sa.select(turns.c.id)
        .where(turns.c.conversation == conversation, OPEN, QUEUED)
        .order_by(turns.c.ticket)
        .limit(1)
        .scalar_subquery()
    )
    one_runs = sa.exists().where(
        _OTHER.c.conversation == conversation,
        _OTHER.c.state == sa.literal_column("'running'"),
    )
    return (
        turns.update()
        .where(turns.c.id == oldest, QUEUED, turns.c.owner == sa.bindparam("me"), ~one_runs)
        .values(
            state=TurnState.RUNNING.value,
            attempts=turns.c.attempts + 1,
            lease_until=lease(postgresql=postgresql),
        )
        .returning(turns.c.id, turns.c.attempts)
    )


class TurnClaims(TurnLookups):
    async def claim(self, conversation: ConversationId, owner: OwnerId) -> Turn | None:
        """Begin the next attempt of the oldest queued turn, where that turn is this owner's.

        None when one is running, when none is queued, or when the next one belongs to another
        process: that one will claim it, or `interrupt_orphans` will end it.
        """
        begin = _begin(postgresql=self._statements.postgresql)
        values = {"of_conversation": conversation, "me": owner}
        claimed = None
        async with self._statements.unless_taken():  # by the index `turns_one_running`
            claimed = (await self._statements.execute(begin, values)).one_or_none()
        if claimed is None:
            return None
        await self._statements.execute(
            _ATTEMPT,
            {
                "turn": claimed.id,
                "n": claimed.attempts,
                "state": TurnState.RUNNING.value,
                "model": "",
                "finish_reasons": [],
                "notices": [],
                "reasoning": [],
                "started_at": self._statements.clock.now(),
            },
        )
        return await self.get(TurnId(claimed.id))

    async def renew(self, owner: OwnerId) -> None:
        """Prolong this owner's leases; `Database.renew` does it, and holds the lock as well."""
        await self._statements.execute(
            turns.update().where(UNSHOWN, turns.c.owner == owner).values(lease_until=self._lease())
        )

    async def draft(self, turn: TurnId, owner: OwnerId, texts: Sequence[str]) -> None:
        """Keep how far the running attempt has come, for the case that its process dies.

        Nothing happens when it is not running any more, or not this owner's.
        """
        n = await self._statements.scalar(_MINE, {"turn": turn, "me": owner})
        if n is None or not texts:
            return
        await self._statements.execute(
            _draft(postgresql=self._statements.postgresql),
            [_answer(turn, n, choice, text, ()) for choice, text in enumerate(texts)],
        )

    async def finish(self, turn: TurnId, owner: OwnerId, outcome: Outcome) -> Turn:
        """Write the end of the running attempt: what it said, and what becomes of the turn.

        A further attempt that ends with nothing to remember, which a stopped one may, too, gives
        the turn back to the attempt that was chosen before.

        Raises:
            LeaseLostError: the turn is not running, or not this owner's.
        """
        texts = outcome.texts or (("",) if outcome.files else ())
        remembered = outcome.state.live and bool(texts)
        values = {"of_turn": turn, "me": owner}
        if remembered:
            values |= {"ends_as": outcome.state.value, "choice": outcome.choice}
        ends = _MINE_IS_REMEMBERED if remembered else _MINE_ENDS
        row = (await self._statements.execute(ends, values)).one_or_none()
        if row is None:
            raise LeaseLostError(turn)
        n: int = row.attempts
        await self._statements.execute(
            _ATTEMPT_ENDS,
            {
                "of_turn": turn,
                "of_n": n,
                "state": outcome.state.value,
                "model": outcome.model,
                "finish_reasons": list(outcome.finish_reasons),
                "usage": _records.dump_usage(outcome.usage),
                "request_id": outcome.request_id,
                "error": outcome.error,
                "notices": _records.dump_notices(outcome.notices),
                "reasoning": list(outcome.reasoning),
                "logprobs": _records.dump_logprobs(outcome.logprobs),
                "ended_at": self._statements.clock.now(),
            },
        )
        await self._statements.execute(_DROP_DRAFT, {"turn": turn, "n": n})
        if texts:
            await self._statements.execute(
                _MESSAGE,
                [
                    _answer(turn, n, choice, text, () if choice else outcome.files)
                    for choice, text in enumerate(texts)
                ],
            )
        if not remembered:
            await self._end([turn], outcome.state, outcome.choice)
        if row.again:  # asked in its turn, it is newer than every summary
            await drop_summaries(self._statements, [turn])
        return await self.get(turn)

    async def interrupt_orphans(self, owner: OwnerId) -> tuple[Turn, ...]:
        """End the queued and running turns of dead processes; they are this owner's to show now."""
        orphaned = (
            turns.update()
            .where(UNSHOWN, OPEN, dead(owner, postgresql=self._statements.postgresql))
            .values(owner=owner, lease_until=self._lease(), stop_requested=False)
            .returning(turns.c.id)
        )
        ids = sorted(TurnId(row.id) for row in await self._statements.execute(orphaned))
        if not ids:
            return ()
        await self._statements.execute(
            attempts.update()
            .where(attempts.c.turn.in_(ids), attempts.c.state == TurnState.RUNNING.value)
            .values(state=TurnState.INTERRUPTED.value, ended_at=self._statements.clock.now())
        )
        await self._end(ids, TurnState.INTERRUPTED)
        await drop_summaries(self._statements, ids)
        return tuple([await self.get(turn) for turn in ids])

    async def unshown(self, owner: OwnerId, limit: int) -> tuple[Turn, ...]:
        """Ended turns whose end nobody saw in Discord, oldest first: now this owner's to show.

        Its own are among them, also those that it is about to show.
        """
        mine_or_nobodys = (turns.c.owner == owner) | dead(
            owner, postgresql=self._statements.postgresql
        )
        oldest = (
            sa.select(turns.c.id)
            .where(UNSHOWN, ~OPEN, mine_or_nobodys)
            .order_by(turns.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        taken = (
            turns.update()
            .where(turns.c.id.in_(oldest))
            .values(owner=owner, lease_until=self._lease())
            .returning(turns.c.id)
        )
        ids = sorted(TurnId(row.id) for row in await self._statements.execute(taken))
        return tuple([await self.get(turn) for turn in ids])

    async def shown(self, turn: TurnId) -> None:
        """Its end is visible in Discord; a turn that was asked again meanwhile is not concerned."""
        values = {"of_turn": turn, "now": self._statements.clock.now()}
        await self._statements.execute(_SHOWN, values)

    async def _end(self, ids: Iterable[TurnId], state: TurnState, choice: int = 0) -> None:
        """Give open turns their end: `state`, or the remembered attempt that was chosen before."""
        which = turns.update().where(turns.c.id.in_(list(ids)), OPEN)
        chosen_before = (
            sa.select(attempts.c.state)
            .where(
                attempts.c.turn == turns.c.id,
                attempts.c.n == turns.c.chosen_attempt,
                attempts.c.state.in_([state.value for state in TurnState if state.live]),
            )
            .scalar_subquery()
        )
        await self._statements.execute(
            which.where(chosen_before.is_not(None)).values(state=chosen_before)
        )
        await self._statements.execute(
            which.values(state=state.value, chosen_attempt=turns.c.attempts, chosen_choice=choice)
        )

    def _lease(self) -> sa.ColumnElement[Any]:
        return lease(postgresql=self._statements.postgresql)


def _answer(
    turn: TurnId,
    attempt: int,
    choice: int,
    text: str,
    files: Iterable[ImagePart | SoundPart | FilePart],
) -> dict[str, Any]:
    return {
        "turn": turn,
        "attempt": attempt,
        "choice": choice,
        "role": "assistant",
        "parts": _records.dump_parts((TextPart(text), *files)),
    }
