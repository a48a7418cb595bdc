"""What is given to storage and taken from it, beyond the records of bot.domain.conversations."""

from dataclasses import dataclass, field
from typing import NewType

from bot.domain.chat import FilePart, ImagePart, SoundPart, TokenLogprob, Usage
from bot.domain.conversations import Notice, TurnState

OwnerId = NewType("OwnerId", int)
"""One run of the bot: random, never used again, so that a restarted process is somebody else."""


LOGPROBS_KEPT = 2_000
"""Tokens of one attempt: with twenty alternatives each that is a megabyte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt ended, written in one transaction.

    state           one of those that an attempt can end in: DONE, STOPPED, FAILED, INTERRUPTED
    texts           the answers by choice, empty where there was none; what was cut is kept as far
                    as it came, and only DONE and STOPPED make it part of the history
    choice          the one that is remembered
    files           pictures or sound, kept as blobs already, and texts; all of the first choice
    reasoning       the thinking by choice; empty for most models
    logprobs        by choice, the first LOGPROBS_KEPT of all together; empty where none were asked
    finish_reasons  by choice
    error           what was raised, in words of the service's own
    """

    state: TurnState
    model: str
    texts: tuple[str, ...] = field(default=(), repr=False)
    choice: int = 0
    files: tuple[ImagePart | SoundPart | FilePart, ...] = ()
    reasoning: tuple[str, ...] = field(default=(), repr=False)
    logprobs: tuple[tuple[TokenLogprob, ...], ...] = field(default=(), repr=False)
    finish_reasons: tuple[str | None, ...] = ()
    usage: Usage | None = None
    request_id: str | None = None
    error: str | None = None
    notices: tuple[Notice, ...] = ()
