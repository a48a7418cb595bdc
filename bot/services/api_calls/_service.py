"""Looking into the API log."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.calls import Exchange, LoggedCall, LoggedId
from bot.domain.errors import CallNotKeptError, TurnNotFoundError
from bot.domain.ids import MessageId, SourceId, TurnId
from bot.services.api_calls._bodies import Reader
from bot.services.api_calls._rules import Viewer, check_turn, check_turnless, sees_all, visible
from storage.database import Database


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
            await check_turn(tx, turn, viewer)
            calls = await tx.api_log.of_turn(turn_id)
            if not calls:
                raise CallNotKeptError
            if number is None:
                of_attempt = [each for each in calls if each.attempt == turn.attempt]
                call = (of_attempt or calls)[-1]
            else:
                call = calls[min(max(number, 1), len(calls)) - 1]
            return await _shown(calls, call, Reader(tx, turn, everything=sees_all(turn, viewer)))

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
                await check_turn(tx, turn, viewer)
                calls = await tx.api_log.of_turn(turn.id)
                reader = Reader(tx, turn, everything=sees_all(turn, viewer))
            else:
                check_turnless(found, viewer, under)
                calls = await visible(tx, found.asked, viewer) or (found,)
                everything = viewer.operator or found.payer == viewer.user
                reader = Reader(tx, None, everything=everything)
            return await _shown(calls, found, reader)

    async def of_answer(self, asked: SourceId, viewer: Viewer) -> ShownCall:
        """The last call that was made for an answer without a turn.

        Raises:
            CallNotKeptError: there is none that this person may see.
        """
        async with self._database.transaction() as tx:
            calls = await visible(tx, asked, viewer)
            if not calls:
                raise CallNotKeptError
            everything = viewer.operator or calls[-1].payer == viewer.user
            return await _shown(calls, calls[-1], Reader(tx, None, everything=everything))


async def _shown(calls: Sequence[LoggedCall], call: LoggedCall, reader: Reader) -> ShownCall:
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
