"""What the server says about its models."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.domain.calls import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """One model. Fields the server left out are None: compatible servers give little."""

    id: str
    owned_by: str | None = None
    created: datetime | None = None
    shutdown_date: date | None = None


class ModelSource(Protocol):
    async def list(self, record: Record = ...) -> tuple[ModelInfo, ...]:
        """All models, in the server's order.

        Raises:
            UpstreamError: one of its leaves.
        """
        ...

    async def get(self, model: str, record: Record = ...) -> ModelInfo: ...
