"""What `Show API call` shows, and to whom.

Calls of a turn follow the rules of its answer. Those of commands without a turn are in one group
for each answer, the pages that were turned and what was confirmed there among them; who may look is
written beside each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from bot.domain.calls import Audience, Exchange, Json, LoggedCall, LoggedId
from bot.domain.conversations import Message, Turn, TurnState
from bot.domain.errors import (
    CallNotKeptError,
    NotAllowedError,
    NotYoursError,
    Rule,
    TurnNotFoundError,
)
from bot.domain.ids import ChannelId, MessageId, SourceId, SummaryId, TurnId, UserId
from bot.services.calls._kept import together
from bot.services.conversations._words import as_text, whole
from storage.database import Database, Transaction

ERASED = "[erased]"
NOT_FOR_YOU = "[not shown: earlier history and system prompts are for the asker and operators]"
NOT_PUT_IN_BY_YOU = "[not shown: what was put in is for the asker and operators]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who wants to look, and where they are.

    channel  only the asker and operators see a call elsewhere than where it was answered
    """

    user: UserId
    operator: bool
    channel: ChannelId


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCall:
    """One exchange as somebody may see it.

    number, of     counted from 1, within its turn or answer
    before, after  its neighbours there
    """

    id: LoggedId
    number: int
    of: int
    before: LoggedId | None
    after: LoggedId | None
    exchange: Exchange


class ApiCalls:
    """Looks into the API log for people.

    operators  see everything, as the asker does
    base_url   where the API is, for requests that are copied out
    """

    def __init__(self, database: Database, *, base_url: str) -> None:
        self._database = database
        self.base_url = base_url

    async def of_message(self, message: MessageId) -> TurnId | None:
        """The turn whose answer a Discord message shows."""
        async with self._database.transaction() as tx:
            turn = await tx.turns.by_message(message)
        return None if turn is None else turn.id

    async def newest(self, asked: SourceId) -> LoggedId | None:
        """The last call that was made for that answer; None where none is kept."""
        async with self._database.transaction() as tx:
            return await tx.api_log.newest(asked)

    async def show(
        self,
        turn_id: TurnId,
        number: int | None,
        viewer: Viewer,
        *,
        message: MessageId | None = None,
    ) -> ShownCall:
        """One call of a turn; the last of the attempt that is shown where no number is given.

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
            await _check(tx, turn, viewer)
            calls = await tx.api_log.of_turn(turn_id)
            if not calls:
                raise CallNotKeptError
            if number is None:
                of_attempt = [each for each in calls if each.attempt == turn.attempt]
                call = (of_attempt or calls)[-1]
            else:
                call = calls[min(max(number, 1), len(calls)) - 1]
            return await _shown(calls, call, _Reader(tx, turn, everything=_all(turn, viewer)))

    async def one(
        self, logged: LoggedId, viewer: Viewer, *, under: SourceId | None = None
    ) -> ShownCall:
        """One call by the log's own key.

        under  whose answer the button stands under; None: under something that is private already

        Raises:
            NotAllowedError: it is for operators.
            TurnNotFoundError, NotYoursError, CallNotKeptError: see `show`.
        """
        async with self._database.transaction() as tx:
            found = await tx.api_log.get(logged)
            if found is None:
                raise CallNotKeptError
            if found.turn is not None:
                turn = await tx.turns.get(found.turn)
                await _check(tx, turn, viewer)
                calls = await tx.api_log.of_turn(turn.id)
                reader = _Reader(tx, turn, everything=_all(turn, viewer))
            else:
                _check_turnless(found, viewer, under)
                calls = await _visible(tx, found.asked, viewer) or (found,)
                everything = viewer.operator or found.payer == viewer.user
                reader = _Reader(tx, None, everything=everything)
            return await _shown(calls, found, reader)

    async def of_answer(self, asked: SourceId, viewer: Viewer) -> ShownCall:
        """The last call that was made for an answer without a turn.

        Raises:
            CallNotKeptError: there is none that this person may see.
        """
        async with self._database.transaction() as tx:
            calls = await _visible(tx, asked, viewer)
            if not calls:
                raise CallNotKeptError
            everything = viewer.operator or calls[-1].payer == viewer.user
            return await _shown(calls, calls[-1], _Reader(tx, None, everything=everything))


async def _check(tx: Transaction, turn: Turn, viewer: Viewer) -> None:
    if turn.private and viewer.user != turn.asker:
        raise NotYoursError
    if not _all(turn, viewer) and turn.channel != viewer.channel:
        # Keys can be forged under private messages: of a server that they are not on, say.
        posts = await tx.posts.of(turn.id)
        if all(post.channel != viewer.channel for post in posts):
            raise TurnNotFoundError


def _all(turn: Turn, viewer: Viewer) -> bool:
    return viewer.operator or viewer.user == turn.asker


async def _visible(
    tx: Transaction, asked: SourceId | None, viewer: Viewer
) -> tuple[LoggedCall, ...]:
    calls = () if asked is None else await tx.api_log.of_answer(asked)
    return tuple(each for each in calls if _refusal(each, viewer, asked) is None)


def _check_turnless(call: LoggedCall, viewer: Viewer, under: SourceId | None) -> None:
    refusal = _refusal(call, viewer, call.asked if under is None else under)
    if refusal is not None:
        raise refusal


def _refusal(call: LoggedCall, viewer: Viewer, under: SourceId | None) -> Exception | None:
    """Why this person may not see a call that belongs to no turn."""
    match call.audience:
        case Audience.OPERATORS:  # whoever made it may have ceased to be one
            return None if viewer.operator else NotAllowedError(Rule.OPERATORS_ONLY)
        case _ if call.payer == viewer.user:
            return None
        case Audience.CHANNEL if viewer.operator:
            return None
        case Audience.CHANNEL:
            # What failed was told to the asker alone.
            seen = call.channel == viewer.channel and call.exchange.error is None
            return None if seen and under == call.asked else TurnNotFoundError()
        case Audience.ASKER if call.payer is not None:
            return NotYoursError()
        case _:  # erased, or from before there was an audience
            return CallNotKeptError()


async def _shown(calls: Sequence[LoggedCall], call: LoggedCall, reader: "_Reader") -> ShownCall:
    at = next(n for n, each in enumerate(calls) if each.id == call.id)
    request = await reader.read(call.exchange.request)
    response = await reader.read(call.exchange.response)
    return ShownCall(
        id=call.id,
        number=at + 1,
        of=len(calls),
        before=calls[at - 1].id if at > 0 else None,
        after=calls[at + 1].id if at + 1 < len(calls) else None,
        exchange=replace(call.exchange, request=request, response=response),
    )


class _Reader:
    """Puts a body together with the texts it refers to; each message is read once."""

    def __init__(self, tx: Transaction, turn: Turn | None, *, everything: bool) -> None:
        self._tx = tx
        self._turn = turn
        self._everything = everything
        self._read: dict[tuple[int, int], Sequence[Message]] = {}
        self._gone: dict[int, bool] = {}

    async def read(self, body: Json) -> Json:
        return await together(body, self._text, self._system, self._summary)

    async def _text(self, where: tuple[int, ...]) -> str:
        turn, attempt, choice, *part = where
        if not self._everything and (self._turn is None or turn != self._turn.id):
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
        if self._everything:
            return text
        return NOT_FOR_YOU if self._turn is not None else NOT_PUT_IN_BY_YOU

    async def _summary(self, summary: int) -> str:
        if not self._everything:
            return NOT_FOR_YOU
        return await self._tx.summaries.text(SummaryId(summary)) or ERASED

    async def _erased(self, turn: TurnId) -> bool:
        if turn not in self._gone:
            self._gone[turn] = (await self._tx.turns.get(turn)).state is TurnState.ERASED
        return self._gone[turn]


def is_multipart(request: Json) -> bool:
    """Whether a logged request was a form with files."""
    return isinstance(request, dict) and any(
        isinstance(value, dict) and "filename" in cast("dict[str, Json]", value)
        for field in cast("dict[str, Json]", request).values()
        for value in (cast("list[Json]", field) if isinstance(field, list) else [field])
    )
