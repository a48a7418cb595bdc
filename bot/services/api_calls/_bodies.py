"""Logged bodies as they are read by people: put together, without what is gone or not for them."""

from typing import TYPE_CHECKING, cast

from bot.domain.calls import Json
from bot.domain.conversations import Message, Turn, TurnState
from bot.domain.ids import SummaryId, TurnId
from bot.services.calls._kept import together
from bot.services.conversations._words import as_text, whole
from storage.database import Transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

ERASED = "[erased]"
NOT_FOR_YOU = "[not shown: earlier history and system prompts are for the asker and operators]"
NOT_PUT_IN_BY_YOU = "[not shown: what was put in is for the asker and operators]"


class Reader:
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
