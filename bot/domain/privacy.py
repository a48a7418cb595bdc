"""What is stored about a person, and what became of it when they had it erased."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain.ids import TurnId


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """How much there is.

    questions       that they asked, with `answers` of all their attempts
    pictures        pictures and sound files that belong to these
    prompts         system prompts of conversations that they wrote
    settings        values that they set for servers and parts of them
    audited         changes of the whole account that they made as an operator
    since           when the oldest question was asked
    """

    questions: int = 0
    answers: int = 0
    conversations: int = 0
    pictures: int = 0
    prompts: int = 0
    preferences: int = 0
    settings: int = 0
    calls: int = 0
    logged: int = 0
    audited: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What is gone.

    conversations  that nobody else spoke in: they are in no list any more
    calls          that stay in the ledger as sums, without the person
    shown          turns whose answers still stand in Discord, newest first
    """

    questions: int
    conversations: int
    pictures: int
    calls: int
    shown: tuple[TurnId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of what is stored, by the name of its kind."""

    kind: str
    values: Mapping[str, Any] = field(repr=False)
