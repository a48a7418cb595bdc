"""Everything cogs may do with turns, and by inheritance with the conversations of a place."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog

from bot import tasks
from bot.domain.calls import Operation
from bot.domain.chat import ChatModel, DocumentPart, ImagePart, SoundPart, TextPart
from bot.domain.clock import Clock
from bot.domain.conversations import (
    BegunAfresh,
    Input,
    InputLeftOut,
    Inputs,
    LiveTurn,
    Message,
    Notice,
    Presser,
    Question,
    Turn,
    TurnView,
)
from bot.domain.errors import (
    InputsGoneError,
    QueueFullError,
    ShuttingDownError,
    TurnNotFoundError,
    TurnRunningError,
)
from bot.domain.ids import SourceId, TurnId, UserId
from bot.services.calls import Calls
from bot.services.conversations._attempts import Attempts, Hearing, Maker
from bot.services.conversations._chat import ChatMaker
from bot.services.conversations._engine import Engine
from bot.services.conversations._live import Fetch, LiveAnswer, Partial
from bot.services.conversations._places import check_mine
from bot.services.conversations._summing import Summing
from bot.services.conversations._turns import KeptTurns, view_of
from bot.services.conversations._window import WindowBuilder
from bot.services.guard import Guard
from bot.services.inputs import ForChat
from bot.services.pace import Pace
from storage.database import Database, Transaction

log = structlog.stdlib.get_logger(__name__)

MAX_WAITING = 10  # questions that wait in one conversation
UNSHOWN_AT_ONCE = 100
DRAIN_LOOK_S = 0.1
STOP_ELSEWHERE_S = 15.0  # a lease is renewed every five
STOP_LOOK_S = 0.5


class Conversations(KeptTurns):
    """Everything; see the module.

    makers    who makes the answers of other operations than chat
    guard     judges prompts and answers where a server wants it
    for_chat  reads what is attached to a chat; None: pictures and texts go as they came
    hearing   writes down the sound in questions to the chat model; None: it is only named
    """

    def __init__(
        self,
        *,
        database: Database,
        model: ChatModel,
        default_model: str,
        clock: Clock,
        calls: Calls,
        makers: Mapping[Operation, Maker] | None = None,
        pace: Pace | None = None,
        for_chat: ForChat | None = None,
        guard: Guard | None = None,
        hearing: Hearing | None = None,
    ) -> None:
        super().__init__(database, clock)
        windows = WindowBuilder(database)
        summing = Summing(database, model, windows, calls)
        chat = ChatMaker(model, windows, summing, default_model, calls, clock)
        self._engine = Engine(
            database=database,
            attempts=Attempts({Operation.CHAT: chat, **(makers or {})}, guard, hearing),
            clock=clock,
        )
        self._pace = pace or Pace(clock)
        self._for_chat = for_chat
        self._leases: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._leases = tasks.spawn(self._engine.keep_leases(self._stop), name="leases")

    async def close(self, *, limit_s: float) -> None:
        """Take no new work, let answers end for up to `limit_s` seconds, mark the rest."""
        self._engine.stopping = True
        until = self.clock.monotonic() + limit_s
        while self._engine.busy and self.clock.monotonic() < until:
            await self.clock.sleep(DRAIN_LOOK_S)
        running = list(self._engine.live.values())
        self._engine.stop_all()
        await asyncio.gather(*(live.ended.wait() for live in running))
        if self._leases:
            self._leases.cancel()

    # Questions and answers

    async def ask(self, question: Question) -> LiveTurn | None:
        """Accept a question: when this returns, it is kept and will be answered.

        None when its source was handled already: a replayed event does nothing.

        Raises:
            QueueFullError: too many questions wait in this conversation.
            TooFastError: this person has asked too much in a short time.
            ShuttingDownError: the process is about to end.
            StorageError: it could not be kept, and will not be answered.
        """
        if self._engine.stopping:
            raise ShuttingDownError
        # Shielded: what is committed is also begun, whatever becomes of the caller.
        return await asyncio.shield(self._accept(question))

    async def _accept(self, question: Question) -> LiveAnswer | None:
        now = self.clock.now()
        idle = timedelta(days=question.idle_days)

        async def write(tx: Transaction) -> tuple[Turn, int, bool] | None:
            afresh = await tx.conversations.renew(question.place, now, now - idle)
            conversation = await tx.conversations.open(question.place, now)
            turn = await tx.turns.accept(question, conversation, self.database.owner)
            if turn is None:
                return None
            self._pace.take(question.author.user)  # a replay costs nothing; a refusal leaves no row
            ahead = await tx.turns.ahead(turn.id)
            if ahead > MAX_WAITING:
                raise QueueFullError(MAX_WAITING)
            if ahead == 0:  # one commit less before the model is asked
                turn = await tx.turns.claim(conversation, self.database.owner) or turn
            return turn, ahead, afresh

        written = await self.database.run(write)
        if written is None:
            return None
        turn, ahead, afresh = written
        live = LiveAnswer(turn, place=ahead)
        live.question = Message.asked(question)
        live.fetch = self._fetching(live, question.inputs)
        if afresh:
            live.notice(BegunAfresh(days=question.idle_days))
        if ahead == 0:  # those who wait fetch theirs later: a queue of files would fill the memory
            live.start_fetching()
        self._engine.begin(live)
        return live

    def _fetching(self, live: LiveAnswer, fetch: Inputs | None) -> Fetch | None:
        """What fetches the attachments and makes them fit for a chat."""
        if fetch is None:
            return None
        read = self._for_chat if live.turn.answering.operation is Operation.CHAT else None

        async def fetched() -> Sequence[Input]:
            found = await fetch()
            inputs: Sequence[Input] = [each for each in found if isinstance(each, Input)]
            notices: list[Notice] = [each for each in found if isinstance(each, InputLeftOut)]
            if read is not None:
                inputs, more = await read.prepared(inputs)
                notices += more
            for each in notices:
                live.notice(each)
            return inputs

        return fetched

    async def retry(
        self, turn: TurnId, by: Presser, *, moderation: str | None = None
    ) -> LiveTurn | None:
        """Answer a question once more; the earlier attempts stay. None on a replayed press.

        moderation  as it is set there now; None: as it was when it was asked
        """
        if self._engine.stopping:
            raise ShuttingDownError
        return await asyncio.shield(self._retry(turn, by, moderation))

    async def go_on(
        self,
        turn: TurnId,
        attempt: int,
        choice: int,
        by: Presser,
        *,
        moderation: str | None = None,
    ) -> LiveTurn | None:
        """Continue an answer that was cut short, as a further attempt. None on a replayed press.

        Raises:
            TurnNotFoundError: there is no such answer, or it was not cut short.
        """
        if self._engine.stopping:
            raise ShuttingDownError
        return await asyncio.shield(self._retry(turn, by, moderation, of=(attempt, choice)))

    async def _retry(
        self,
        turn_id: TurnId,
        by: Presser,
        moderation: str | None,
        *,
        of: tuple[int, int] | None = None,
    ) -> LiveAnswer | None:
        """`of`  the attempt and choice that is continued; None asks anew."""
        partial = None
        async with self.database.transaction() as tx:
            turn = await self._pressed(tx, turn_id, by)
            check_mine(turn, by)
            if not turn.state.ended:
                raise TurnRunningError
            await self._check_inputs(tx, turn)
            if of is not None:
                view = await view_of(tx, turn, attempt=of[0], choice=of[1])
                if not view.cut_short:
                    raise TurnNotFoundError
                partial = Partial(view.texts, *of, view.finish_reasons)
            kind = "retry" if of is None else "continue"
            again = await tx.turns.again(
                turn.id,
                self.database.owner,
                source=by.source,
                kind=kind,
                token=by.token,
                payer=by.user,
                moderation=moderation,
            )
            if again is None:
                return None
            self._pace.take(by.user)
            ahead = await tx.turns.ahead(again.id)
            if ahead > MAX_WAITING:
                raise QueueFullError(MAX_WAITING)
        live = LiveAnswer(again, place=ahead, partial=partial)
        self._engine.begin(live)
        return live

    async def stop(self, turn_id: TurnId, by: Presser) -> bool:
        """End the answer where it is, and keep what is there; what waits never begins.

        False where it had ended, and only its end could not be shown.
        """
        async with self.database.transaction() as tx:
            turn = await self._pressed(tx, turn_id, by)
            check_mine(turn, by)
            if turn.state.ended:
                return False
            await tx.turns.request_stop(turn.id)
        await self._stop(turn_id)
        return True

    async def stop_all_of(self, person: UserId) -> None:
        """End whatever they are being answered, and return once it has ended in this process.

        Another process hears of it with its next lease; it is waited for, within limits.
        """
        async with self.database.transaction() as tx:
            turns = await tx.people.open_turns(person)
            for turn in turns:
                await tx.turns.request_stop(turn)
        for turn in turns:
            live = self._engine.live.get(turn)
            await self._stop(turn)
            if live is not None and turn in self._engine.live:
                await live.ended.wait()
        until = self.clock.monotonic() + STOP_ELSEWHERE_S
        while turns and self.clock.monotonic() < until:
            async with self.database.transaction() as tx:
                if not await tx.people.open_turns(person):
                    return
            await self.clock.sleep(STOP_LOOK_S)

    async def _stop(self, turn_id: TurnId) -> None:
        """Shielded: what is withdrawn in the journal is also out of the queue."""
        live = self._engine.live.get(turn_id)
        if live is None:
            return  # another process has it, and hears of it with its next lease
        live.stopping.set()
        await asyncio.shield(self._withdraw(turn_id))

    async def _withdraw(self, turn_id: TurnId) -> None:
        async with self.database.transaction() as tx:
            turn = await tx.turns.withdraw(turn_id, self.database.owner)
            if turn is None:
                return  # it has begun
            view = await view_of(tx, turn, attempt=turn.attempt, choice=turn.choice)
        await self._engine.withdrawn(view)

    def live(self, turn: TurnId) -> LiveTurn | None:
        return self._engine.live.get(turn)

    async def view(self, turn_id: TurnId) -> TurnView:
        """As it is being answered, or as it was kept."""
        if live := self._engine.live.get(turn_id):
            return live.snapshot()
        async with self.database.transaction() as tx:
            turn = await tx.turns.get(turn_id)
            return await view_of(tx, turn, attempt=turn.attempt, choice=turn.choice)

    # Where the answer stands in Discord

    async def unshown(self) -> tuple[TurnView, ...]:
        """Turns whose end nobody has seen yet, those of a killed process among them."""
        async with self.database.transaction() as tx:
            for turn in await tx.turns.interrupt_orphans(self.database.owner):
                log.warning("turn_interrupted", turn=turn.id)
            turns = await tx.turns.unshown(self.database.owner, UNSHOWN_AT_ONCE)
            return tuple(
                [
                    await view_of(tx, turn, attempt=turn.attempt, choice=turn.choice)
                    for turn in turns
                    if turn.id not in self._engine.live
                ]
            )

    async def question_deleted(self, source: SourceId) -> Turn | None:
        """Its author deleted the question in Discord: it leaves the history, and its answer too.

        Returns the turn, whose messages are the caller's to remove; None where it was no question.
        """
        async with self.database.transaction() as tx:
            turn = await tx.turns.by_source(source)
        if turn is None:
            return None
        if live := self._engine.live.get(turn.id):
            live.stopping.set()
            await live.ended.wait()
        async with self.database.transaction() as tx:
            return await tx.turns.erase_question(source, self.database.owner)

    async def _check_inputs(self, tx: Transaction, turn: Turn) -> None:
        """Retry needs the attachments; what was never fetched or is not kept has to come again."""
        if not turn.attachments:
            return
        question = await tx.messages.question(turn.id)
        kept = [part for part in question.parts if not isinstance(part, TextPart)]
        gone = [
            part.name
            for part in kept
            if isinstance(part, ImagePart | SoundPart | DocumentPart)
            # Words do without the file: what was heard is needed no more, and a text will do.
            and not (getattr(part, "transcript", None) is not None or getattr(part, "text", ""))
            and not await tx.blobs.get(part.sha256)
        ]
        if len(kept) < len(turn.attachments):
            gone = list(turn.attachments)
        if gone:
            raise InputsGoneError(tuple(gone))
