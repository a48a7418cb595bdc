"""When the next edit may go: as often as Discord allows, and never once more.

One lane per interaction token or channel: its answers are sent one after the other, so what Discord
says about its buckets is never out of date. A slot of each window is kept for the last edit of an
answer, the others are spread evenly over what is left of the window: of all ways to spend N edits
this shows each word soonest on average. Requests by the bot's token also pass a gate that all of
them share. Whoever waits holds nothing: the text to send is asked for when its turn has come.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from enum import IntEnum

from bot.domain.clock import Clock
from cogs._outcomes import Bucket, Limited, Outcome, Shown

PER_SECOND = 45  # of the 50 that Discord allows a bot; the rest is for discord.py's own calls
_SPARE = 20  # of these, what may go to decoration such as "is typing"
_WINDOW_S = 1.05  # Discord's second, and what the way there may differ from one to the next
_UNKNOWN_GAP_S = 1.0  # between edits while Discord has not described the bucket
_PENALTY_FIRST_S = 0.5
_PENALTY_MOST_S = 8.0
_PENALTY_HALF_LIFE_S = 30.0
_LANES_KEPT = 1000
_TICK_S = 0.001  # shorter sleeps could be lost in rounding, and be slept for ever


class Urgency(IntEnum):
    LAST = 0
    FIRST = 1
    INTERIM = 2


@dataclass(slots=True)
class Ticket:
    """One answer's place in the queues; of equals, the one shown the longest ago goes first."""

    urgency: Urgency = Urgency.FIRST
    shown_at: float = 0.0
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def hurry(self, urgency: Urgency) -> None:
        if urgency != self.urgency:
            self.urgency = urgency
            self.wake.set()

    @property
    def order(self) -> tuple[int, float]:
        return self.urgency, self.shown_at


@dataclass(slots=True)
class Pace:
    """One bucket, as Discord last described it."""

    name: str = ""
    limit: int = 1
    remaining: int = 1
    reset_at: float = 0.0
    sent_at: float = 0.0

    def learn(self, bucket: Bucket, now: float) -> None:
        self.name, self.limit = bucket.name, bucket.limit
        self.remaining, self.reset_at = bucket.remaining, now + bucket.reset_after

    def spend(self, now: float) -> None:
        if now >= self.reset_at:
            self.remaining, self.reset_at = self.limit, now + _UNKNOWN_GAP_S
        self.remaining, self.sent_at = max(0, self.remaining - 1), now

    def ready_at(self, urgency: Urgency, now: float) -> float:
        """A moment that does not move with `now`; a past one means at once."""
        if now >= self.reset_at:
            return self.sent_at
        reserve = 0 if urgency is Urgency.LAST else 1
        # A bucket of one has nothing to keep back.
        usable = self.remaining - (reserve if self.limit > 1 else 0)
        if usable <= 0:
            return self.reset_at
        if urgency is not Urgency.INTERIM:
            return self.sent_at
        return self.sent_at + (self.reset_at - self.sent_at) / (usable + 1)


class Penalty:
    """Seconds added between edits after a 429 that could not be foreseen; halves every 30 s."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._at = 0.0

    def add(self, now: float) -> None:
        self._seconds = min(max(2 * self.at(now), _PENALTY_FIRST_S), _PENALTY_MOST_S)
        self._at = now

    def at(self, now: float) -> float:
        return self._seconds * 0.5 ** ((now - self._at) / _PENALTY_HALF_LIFE_S)


class _Line:
    """Tickets in order of urgency, then of staleness; one passes at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[tuple[Ticket, Callable[[float], float]]] = []
        self._held = False

    @property
    def idle(self) -> bool:
        return not self._waiting and not self._held

    async def wait(self, ticket: Ticket, ready_at: Callable[[float], float]) -> None:
        place = (ticket, ready_at)
        self._waiting.append(place)
        try:
            while True:
                ticket.wake.clear()
                if self._held or self._first() is not ticket:
                    self._nudge()
                    await ticket.wake.wait()
                    continue
                now = self._clock.monotonic()
                if (delay := ready_at(now) - now) <= 0:
                    self._held = True
                    return
                await pause(self._clock, max(delay, _TICK_S), unless=ticket.wake)
        finally:
            self._waiting.remove(place)
            self._nudge()

    def let_go(self) -> None:
        self._held = False
        self._nudge()

    def _first(self) -> Ticket:
        return min((ticket for ticket, _ in self._waiting), key=lambda ticket: ticket.order)

    def _nudge(self) -> None:
        if self._waiting and not self._held:
            self._first().wake.set()


async def pause(clock: Clock, seconds: float, unless: asyncio.Event) -> None:
    """Until `unless` is set, as it is at the latest when `seconds` have passed."""
    rest = asyncio.ensure_future(clock.sleep(seconds))
    rest.add_done_callback(lambda rest: None if rest.cancelled() else unless.set())
    try:
        await unless.wait()
    finally:
        rest.cancel()


class _Lane:
    """One interaction or channel: its buckets by kind of request ("PATCH", "POST", "DELETE")."""

    def __init__(self, clock: Clock, penalty: Penalty) -> None:
        self.line = _Line(clock)
        self.paces: dict[str, Pace] = {}
        self.blocked_until = 0.0
        self.penalty = penalty

    def ready_at(self, kind: str, ticket: Ticket, now: float) -> float:
        known = self.paces.get(kind)
        # Of a kind that was not tried yet we know only that it may share a bucket with the others.
        paces = [known] if known is not None else [*self.paces.values()]
        ready = max((pace.ready_at(ticket.urgency, now) for pace in paces), default=0.0)
        if ticket.urgency is Urgency.INTERIM:
            ready += self.penalty.at(now)
        return max(ready, self.blocked_until)

    def sent(self, kind: str, now: float) -> None:
        pace = self.paces.setdefault(kind, Pace())
        pace.spend(now)
        for other in self.paces.values():
            # Same name, perhaps counted together, perhaps apart: Discord does not say, so both.
            if other is not pace and (not pace.name or other.name == pace.name):
                other.remaining = max(0, other.remaining - 1)


class Pump:
    """Sends for everybody; see the module's words.

    Lanes are keys such as ("token", turn) or ("channel", id).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lanes: dict[Hashable, _Lane] = {}
        self._penalties: dict[Hashable, Penalty] = {}
        self._gate = _Line(clock)
        self._gate_open_at = 0.0
        self._passed: deque[float] = deque(maxlen=PER_SECOND)
        self.limited = 0

    async def send(
        self,
        lane_key: Hashable,
        kind: str,
        ticket: Ticket,
        request: Callable[[], Awaitable[Outcome]],
        *,
        place: Hashable,
        by_bot: bool,
    ) -> Outcome:
        """Wait for this ticket's turn, make the request, and learn from its answer.

        kind    HTTP method: each is counted apart
        place   guild or channel that shares Discord's unwritten limits
        by_bot  counts for the bot's 50 per second; requests by interaction tokens do not
        """
        lane = self._lane(lane_key, place)
        await lane.line.wait(ticket, lambda now: lane.ready_at(kind, ticket, now))
        try:
            if by_bot:
                await self._gate.wait(ticket, lambda _: self._gate_ready_at())
                self._passed.append(self._clock.monotonic())
                self._gate.let_go()
            ticket.shown_at = self._clock.monotonic()
            lane.sent(kind, ticket.shown_at)
            outcome = await request()
            self._learn(lane, kind, outcome, place, by_bot=by_bot)
            return outcome
        finally:
            lane.line.let_go()

    def spare(self) -> bool:
        """Whether a request by the bot's token that nobody would miss may go now; it is counted."""
        now = self._clock.monotonic()
        recent = sum(at > now - _WINDOW_S for at in self._passed)
        if now < self._gate_open_at or recent >= _SPARE or not self._gate.idle:
            return False
        self._passed.append(now)
        return True

    def forget(self, lane_key: Hashable) -> None:
        """An interaction's token has ended, or its answer has."""
        lane = self._lanes.get(lane_key)
        if lane is not None and lane.line.idle:
            del self._lanes[lane_key]

    def _gate_ready_at(self) -> float:
        full = len(self._passed) == PER_SECOND
        return max(self._gate_open_at, self._passed[0] + _WINDOW_S if full else 0.0)

    def _learn(
        self, lane: _Lane, kind: str, outcome: Outcome, place: Hashable, *, by_bot: bool
    ) -> None:
        now = self._clock.monotonic()
        if isinstance(outcome, Limited):
            self.limited += 1
            lane.blocked_until = max(lane.blocked_until, now + outcome.retry_after)
            self._penalties.setdefault(place, Penalty()).add(now)
            if outcome.everywhere or (by_bot and outcome.scope is None):
                self._gate_open_at = max(self._gate_open_at, now + outcome.retry_after)
        elif isinstance(outcome, Shown) and outcome.bucket is not None:
            lane.paces[kind].learn(outcome.bucket, now)

    def _lane(self, key: Hashable, place: Hashable) -> _Lane:
        lane = self._lanes.get(key)
        if lane is None:
            if len(self._lanes) >= _LANES_KEPT:
                self._prune()
            penalty = self._penalties.setdefault(place, Penalty())
            lane = self._lanes[key] = _Lane(self._clock, penalty)
        return lane

    def _prune(self) -> None:
        now = self._clock.monotonic()
        self._lanes = {
            key: lane
            for key, lane in self._lanes.items()
            if not lane.line.idle
            or lane.blocked_until > now
            or any(pace.reset_at > now for pace in lane.paces.values())
        }
        used = {id(lane.penalty) for lane in self._lanes.values()}
        self._penalties = {
            place: penalty for place, penalty in self._penalties.items() if id(penalty) in used
        }
