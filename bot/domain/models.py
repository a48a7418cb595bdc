"""What the server says about its models."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.domain.calls import Record

SOON = timedelta(days=90)
"""How long before its shutdown a model is warned of: time to choose and try another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """One model. Fields the server left out are None: compatible servers give little."""

    id: str
    owned_by: str | None = None
    created: datetime | None = None
    shutdown_date: date | None = None

    def ended(self, today: date) -> bool:
        return self.shutdown_date is not None and self.shutdown_date <= today

    def ends_soon(self, today: date) -> bool:
        """It has ended, or will within SOON."""
        return self.shutdown_date is not None and self.shutdown_date <= today + SOON


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualModel:
    """The model that answers where nobody chose another.

    use     what for, by its setting's name: "chat_model"
    listed  what the server says about it; None where it is not listed
    """

    use: str
    model: str
    listed: ModelInfo | None


class ModelSource(Protocol):
    async def list(self, record: Record = ...) -> tuple[ModelInfo, ...]:
        """All models, in the server's order.

        Raises:
            UpstreamError: one of its leaves.
        """
        ...

    async def get(self, model: str, record: Record = ...) -> ModelInfo: ...
