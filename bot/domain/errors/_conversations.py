"""Refused because of what a conversation is, or is not any more."""

from dataclasses import dataclass

from bot.domain.errors._base import RefusedError


class NothingHereError(RefusedError):
    """A message without what its menu works with: sound, or words to translate."""


class TurnRunningError(RefusedError):
    """The turn is being answered right now."""


class NothingToUndoError(RefusedError):
    """The conversation is empty."""


class NotYoursError(RefusedError):
    """Somebody else's; Manage Messages would allow it."""


class NoThreadsHereError(RefusedError):
    """Threads are opened in the text channels of servers only."""


class ConversationNotFoundError(RefusedError):
    """No such conversation in this place."""


class TurnNotFoundError(RefusedError):
    """The turn behind a button was erased, or belongs to another message."""


@dataclass
class WindowTooSmallError(RefusedError):
    """The question alone does not fit the model's context window of `limit` tokens."""

    limit: int | None


class CallNotKeptError(RefusedError):
    """No call of this answer is in the API log: it is switched off here, or its time is over."""
