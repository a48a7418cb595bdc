"""How fast one person may ask: a bucket of questions for each, which fills up again with time."""

from threading import Lock

from bot.domain.clock import Clock
from bot.domain.errors import TooFastError
from bot.domain.ids import UserId

BURST = 30
EVERY_S = 6.0
"""Ten a minute is more than anybody reads; thirty at once leave room for a few busy minutes. What
is above is a script, and would use up what the account may ask for in everybody's name."""

_REMEMBERED = 10_000  # people; a full bucket needs no memory


class Pace:
    def __init__(self, clock: Clock, *, burst: int = BURST, every_s: float = EVERY_S) -> None:
        self._clock = clock
        self._burst = burst
        self._every_s = every_s
        self._full_at: dict[UserId, float] = {}
        self._lock = Lock()  # questions are accepted in the database's thread

    def take(self, person: UserId) -> None:
        """One question, a retry among them.

        Raises:
            TooFastError: there is none left now; when there will be.
        """
        now = self._clock.monotonic()
        with self._lock:
            full_at = max(self._full_at.get(person, now), now) + self._every_s
            wait = full_at - now - self._burst * self._every_s
            if wait > 0:
                raise TooFastError(wait)
            if len(self._full_at) >= _REMEMBERED:
                self._full_at = {who: at for who, at in self._full_at.items() if at > now}
            self._full_at[person] = full_at
