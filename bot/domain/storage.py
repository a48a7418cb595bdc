"""What is given to storage and taken from it, beyond the records of bot.domain.conversations."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

from bot.domain.chat import Usage
from bot.domain.conversations import Author, Message, Notice, TurnState
from bot.domain.ids import ConversationId, TurnId

OwnerId = NewType("OwnerId", int)
"""One run of the bot: random, never used again, so that a restarted process is somebody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt ended, written in one transaction.

    state           one of the ended ones that an attempt can have: DONE, STOPPED, FAILED, INTERRUPTED
    texts           the answers by choice, empty where there was none; what was cut is kept as far
                    as it came, and only DONE and STOPPED make it part of the history
    reasoning       the thinking by choice; empty for most models
    finish_reasons  by choice
    error           the name of the error class, where one was raised
    """

    state: TurnState
    model: str
    texts: tuple[str, ...] = field(default=(), repr=False)
    reasoning: tuple[str, ...] = field(default=(), repr=False)
    finish_reasons: tuple[str | None, ...] = ()
    usage: Usage | None = None
    request_id: str | None = None
    error: str | None = None
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question and the answer that was chosen for it: one step of the remembered history."""

    turn: TurnId
    seq: int
    asker: Author
    question: Message
    answer: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSummary:
    """One line of a list of conversations.

    last_at  when something was last asked; when it was begun, where nothing was
    turns    how many are remembered
    first    the first remembered question, in one line of at most 100 characters
    """

    id: ConversationId
    created_at: datetime
    last_at: datetime
    turns: int
    first: str = field(repr=False)
    system_prompt_set: bool
    current: bool
