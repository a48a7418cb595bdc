"""What `/conversation` does: see, begin, take back, export, list, resume, and the system prompt."""

from bot.ai.tokens import text_tokens
from bot.domain.clock import Clock
from bot.domain.conversations import ConversationSummary, Exchange, Presser, Turn
from bot.domain.errors import (
    ConversationNotFoundError,
    NothingToUndoError,
    NotYoursError,
    TurnRunningError,
)
from bot.domain.ids import ConversationId, PlaceKey
from bot.services.conversations._export import ExportedFile, ExportForm, content, export
from bot.services.conversations._history import ConversationPage
from storage.database import Database


class PlaceCommands:
    """Everything that is about a place's conversations rather than about one turn."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    async def history(self, place: PlaceKey, *, before: int | None, limit: int) -> ConversationPage:
        async with self.database.transaction() as tx:
            conversation = await tx.conversations.open(place, self.clock.now())
            exchanges = await tx.messages.window(conversation, before_seq=before, limit=limit)
            summary = await tx.summaries.newest(conversation)
            return ConversationPage(
                conversation=conversation,
                exchanges=exchanges,
                total=await tx.messages.count(conversation),
                tokens=sum(map(_tokens, exchanges)),
                summed=summary.exchanges if summary else 0,
                system_prompt=await tx.conversations.system_prompt(conversation),
                before=exchanges[-1].seq if len(exchanges) == limit else None,
            )

    async def begin(self, place: PlaceKey, by: Presser) -> ConversationId | None:
        """Start afresh; the old conversation stays and can be resumed. None on a replay."""
        async with self.database.transaction() as tx:
            if not await tx.intake.add(by.source, "new", self.clock.now()):
                return None
            return await tx.conversations.begin(place, self.clock.now())

    async def undo(self, place: PlaceKey, by: Presser) -> Turn | None:
        """Take back the last exchange. None on a replay.

        Raises:
            NothingToUndoError: there is none.
            NotYoursError: it is somebody else's, and `by` may not manage messages.
            TurnRunningError: an answer is being made right now.
        """
        async with self.database.transaction() as tx:
            if not await tx.intake.add(by.source, "undo", self.clock.now()):
                return None
            conversation = await tx.conversations.open(place, self.clock.now())
            if await tx.turns.busy(conversation):
                raise TurnRunningError
            last = await tx.turns.newest_live(conversation)
            if last is None:
                raise NothingToUndoError
            check_mine(last, by)
            return await tx.turns.undo(conversation, None, self.database.owner)

    async def export(self, place: PlaceKey, form: ExportForm) -> ExportedFile:
        async with self.database.transaction() as tx:
            conversation = await tx.conversations.open(place, self.clock.now())
            system_prompt = await tx.conversations.system_prompt(conversation)
        # A long read of its own, so that answers go on being written meanwhile.
        async with self.database.reading() as tx:
            exchanges = [each async for each in tx.messages.export(conversation)]
        return export(
            exchanges,
            form,
            conversation=conversation,
            system_prompt=system_prompt,
            at=self.clock.now(),
        )

    async def listed(
        self, place: PlaceKey, *, limit: int, offset: int
    ) -> tuple[ConversationSummary, ...]:
        async with self.database.transaction() as tx:
            return await tx.conversations.listed(place, limit, offset)

    async def resume(self, place: PlaceKey, conversation: ConversationId, by: Presser) -> None:
        async with self.database.transaction() as tx:
            if not await tx.intake.add(by.source, "resume", self.clock.now()):
                return
            if not await tx.conversations.resume(place, conversation):
                raise ConversationNotFoundError

    async def fork(self, place: PlaceKey, to: PlaceKey) -> ConversationId:
        """Go on elsewhere with all that was said in `place` so far; there, nothing changes."""
        async with self.database.transaction() as tx:
            now = self.clock.now()
            return await tx.conversations.fork(await tx.conversations.open(place, now), to, now)

    async def system_prompt(self, place: PlaceKey) -> str | None:
        async with self.database.transaction() as tx:
            conversation = await tx.conversations.open(place, self.clock.now())
            return await tx.conversations.system_prompt(conversation)

    async def set_system_prompt(self, place: PlaceKey, prompt: str | None, by: Presser) -> None:
        async with self.database.transaction() as tx:
            if not await tx.intake.add(by.source, "system", self.clock.now()):
                return
            conversation = await tx.conversations.open(place, self.clock.now())
            await tx.conversations.set_system_prompt(conversation, prompt, by.user)


def check_mine(turn: Turn, by: Presser) -> None:
    """One's own, or anybody's for those who manage messages.

    Raises:
        NotYoursError
    """
    if by.user != turn.asker and not by.may_manage:
        raise NotYoursError


def _tokens(exchange: Exchange) -> int:
    return text_tokens(content(exchange.question)) + text_tokens(content(exchange.answer))
