"""Turns as people make them: asked, asked again, stopped, chosen, taken back, erased."""

from dataclasses import replace
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.domain.conversations import InteractionToken, Message, Question, Turn, TurnState
from bot.domain.errors import ConversationNotFoundError, TurnNotFoundError, TurnRunningError
from bot.domain.ids import ConversationId, SourceId, TurnId, UserId
from bot.domain.storage import OwnerId
from storage import _records
from storage._covered import drop_summaries
from storage._emptying import empty_turns
from storage._owners import lease
from storage._statements import Statements
from storage._turn_claims import TurnClaims
from storage.intake import Intake
from storage.interaction_tokens import InteractionTokens
from storage.tables import LIVE, OPEN, QUEUED, attempts, conversations, messages, turns

_AGAIN = [TurnState.DONE, TurnState.STOPPED, TurnState.FAILED, TurnState.INTERRUPTED]

_MESSAGE = messages.insert()
_NEXT = (
    conversations.update()
    .where(conversations.c.id == sa.bindparam("conversation"))
    .values(last_seq=conversations.c.last_seq + 1, last_at=sa.bindparam("now"))
    .returning(conversations.c.last_seq)
)


@cache
def _new(*, postgresql: bool) -> sa.Executable:
    insert = turns.insert().values(
        state=TurnState.QUEUED.value,
        attempts=0,
        chosen_attempt=0,
        chosen_choice=0,
        stop_requested=False,
        lease_until=lease(postgresql=postgresql),
    )
    return insert.returning(turns.c.id)


class Turns(TurnClaims):
    def __init__(self, statements: Statements) -> None:
        super().__init__(statements)
        self._intake = Intake(statements)
        self._tokens = InteractionTokens(statements)

    async def accept(
        self, question: Question, conversation: ConversationId, owner: OwnerId
    ) -> Turn | None:
        """Write down a question: from the commit on it is never lost, and never answered twice.

        None for a replay, whose first coming is being handled.

        Raises:
            ConversationNotFoundError: there is no such conversation.
        """
        now = self._statements.clock.now()
        if not await self._intake.add(question.source, question.kind, now):
            return None
        seq = await self._next(conversation)
        turn = await self._statements.scalar(
            _new(postgresql=self._statements.postgresql),
            {
                "conversation": conversation,
                "seq": seq,
                "ticket": seq,
                "source_id": question.source,
                "guild": question.guild,
                "channel": question.channel,
                "asker": question.author.user,
                "locale": question.locale,
                "private": question.private,
                "options": _records.dump_options(question.answering, question.attachments),
                "owner": owner,
                "created_at": now,
            },
        )
        await self._statements.execute(
            _MESSAGE,
            {
                "turn": turn,
                "attempt": 0,
                "choice": 0,
                "role": "user",
                "parts": _records.dump_parts(Message.asked(question).parts),
                "author": question.author.user,
                "author_name": question.author.name,
            },
        )
        if question.token is not None:
            await self._tokens.put(turn, question.token)
        return await self.get(turn)

    async def again(
        self,
        turn: TurnId,
        owner: OwnerId,
        *,
        source: SourceId,
        kind: str,
        token: InteractionToken | None,
        payer: UserId | None = None,
        moderation: str | None = None,
    ) -> Turn | None:
        """Queue a turn for a further attempt, behind those that wait; nothing is overwritten.

        None for a replay of `source`, the interaction that asked for it.

        payer       who asked for it, where that is not the asker
        moderation  as it is set now; None leaves it as it was

        Raises:
            TurnRunningError: it is queued or running already.
            TurnNotFoundError: there is no such turn, or it was undone or erased.
        """
        if not await self._intake.add(source, kind, self._statements.clock.now()):
            return None
        before = await self.get(turn)
        ticket = await self._next(before.conversation)
        answering = before.answering
        if moderation is not None:
            answering = replace(answering, moderation=moderation)
        queued = await self._statements.execute(
            turns.update()
            .where(turns.c.id == turn, turns.c.state.in_([state.value for state in _AGAIN]))
            .values(
                state=TurnState.QUEUED.value,
                ticket=ticket,
                owner=owner,
                lease_until=self._lease(),
                stop_requested=False,
                shown_at=None,
                options=_records.dump_options(answering, before.attachments, payer),
            )
        )
        if queued.rowcount == 0:
            await self._refuse(turn)
        if token is not None:
            await self._tokens.put(turn, token)
        return await self.get(turn)

    async def withdraw(self, turn: TurnId, owner: OwnerId) -> Turn | None:
        """End a turn that still waits for its place; it makes no attempt.

        It gets back the answer that was chosen before, where it was asked again.  None when it
        does not wait any more, or belongs to another process: `request_stop` reaches that one.
        """
        state_then = (
            sa.select(attempts.c.state)
            .where(attempts.c.turn == turn, attempts.c.n == turns.c.chosen_attempt)
            .scalar_subquery()
        )
        withdrawn = await self._statements.execute(
            turns.update()
            .where(turns.c.id == turn, OPEN, QUEUED, turns.c.owner == owner)
            .values(state=sa.func.coalesce(state_then, TurnState.STOPPED.value))
        )
        if withdrawn.rowcount == 0:
            return None
        await drop_summaries(self._statements, [turn])
        return await self.get(turn)

    async def request_stop(self, turn: TurnId) -> bool:
        """Ask whoever owns the turn to stop; False when it has ended."""
        asked = turns.update().where(turns.c.id == turn, OPEN).values(stop_requested=True)
        return (await self._statements.execute(asked)).rowcount == 1

    async def choose(self, turn: TurnId, attempt: int, choice: int) -> Turn:
        """Show and remember another answer of a remembered turn.

        Raises:
            TurnRunningError: it is queued or running.
            TurnNotFoundError: there is no such turn, or no such answer that may be remembered.
        """
        state_then = (
            sa.select(attempts.c.state)
            .join(
                messages,
                (messages.c.turn == attempts.c.turn) & (messages.c.attempt == attempts.c.n),
            )
            .where(
                attempts.c.turn == turn,
                attempts.c.n == attempt,
                messages.c.choice == choice,
                attempts.c.state.in_([state.value for state in TurnState if state.live]),
            )
            .scalar_subquery()
        )
        chosen = await self._statements.execute(
            turns.update()
            .where(turns.c.id == turn, LIVE, state_then.is_not(None))
            .values(state=state_then, chosen_attempt=attempt, chosen_choice=choice)
        )
        if chosen.rowcount == 0:
            await self._refuse(turn)
        await drop_summaries(self._statements, [turn])
        return await self.get(turn)

    async def undo(
        self, conversation: ConversationId, by: UserId | None, owner: OwnerId
    ) -> Turn | None:
        """Take back the newest remembered turn; it keeps its content and its seq.

        It counts as not shown until its messages are gone, which are `owner`'s to remove.

        by  None takes anyone's; a user only their own, and None is returned for somebody else's
        """
        newest = (
            sa.select(turns.c.id)
            .where(turns.c.conversation == conversation, LIVE)
            .order_by(turns.c.seq.desc())
            .limit(1)
            .scalar_subquery()
        )
        undo = turns.update().where(turns.c.id == newest, LIVE)
        if by is not None:
            undo = undo.where(turns.c.asker == by)
        undone = await self._statements.scalar(
            undo.values(state=TurnState.UNDONE.value, **self._unshown(owner)).returning(turns.c.id)
        )
        if undone is None:
            return None
        await drop_summaries(self._statements, [undone])
        return await self.get(TurnId(undone))

    async def erase_question(self, source: SourceId, owner: OwnerId) -> Turn | None:
        """Forget what was asked and answered, because the question was deleted in Discord.

        The row stays, empty, so that no seq moves and no event is handled twice.  It counts as not
        shown until its messages are gone, which are `owner`'s to remove.  Whoever is
        answering it loses it: its next write raises LeaseLostError.  None when there was no turn.
        """
        turn = await self._statements.scalar(
            turns.update()
            .where(turns.c.source_id == source)
            .values(state=TurnState.ERASED.value, options={}, **self._unshown(owner))
            .returning(turns.c.id)
        )
        if turn is None:
            return None
        await empty_turns(self._statements, [turn])
        await self._tokens.delete(turn)
        return await self.get(turn)

    def _unshown(self, owner: OwnerId) -> dict[str, Any]:
        return {"owner": owner, "lease_until": self._lease(), "shown_at": None}

    async def _next(self, conversation: ConversationId) -> int:
        """The next number of this conversation; its row is ours until the transaction ends."""
        values = {"conversation": conversation, "now": self._statements.clock.now()}
        number = await self._statements.scalar(_NEXT, values)
        if number is None:
            raise ConversationNotFoundError
        return number

    async def _refuse(self, turn: TurnId) -> None:
        if not (await self.get(turn)).state.ended:
            raise TurnRunningError
        raise TurnNotFoundError
