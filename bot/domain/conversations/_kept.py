"""Turns, their messages and attempts, and lists of them, as they are kept."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self

from bot.domain.chat import Part, Role, TextPart, TokenLogprob, Usage
from bot.domain.conversations._notices import Notice
from bot.domain.conversations._questions import Answering, Author, Question
from bot.domain.ids import (
    ChannelId,
    ConversationId,
    GuildId,
    MessageId,
    PlaceKey,
    SourceId,
    SummaryId,
    TurnId,
    UserId,
)


class TurnState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"  # by the Stop button; the text so far is kept
    FAILED = "failed"  # the API, Discord's files or our limits; the error's code is kept
    INTERRUPTED = "interrupted"  # the process died or was stopped in mid-answer
    UNDONE = "undone"
    ERASED = "erased"

    @property
    def ended(self) -> bool:
        return self not in (TurnState.QUEUED, TurnState.RUNNING)

    @property
    def live(self) -> bool:
        """Part of the history that is sent along with the next question."""
        return self in (TurnState.DONE, TurnState.STOPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question and its attempts, as kept."""

    id: TurnId
    conversation: ConversationId
    seq: int
    source: SourceId
    place: PlaceKey
    guild: GuildId | None
    channel: ChannelId
    asker: UserId
    payer: UserId  # whoever asked for the newest attempt
    locale: str
    private: bool
    state: TurnState
    attempt: int  # the one running, or chosen to be shown and remembered; 1 is the first
    choice: int  # 0-based, which of the n answers is shown and remembered
    attempts: int
    answering: Answering
    attachments: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A kept role/content message."""

    role: Role
    parts: tuple[Part, ...]
    author: Author | None = None

    @classmethod
    def asked(cls, question: Question) -> Self:
        """As it is kept before its attachments are there."""
        parts = tuple(map(TextPart, (question.text, *question.more)))
        return cls(role="user", parts=parts, author=question.author)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at an answer, as kept. `error` is what failed, in the form the service wrote it."""

    n: int
    state: TurnState
    model: str
    finish_reasons: tuple[str | None, ...] = ()
    usage: Usage | None = None
    request_id: str | None = None
    error: str | None = None
    notices: tuple[Notice, ...] = ()
    reasoning: tuple[str, ...] = ()
    logprobs: tuple[tuple[TokenLogprob, ...], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Part `part` (0 is the first) of a shown answer is Discord message `message`."""

    part: int
    channel: ChannelId
    message: MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question and the answer that was chosen for the history."""

    turn: TurnId
    seq: int
    asker: UserId
    question: Message
    answer: Message
    attempt: int = 1  # of the answer
    choice: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The model's own words for what was said up to the turn `upto_seq`.

    exchanges  how many it stands for
    whole      nothing that was said before is missing
    """

    id: SummaryId
    upto_seq: int
    exchanges: int
    whole: bool
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSummary:
    """One line of a list of conversations.

    last_at  when something was last asked; when it was begun, where nothing was
    turns    how many are remembered
    title    the first remembered question, in one line of at most 100 characters
    """

    id: ConversationId
    created_at: datetime
    last_at: datetime
    turns: int
    title: str = field(repr=False)
    has_system_prompt: bool
    current: bool
