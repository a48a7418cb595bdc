"""A session: what one IDENTIFY started, its events by number, and the connection it is on."""

import secrets
from collections import deque
from typing import TYPE_CHECKING

from sandbox.discord.model import Application, Json

if TYPE_CHECKING:
    from sandbox.discord.gateway.connection import Connection

_REPLAYABLE = 5_000  # events kept for RESUME


class Session:
    """Outlives its connection for a few minutes, so that RESUME can bring what was missed.

    left_at  when the connection was lost, on the clock's monotonic scale; None while connected
    """

    def __init__(self, application: Application, *, intents: int, shard: tuple[int, int]) -> None:
        self.id = secrets.token_hex(16)
        self.application = application
        self.intents = intents
        self.shard = shard
        self.sequence = 0
        self.connection: Connection | None = None
        self.left_at: float | None = None
        self._events: deque[Json] = deque(maxlen=_REPLAYABLE)

    def send(self, event: str, payload: Json) -> Json:
        """Number the event, keep it, and send it where there is a connection."""
        self.sequence += 1
        frame: Json = {"op": 0, "t": event, "s": self.sequence, "d": payload}
        self._events.append(frame)
        if self.connection is not None:
            self.connection.send(frame)
        return frame

    def missed_after(self, sequence: int) -> list[Json] | None:
        """The events after that number; None when some are no longer kept."""
        if sequence == self.sequence:
            return []
        missed = [frame for frame in self._events if frame["s"] > sequence]
        complete = bool(missed) and missed[0]["s"] == sequence + 1
        return missed if complete else None

    def last_event(self) -> Json | None:
        return self._events[-1] if self._events else None
