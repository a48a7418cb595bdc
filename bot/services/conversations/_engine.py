"""The conversation engine: one answer at a time per conversation, any number at once.

The engine owns the turn's task. Watchers may come and go; a turn ends and is kept without them.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from bot import metrics, tasks
from bot.domain.clock import Clock
from bot.domain.conversations import Input, Message, Turn, TurnState, TurnView
from bot.domain.errors import (
    BotError,
    DatabaseBusyError,
    LeaseLostError,
    StorageError,
    UnplannedError,
)
from bot.domain.ids import ConversationId, TurnId
from bot.domain.storage import LOGPROBS_KEPT, Outcome
from bot.services.conversations._attempts import Attempts, Ended
from bot.services.conversations._errors import kept
from bot.services.conversations._inputs import keep_files, keep_inputs
from bot.services.conversations._live import LiveAnswer
from storage.database import Database, Transaction

log = structlog.stdlib.get_logger(__name__)

TURN_ELSEWHERE_S = 0.5  # how often to look whether another process has finished its turn
LEASE_RENEWAL_S = 5.0
KEEP_TRIES = 3  # before the person is told that the database could not keep the answer
KEEP_AGAIN_S = 5.0


class Engine:
    def __init__(self, *, database: Database, attempts: Attempts, clock: Clock) -> None:
        self._database = database
        self._attempts = attempts
        self._clock = clock
        self._waiting: dict[ConversationId, deque[LiveAnswer]] = {}
        self._live: dict[TurnId, LiveAnswer] = {}
        self._working: set[ConversationId] = set()
        self._unkept: set[TurnId] = set()
        self.stopping = False

    @property
    def live(self) -> Mapping[TurnId, LiveAnswer]:
        return self._live

    @property
    def busy(self) -> bool:
        return bool(self._live or self._unkept)

    def begin(self, live: LiveAnswer) -> None:
        """Take over an accepted turn: it waits for its place, is answered, and kept."""
        conversation = live.turn.conversation
        self._live[live.turn.id] = live
        metrics.turns_queued.inc()
        self._waiting.setdefault(conversation, deque()).append(live)
        if conversation not in self._working:
            self._working.add(conversation)
            tasks.spawn(self._work(conversation), name=f"conversation {conversation}")

    async def withdrawn(self, view: TurnView) -> None:
        """A turn that waited here was taken back: those behind it move up."""
        live = self._live.pop(view.turn.id, None)
        if live is None:
            return
        waiting = self._waiting.get(live.turn.conversation, deque())
        if live in waiting:
            place = waiting.index(live)
            waiting.remove(live)
            metrics.turns_queued.dec()
            for behind in list(waiting)[place:]:
                behind.move_to(behind.place - 1)
        await _given_up(live)
        live.give_way(view)

    def stop_all(self) -> None:
        """The process ends: what is not finished is marked as interrupted."""
        for live in self._live.values():
            live.interrupted = True
            live.stopping.set()

    async def keep_leases(self, stop: Callable[[TurnId], Awaitable[None]]) -> None:
        """Show the other processes that this one lives, and `stop` what was stopped in one of them.

        What has been said so far is kept with it.
        Also while nothing is answered: the lock that says so has to come back after PostgreSQL
        was away.
        """
        while True:
            await self._clock.sleep(LEASE_RENEWAL_S)
            try:
                await self._database.renew()
                if not self._live:
                    continue
                for turn in await self._look_and_draft():
                    await stop(turn)
            except StorageError as error:
                log.warning("lease_not_renewed", error=type(error).__name__)

    async def _look_and_draft(self) -> Sequence[TurnId]:
        """Which turns are to be stopped; and keep how far all of them have come.

        What a kill would take away is what has come since: it can be continued from there.
        """
        grown = [
            (live, live.size, live.texts)
            for live in self._live.values()
            if live.running and not live.veiled and live.size != live.drafted
        ]

        async def write(tx: Transaction) -> Sequence[TurnId]:
            stopped = await tx.turns.stop_requested(self._database.owner)
            for live, _, texts in grown:
                await tx.turns.draft(live.turn.id, self._database.owner, texts)
            return stopped

        stopped = await self._database.run(write)
        for live, size, _ in grown:
            live.drafted = size
        return stopped

    async def _work(self, conversation: ConversationId) -> None:
        waiting = self._waiting[conversation]
        try:
            while waiting:
                turn = _begun(waiting) or await self._claim(conversation)
                if turn is None:  # another process is answering here, or the database is away
                    if all(live.interrupted for live in waiting):
                        break  # the process ends, and nobody knows when that would change
                    await self._clock.sleep(TURN_ELSEWHERE_S)
                    continue
                live = self._live.get(turn.id) or LiveAnswer(turn, place=0)
                if live in waiting:
                    waiting.remove(live)
                    metrics.turns_queued.dec()
                for place, behind in enumerate(waiting, start=1):
                    behind.move_to(place)
                with metrics.turns_running.track_inprogress():
                    await self._answer(live, turn)
        finally:
            # Nothing may wait here without a worker, not even after a mistake of ours.
            self._working.discard(conversation)
            if waiting:
                for live in list(waiting):
                    await self._abandon(live)
            self._waiting.pop(conversation, None)

    async def _claim(self, conversation: ConversationId) -> Turn | None:
        try:
            return await self._database.run(
                lambda tx: tx.turns.claim(conversation, self._database.owner)
            )
        except StorageError as error:
            log.warning("turn_not_claimed", error=type(error).__name__)
            return None

    async def _abandon(self, live: LiveAnswer) -> None:
        """It stays queued in the journal, from where the next start marks it."""
        log.error("turn_abandoned", turn=live.turn.id)
        metrics.turns_queued.dec()
        await _given_up(live)
        live.end(live.turn, TurnState.INTERRUPTED)
        self._live.pop(live.turn.id, None)

    async def _answer(self, live: LiveAnswer, turn: Turn) -> None:
        live.start(turn)
        log.info("turn_started", turn=turn.id, attempt=turn.attempt)
        try:
            ended = await self._attempt(live)
        except Exception:  # a mistake of ours: the person still gets an answer
            log.exception("turn_broke", turn=turn.id)
            ended = Ended(TurnState.FAILED, UnplannedError())
        log.info(
            "turn_ended",
            turn=turn.id,
            state=ended.state,
            error=type(ended.error).__name__ if ended.error else None,
            model=live.model,
            request_id=live.request_id,
        )
        metrics.turns.labels(state=ended.state).inc()
        try:
            await self._keep(live, ended)
        except Exception:  # a mistake of ours: the text is shown, and the next start marks it
            log.exception("turn_not_kept", turn=turn.id)
            live.end(turn, TurnState.FAILED, UnplannedError())
            self._live.pop(turn.id, None)

    async def _attempt(self, live: LiveAnswer) -> Ended:
        if not live.stopping.is_set():
            live.start_fetching()
        await _arrived(live)
        if live.stopping.is_set():  # while it waited for its place or its attachments
            await _given_up(live)
            return Ended(TurnState.INTERRUPTED if live.interrupted else TurnState.STOPPED)
        try:
            question = await self._question(live)
        except BotError as error:
            return Ended(TurnState.FAILED, error)
        return await self._attempts.make(live, question)

    async def _question(self, live: LiveAnswer) -> Message:
        """The question with its attachments kept, which may have to arrive first."""
        if live.question is not None and not live.inputs:
            return live.question
        inputs: tuple[Input, ...] = ()
        if live.inputs:
            inputs = tuple(await live.inputs)
        async with self._database.transaction() as tx:
            question = await tx.messages.question(live.turn.id)
            if not inputs:
                return question
            parts = await keep_inputs(tx, question.parts, inputs, at=self._clock.now())
            await tx.messages.set_question(live.turn.id, parts)
        return Message(role="user", parts=parts, author=question.author)

    async def _keep(self, live: LiveAnswer, ended: Ended) -> None:
        """Write the outcome; when the database can't, say so, and go on trying until it can."""
        turn = live.turn
        outcome = Outcome(
            state=ended.state,
            texts=live.texts if any(live.texts) else (),
            choice=live.partial.choice if live.partial else 0,
            reasoning=live.reasoning,
            logprobs=live.logprobs(most=LOGPROBS_KEPT),
            finish_reasons=live.finish_reasons,
            usage=live.usage,
            model=live.model,
            request_id=live.request_id,
            error=kept(ended.error) if ended.error else None,
            notices=live.notices,
        )
        write = self._writing(live, outcome)
        tries = 0
        while True:
            try:
                stored = await self._database.run(write)
            except LeaseLostError:
                log.warning("lease_lost", turn=turn.id)
                for call in live.calls:
                    await call.abandon()
                live.end(turn, TurnState.INTERRUPTED)
                break
            except StorageError as error:
                tries += 1
                log.warning("outcome_not_kept", turn=turn.id, error=type(error).__name__)
                if tries == KEEP_TRIES or not isinstance(error, DatabaseBusyError):
                    # The text is shown now and kept later: the conversation waits, nothing is lost.
                    self._unkept.add(turn.id)
                    live.end(turn, TurnState.FAILED, error)
                    self._live.pop(turn.id, None)
                if self.stopping and tries > KEEP_TRIES:
                    break  # still `running` in the journal: the next start marks it
                await self._clock.sleep(KEEP_AGAIN_S if tries >= KEEP_TRIES else 0.2)
            else:
                if turn.id not in self._unkept:
                    live.end(stored, ended.state, ended.error)
                break
        self._unkept.discard(turn.id)
        self._live.pop(turn.id, None)

    def _writing(
        self, live: LiveAnswer, outcome: Outcome
    ) -> Callable[[Transaction], Coroutine[Any, Any, Turn]]:
        """The outcome and what it cost, in one transaction."""
        turn, settling = live.turn, [call.settling() for call in live.calls]

        async def write(tx: Transaction) -> Turn:
            files = await keep_files(tx, live.files, at=self._clock.now())
            whole = replace(outcome, files=files)
            stored = await tx.turns.finish(turn.id, self._database.owner, whole)
            for settle in settling:
                await settle(tx)
            return stored

        return write


def _begun(waiting: Iterable[LiveAnswer]) -> Turn | None:
    """The turn that was claimed when it was accepted: no other one runs beside it."""
    return next((live.turn for live in waiting if live.turn.state is TurnState.RUNNING), None)


async def _arrived(live: LiveAnswer) -> None:
    """Until the attachments are there, or nobody wants them any more."""
    if live.inputs is None:
        return
    stopping = asyncio.ensure_future(live.stopping.wait())
    await asyncio.wait((live.inputs, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()


async def _given_up(live: LiveAnswer) -> None:
    """End the downloads of a turn that will not be answered; what they raised is of no interest."""
    if live.inputs is not None:
        live.inputs.cancel()
        await asyncio.gather(live.inputs, return_exceptions=True)
