"""What all that goes wrong on purpose descends from."""

from bot.domain.ids import TurnId


class BotError(Exception):
    """Base of every error this project raises."""


class RefusedError(BotError):
    """The request can't be served as it stands."""


class LeaseLostError(BotError):
    """Another process owns the turn now: whatever this one would write is refused."""

    def __init__(self, turn: TurnId) -> None:
        super().__init__(turn)
        self.turn = turn


class UnplannedError(BotError):
    """A mistake of ours; the log has its traceback."""
