"""What `Show API call` shows, and to whom."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from bot.domain.calls import Exchange, Json, LoggedCall, LoggedId
from bot.domain.conversations import Message, Turn, TurnState
from bot.domain.errors import CallNotKeptError, NotYoursError, TurnNotFoundError
from bot.domain.ids import ChannelId, MessageId, SummaryId, TurnId, UserId
from bot.services.calls._kept import together
from bot.services.conversations._words import as_text, whole
from storage.database import Database, Transaction

ERASED = "[erased]"
NOT_FOR_YOU = "[not shown: earlier history and system prompts are for the asker and operators]"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCall:
    """One exchange as somebody may see it. `number` of `of`, counted from 1, within its turn."""

    id: LoggedId
    turn: TurnId
    number: int
    of: int
    exchange: Exchange


class ApiCalls:
    """Looks into the API log for people.

    operators  see everything, as the asker does
    base_url   where the API is, for requests that are copied out
    """

    def __init__(self, database: Database, *, base_url: str) -> None:
        self._database = database
        self.base_url = base_url

    async def of_message(self, message: MessageId) -> TurnId:
        """The turn whose answer a Discord message shows.

        Raises:
            TurnNotFoundError: it shows none.
        """
        async with self._database.transaction() as tx:
            turn = await tx.turns.by_message(message)
        if turn is None:
            raise TurnNotFoundError
        return turn.id

    async def show(
        self,
        turn_id: TurnId,
        number: int | None,
        by: UserId,
        *,
        operator: bool,
        channel: ChannelId,
        message: MessageId | None = None,
    ) -> ShownCall:
        """One call of a turn; the last of the attempt that is shown where no number is given.

        channel  where it is looked at; only the asker and operators see it elsewhere than there
        message  the button's, which has to be one of the answer's own

        Raises:
            TurnNotFoundError: the button is not on that turn's message, or it is of elsewhere.
            NotYoursError: the answer is private, and somebody else's.
            CallNotKeptError: nothing was logged, or its time is over.
        """
        async with self._database.transaction() as tx:
            turn = await tx.turns.get(turn_id)
            if message is not None:
                posts = await tx.posts.of(turn_id)
                if all(post.message != message for post in posts):
                    raise TurnNotFoundError
            return await self._shown(tx, turn, number, by, operator=operator, channel=channel)

    async def one(
        self, logged: LoggedId, by: UserId, *, operator: bool, channel: ChannelId
    ) -> ShownCall:
        """The same by the log's own key."""
        async with self._database.transaction() as tx:
            found = await tx.api_log.get(logged)
            if found is None or found.turn is None:
                raise CallNotKeptError
            turn = await tx.turns.get(found.turn)
            calls = await tx.api_log.of_turn(turn.id)
            number = next(n for n, each in enumerate(calls, start=1) if each.id == logged)
            return await self._shown(tx, turn, number, by, operator=operator, channel=channel)

    async def _shown(
        self,
        tx: Transaction,
        turn: Turn,
        number: int | None,
        by: UserId,
        *,
        operator: bool,
        channel: ChannelId,
    ) -> ShownCall:
        if turn.private and by != turn.asker:
            raise NotYoursError
        if not operator and by != turn.asker and turn.channel != channel:
            # Keys can be forged under private messages: of a server that they are not on, say.
            posts = await tx.posts.of(turn.id)
            if all(post.channel != channel for post in posts):
                raise TurnNotFoundError
        calls = await tx.api_log.of_turn(turn.id)
        if not calls:
            raise CallNotKeptError
        if number is None:
            number = max(
                (n for n, each in enumerate(calls, start=1) if each.attempt == turn.attempt),
                default=len(calls),
            )
        call = calls[min(max(number, 1), len(calls)) - 1]
        reader = _Reader(tx, turn, everything=operator or by == turn.asker)
        request = await reader.read(call.exchange.request)
        response = await reader.read(call.exchange.response)
        return ShownCall(
            id=call.id,
            turn=turn.id,
            number=_position(calls, call),
            of=len(calls),
            exchange=replace(call.exchange, request=request, response=response),
        )


class _Reader:
    """Puts a body together with the texts it refers to; each message is read once."""

    def __init__(self, tx: Transaction, turn: Turn, *, everything: bool) -> None:
        self._tx = tx
        self._turn = turn
        self._everything = everything
        self._read: dict[tuple[int, int], Sequence[Message]] = {}
        self._gone: dict[int, bool] = {}

    async def read(self, body: Json) -> Json:
        return await together(body, self._text, self._system, self._summary)

    async def _text(self, where: tuple[int, ...]) -> str:
        turn, attempt, choice, *part = where
        if turn != self._turn.id and not self._everything:
            return NOT_FOR_YOU
        if await self._erased(TurnId(turn)):
            return ERASED
        messages = self._read.get((turn, attempt))
        if messages is None:
            messages = await self._tx.messages.answers(TurnId(turn), attempt)
            self._read[turn, attempt] = messages
        if not 0 <= choice < len(messages):
            return ERASED
        parts = messages[choice].parts
        if part:
            return as_text(parts[part[0]]) if part[0] < len(parts) else ERASED
        return whole(parts)

    def _system(self, text: str) -> str:
        return text if self._everything else NOT_FOR_YOU

    async def _summary(self, summary: int) -> str:
        if not self._everything:
            return NOT_FOR_YOU
        return await self._tx.summaries.text(SummaryId(summary)) or ERASED

    async def _erased(self, turn: TurnId) -> bool:
        if turn not in self._gone:
            self._gone[turn] = (await self._tx.turns.get(turn)).state is TurnState.ERASED
        return self._gone[turn]


def _position(calls: Sequence[LoggedCall], call: LoggedCall) -> int:
    return next(n for n, each in enumerate(calls, start=1) if each.id == call.id)


def is_multipart(request: Json) -> bool:
    """Whether a logged request was a form with files."""
    return isinstance(request, dict) and any(
        isinstance(value, dict) and "filename" in cast("dict[str, Json]", value)
        for field in cast("dict[str, Json]", request).values()
        for value in (cast("list[Json]", field) if isinstance(field, list) else [field])
    )
