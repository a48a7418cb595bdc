"""Training sets out of what was said, of people who allowed it and of nobody else."""

from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from bot.ai.tokens import text_tokens
from bot.domain.clock import Clock
from bot.domain.conversations import Exchange
from bot.domain.ids import ChannelId, ConversationId, UserId
from bot.domain.operators import Acting, Change
from bot.domain.preferences import TRAINING, user_scope
from bot.services.conversations import content as content_of
from bot.services.operators import Operators
from bot.services.preferences import Preferences
from storage.database import Database

LONGEST = 16_000
"""Estimated tokens of one example; models that can be tuned take 16,385 or more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """left_out: exchanges of people who have not allowed it."""

    name: str
    data: bytes = field(repr=False)
    examples: int
    exchanges: int
    left_out: int


@dataclass(slots=True)
class _Examples:
    """Lines under way: one goes on as long as nothing is missing in between."""

    system: str | None
    lines: list[bytes] = field(default_factory=list[bytes])
    exchanges: int = 0
    _open: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _tokens: int = 0

    def add(self, exchange: Exchange) -> None:
        question, answer = content_of(exchange.question), content_of(exchange.answer)
        if not question.strip() or not answer.strip():
            self.close()
            return
        tokens = text_tokens(question) + text_tokens(answer)
        if self._tokens + tokens > LONGEST:
            self.close()
        self._open += [
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ]
        self._tokens += tokens
        self.exchanges += 1

    def close(self) -> None:
        if self._open:
            first = [{"role": "system", "content": self.system}] if self.system else []
            self.lines.append(orjson.dumps({"messages": [*first, *self._open]}) + b"\n")
        self._open = []
        self._tokens = 0


class Datasets:
    def __init__(
        self, database: Database, preferences: Preferences, operators: Operators, clock: Clock
    ) -> None:
        self._database = database
        self._preferences = preferences
        self._operators = operators
        self._clock = clock

    async def of_channel(
        self, who: Acting, channel: ChannelId, *, since: datetime | None, system: str | None
    ) -> Dataset:
        """One line for each stretch of a conversation whose askers all allowed it.

        Names are left out, and pictures are named only.
        """
        found = _Examples(system)
        left_out = 0
        last: ConversationId | None = None
        async with (
            self._operators.changing(who, Change.DATASET, f"{channel}") as target,
            self._database.reading() as tx,
            aclosing(tx.datasets.of_channel(channel, since)) as exchanges,
        ):
            async for conversation, exchange in exchanges:
                if conversation != last:
                    found.close()
                    last = conversation
                if self._allows(exchange.asker):
                    found.add(exchange)
                else:
                    left_out += 1
                    found.close()
            found.close()
            target.name = f"{channel}: {found.exchanges} exchanges"
        return Dataset(
            name=f"dataset-{channel}-{self._clock.now():%Y%m%d-%H%M%S}.jsonl",
            data=b"".join(found.lines),
            examples=len(found.lines),
            exchanges=found.exchanges,
            left_out=left_out,
        )

    def _allows(self, person: UserId) -> bool:
        return self._preferences.at(user_scope(person)).get(TRAINING.name) is True
