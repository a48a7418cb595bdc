"""The server's models, remembered for autocomplete."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from bot import tasks
from bot.domain.clock import Clock
from bot.domain.errors import UpstreamError
from bot.domain.models import ModelInfo, ModelSource

log = structlog.stdlib.get_logger(__name__)

FRESH_S = 300.0
"""How long a list serves autocomplete before it is fetched anew."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Models:
    source: ModelSource
    default_chat_model: str
    clock: Clock
    _known: tuple[ModelInfo, ...] = ()
    _asked_at: float | None = None
    _asking: bool = field(default=False)

    async def listed(self, search: str | None = None) -> tuple[ModelInfo, ...]:
        """Models whose id holds `search`, newest first; those without a date last, by name.

        Raises:
            UpstreamError: the server did not give its list.
        """
        await self._refresh()
        wanted = (search or "").casefold()
        return tuple(model for model in self._known if wanted in model.id.casefold())

    async def get(self, model: str) -> ModelInfo:
        return await self.source.get(model)

    def suggest(self, typed: str, limit: int = 25) -> tuple[str, ...]:
        """Ids that fit what is typed, from memory only: Discord's autocomplete does not wait."""
        self.warm()
        ids = [self.default_chat_model]
        ids += [model.id for model in self._known if model.id != self.default_chat_model]
        wanted = typed.casefold()
        fitting = [each for each in ids if wanted in each.casefold()]
        # What begins with the letters comes first; sorting is stable, so the newest stay ahead.
        fitting.sort(key=lambda each: not each.casefold().startswith(wanted))
        return tuple(fitting[:limit])

    def warm(self) -> None:
        """Fetch the list in the background where it is missing or old."""
        now = self.clock.monotonic()
        if self._asking or (self._asked_at is not None and now - self._asked_at < FRESH_S):
            return
        self._asking = True
        tasks.spawn(self._refresh_quietly(), name="models")

    async def _refresh_quietly(self) -> None:
        try:
            await self._refresh()
        except UpstreamError as error:
            log.warning("models_not_listed", error=type(error).__name__, status=error.status)
        finally:
            self._asked_at = self.clock.monotonic()
            self._asking = False

    async def _refresh(self) -> None:
        models = await self.source.list()
        by_name = sorted(models, key=lambda model: model.id)
        self._known = tuple(
            sorted(by_name, key=lambda model: model.created or LONG_AGO, reverse=True)
        )
        self._asked_at = self.clock.monotonic()
