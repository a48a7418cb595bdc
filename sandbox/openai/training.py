"""A training that moves with the clock: a plan of moments that have happened when somebody looks.

Nothing runs in the background. `Training.look(now)` lets everything happen that is due, stamped
with the time it was due at; pausing pushes the rest of the plan back.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

ENDED = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Moment:
    """at: seconds of unpaused time since the training was created.

    status  holds from then on; checkpoint is the number of the step it was taken at
    """

    at: float
    message: str
    level: str = "info"
    status: str | None = None
    metrics: dict[str, float] | None = None
    checkpoint: int | None = None
    error: dict[str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    id: str
    created_at: int
    moment: Moment


@dataclass(slots=True)
class Training:
    """One job of either generation; `settings` is what the family shows besides.

    succeed is called once, with the Unix time of the success.
    """

    id: str
    model: str
    created_at: float
    plan: list[Moment]
    settings: dict[str, Any]
    succeed: Callable[["Training", int], None]
    status: str = "created"
    happened: list[Happened] = field(default_factory=list[Happened])
    fine_tuned_model: str | None = None
    result_files: list[str] = field(default_factory=list[str])
    trained_tokens: int | None = None
    finished_at: int | None = None
    updated_at: int = 0
    error: dict[str, str | None] | None = None
    _next: int = 0
    _paused_at: float | None = None
    _paused_for: float = 0.0

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    def due(self) -> float | None:
        """When the next moment is due, as Unix time; None when ended or paused."""
        if self.ended or self._paused_at is not None or self._next >= len(self.plan):
            return None
        return self.created_at + self._paused_for + self.plan[self._next].at

    def ends_at(self) -> int:
        return math.ceil(self.created_at + self._paused_for + self.plan[-1].at)

    def look(self, now: float) -> None:
        while (due := self.due()) is not None and due <= now:
            moment = self.plan[self._next]
            self._next += 1
            self.note(moment, due)

    def note(self, moment: Moment, at: float) -> None:
        """Something happens outside the plan, or the plan's next moment does."""
        stamp = int(at)
        self.updated_at = stamp
        if moment.status is not None:
            self.status = moment.status
        if moment.error is not None:
            self.error = moment.error
        if self.status == "succeeded":
            self.succeed(self, stamp)
        if self.ended and self.finished_at is None:
            self.finished_at = stamp
        number = len(self.happened)
        self.happened.append(Happened(f"ftevent-{self.id}-{number:04}", stamp, moment))

    def pause(self, now: float) -> None:
        self._paused_at = now
        self.note(Moment(0, "Job paused.", status="paused"), now)

    def resume(self, now: float) -> None:
        if self._paused_at is not None:
            self._paused_for += now - self._paused_at
            self._paused_at = None
        self.note(Moment(0, "Job resumed.", status="running"), now)


@dataclass(slots=True)
class Trainings:
    """All of the account. pace stretches (above 1) or shortens the plans of new ones."""

    jobs: dict[str, Training] = field(default_factory=dict[str, Training])
    fine_tunes: dict[str, Training] = field(default_factory=dict[str, Training])
    pace: float = 1.0


def loss(step: int, total: int) -> float:
    """Falls from about 2.2 towards 0.3, with a little noise that is always the same."""
    progress = step / max(1, total)
    noise = ((step * 7919) % 97) / 97 * 0.08
    return round(0.3 + 1.9 * math.exp(-3 * progress) + noise, 4)


def accuracy(step: int, total: int) -> float:
    return round(min(0.99, 1 - loss(step, total) / 3), 4)
