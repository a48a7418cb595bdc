"""The server's models, remembered for autocomplete."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from bot import tasks
from bot.domain.clock import Clock
from bot.domain.errors import UpstreamError
from bot.domain.models import ModelInfo, ModelSource, UsualModel

log = structlog.stdlib.get_logger(__name__)

FRESH_S = 300.0
"""How long a list serves autocomplete before it is fetched anew."""

CHAT_USE, IMAGE_USE = "chat_model", "image_model"
COMPLETION_USE, EDIT_USE = "completion_model", "edit_model"
"""What a model is wanted for, by the name of its key in /settings."""

_HINTS: Mapping[str, tuple[str, ...]] = {
    COMPLETION_USE: ("instruct", "davinci", "curie", "babbage", "text-ada"),
    EDIT_USE: ("-edit",),
    IMAGE_USE: ("image", "dall-e", "dalle", "diffusion", "flux", "sdxl"),
}
"""Parts of names: no list of models says what they are for."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Models:
    """usual: the model of the process's settings for other uses than chat, by its key's name."""

    source: ModelSource
    default_chat_model: str
    clock: Clock
    usual: Mapping[str, str] = field(default_factory=dict[str, str])
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

    def usual_models(self) -> tuple[UsualModel, ...]:
        """Those that answer where nobody chose another, as the newest list knows them."""
        known = {model.id: model for model in self._known}
        usual = {CHAT_USE: self.default_chat_model, **self.usual}
        return tuple(
            UsualModel(use=use, model=model, listed=known.get(model))
            for use, model in usual.items()
        )

    async def get(self, model: str) -> ModelInfo:
        return await self.source.get(model)

    def usual_for(self, use: str) -> str | None:
        """What the process's settings say; None where a key is about no model."""
        return self.default_chat_model if use == CHAT_USE else self.usual.get(use)

    def suggest(self, typed: str, limit: int = 25, *, use: str = CHAT_USE) -> tuple[str, ...]:
        """Ids that fit what is typed, from memory only: Discord's autocomplete does not wait.

        The usual model for that use comes first, then those that sound like it.
        """
        self.warm()
        usual = self.usual_for(use)
        ids = [usual] if usual else []
        ids += [model.id for model in self._known if model.id != usual]
        wanted, hints = typed.casefold(), _HINTS.get(use, ())
        fitting = [each for each in ids if wanted in each.casefold()]
        # Sorting is stable, so the newest stay ahead.
        if hints:
            fitting.sort(key=lambda each: each != usual and not _sounds_like(each, hints))
        if wanted:  # what begins with the letters comes first
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


def _sounds_like(model: str, hints: tuple[str, ...]) -> bool:
    return any(hint in model.casefold() for hint in hints)
