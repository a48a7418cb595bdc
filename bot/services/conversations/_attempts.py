"""One attempt at an answer: made by who makes answers of its kind, to its end or till Stop."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.domain.calls import Operation
from bot.domain.conversations import Message, TurnState
from bot.domain.errors import BotError
from bot.services.conversations._live import LiveAnswer


@dataclass(frozen=True, slots=True)
class Ended:
    state: TurnState
    error: BotError | None = None


class Maker(Protocol):
    """Makes answers of one operation. Knows nothing of queues and of what is kept afterwards."""

    async def make(self, live: LiveAnswer, question: Message) -> None:
        """Answer `question` into `live`, with every call that costs in `live.calls`.

        Cancelled when somebody presses Stop, so only the API's stream may be waited for without a
        shield; the database shields itself.

        Raises:
            BotError: why there is no answer, or no more of it.
        """
        ...


@dataclass(slots=True)
class Attempts:
    makers: Mapping[Operation, Maker]

    async def make(self, live: LiveAnswer, question: Message) -> Ended:
        """Answer `question` into `live` and say how it ended; raises only mistakes of ours."""
        maker = self.makers[live.turn.answering.operation]
        answering = asyncio.ensure_future(maker.make(live, question))
        stopping = asyncio.ensure_future(live.stopping.wait())
        try:
            await asyncio.wait((answering, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            # Only the API's stream is in there; the database shields itself from this.
            answering.cancel()
            await asyncio.gather(answering, stopping, return_exceptions=True)
        if answering.cancelled():
            return Ended(TurnState.INTERRUPTED if live.interrupted else TurnState.STOPPED)
        error = answering.exception()
        if error is None:
            return Ended(TurnState.DONE)
        if isinstance(error, BotError):
            return Ended(TurnState.FAILED, error)
        raise error
