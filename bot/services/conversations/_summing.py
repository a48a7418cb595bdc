"""Summing up what a window does not hold any more, so that the model still knows of it."""

from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import cast

import structlog

from bot.ai.tokens import request_tokens, text_tokens
from bot.domain.calls import Estimate, Exchange, Json, Operation
from bot.domain.chat import ChatModel, ChatRequest, Delta, Finished, Usage
from bot.domain.conversations import HistorySummed
from bot.domain.errors import BadAnswerError, BotError, Damage
from bot.domain.ids import ConversationId
from bot.services.calls import Calls
from bot.services.conversations._live import LiveAnswer
from bot.services.conversations._window import Outgrown, WindowBuilder
from storage.database import Database

log = structlog.stdlib.get_logger(__name__)

LONGEST = 8_000  # characters of a summary; 400 words are asked for
ANSWER = 2_000
"""Tokens that are paid for in advance: LONGEST in English."""

REST = 8
"""Questions of a conversation before it is tried again after it failed, which costs as well."""

MAX_RESTING = 1_000

NOT_KEPT = "[the summary was not kept]"


@dataclass(slots=True)
class Summing:
    """No answer is ever lost to it: where it fails, the window is shortened."""

    database: Database
    model: ChatModel
    windows: WindowBuilder
    calls: Calls
    _resting: dict[ConversationId, int] = field(default_factory=dict[ConversationId, int])

    async def sum_up(self, live: LiveAnswer, name: str, *, budget: int) -> bool:
        """Whether the next window of `budget` tokens has a summary that this one did not have."""
        turn = live.turn
        if turn.seq < self._resting.get(turn.conversation, 0):
            return False
        try:
            outgrown = await self.windows.outgrown(turn, budget=budget)
            return outgrown is not None and await self._sum_up(live, name, outgrown)
        except BotError as error:
            if len(self._resting) >= MAX_RESTING:
                self._resting.clear()
            self._resting[turn.conversation] = turn.seq + REST
            log.warning("history_not_summed", turn=turn.id, error=type(error).__name__)
            return False

    async def _sum_up(self, live: LiveAnswer, name: str, outgrown: Outgrown) -> bool:
        prompt = request_tokens(outgrown.messages)
        call = await self.calls.reserve(
            live.caller, Operation.CHAT, name, Estimate(prompt=prompt, completion=ANSWER)
        )
        live.calls.append(call)
        for text, where in outgrown.kept.items():
            call.kept.add(
                text,
                where.turn,
                attempt=where.attempt,
                choice=where.choice,
                before=where.before,
            )
        if outgrown.before is not None:
            call.kept.add_summary(outgrown.before.text, outgrown.before.id)
        request = ChatRequest(
            model=name,
            messages=outgrown.messages,
            stream=live.turn.answering.stream,
            person=call.person,
        )

        def record(exchange: Exchange) -> None:
            call.record(replace(exchange, response=_bare(exchange.response)))

        text = ""
        reasons: set[str] = set()
        try:
            async with aclosing(self.model.answer(request, record=record)) as events:
                async for event in events:
                    if isinstance(event, Delta):
                        text += event.text
                    elif isinstance(event, Finished):
                        reasons.update(event.finish_reasons.values())
                    if len(text) > LONGEST:
                        raise BadAnswerError(damage=Damage.ENDLESS)
        finally:
            call.likely = Usage(prompt=prompt, completion=text_tokens(text))
        if not text.strip() or "content_filter" in reasons:
            raise BadAnswerError(damage=Damage.EMPTY)
        async with self.database.transaction() as tx:
            summary = await tx.summaries.put(
                live.turn.conversation,
                text,
                of=outgrown.of,
                upto_seq=outgrown.upto_seq,
                whole=outgrown.whole,
                before=outgrown.before,
            )
        if summary is None:  # something of it was erased meanwhile
            return False
        call.kept.add_summary(NOT_KEPT, summary.id)
        live.notice(HistorySummed(exchanges=summary.exchanges, whole=summary.whole))
        return True


def _bare(response: Json) -> Json:
    """An answer without a word of the model: the summary is kept in one place, and erased there.

    What it thought aloud, and what a server says of the request it refuses, would be copies, too.
    """
    if not isinstance(response, dict):
        return None
    fields = cast("dict[str, Json]", response)
    facts = {name: fields[name] for name in ("id", "model", "usage") if name in fields}
    said = {"role": "assistant", "content": NOT_KEPT}
    return {**facts, "choices": [{"index": 0, "message": said}]}
