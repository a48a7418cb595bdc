"""When a call that costs is tried again: only where the server has answered nothing yet."""

from dataclasses import dataclass

from bot.domain.errors import RateLimitedError, ServerFaultError, UnreachableError, UpstreamError


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Never used after the first event, and never for refusals, quota or a missing route (501).

    more          tries after the first
    longest_wait  seconds; a 429 that asks for more is told to the person instead
    first_pause   seconds, doubled with every try, for lost connections and 5xx
    """

    more: int = 2
    longest_wait: float = 20.0
    first_pause: float = 0.5
    untouched: bool = False

    def pause(self, error: UpstreamError, *, tried_again: int) -> float | None:
        """Seconds to wait before the next try; None: do not try again."""
        if tried_again >= self.more:
            return None
        match error:
            case RateLimitedError(retry_after=float() | int() as seconds):
                return float(seconds) if seconds <= self.longest_wait else None
            case ServerFaultError() if self.untouched:
                return None
            case UnreachableError() if self.untouched and error.connected:
                return None
            case ServerFaultError() | UnreachableError():
                return self.first_pause * 2**tried_again
            case _:
                return None


NO_RETRIES = RetryPolicy(more=0)
ONLY_UNTOUCHED = RetryPolicy(untouched=True)
