"""The server's models, remembered for autocomplete."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.domain.calls import Caller, Operation, Record, unrecorded
from bot.domain.clock import Clock
from bot.domain.models import ModelInfo, ModelSource, UsualModel
from bot.services.calls import Calls
from bot.services.remembered import Remembered

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
    """calls: where people's looks are written down; None: nowhere.

    usual: the model of the process's settings for other uses than chat, by its key's name.
    """

    source: ModelSource
    default_chat_model: str
    clock: Clock
    usual: Mapping[str, str] = field(default_factory=dict[str, str])
    calls: Calls | None = None
    _known: Remembered[ModelInfo] = field(init=False)

    def __post_init__(self) -> None:
        self._known = Remembered("models", self._all, self.clock, fresh_s=FRESH_S)

    async def listed(
        self, search: str | None = None, *, by: Caller | None = None, again: bool = True
    ) -> tuple[ModelInfo, ...]:
        """Models whose id holds `search`, newest first; those without a date last, by name.

        by     whose look is written down
        again  ask the server also where the list that is remembered is fresh: pages of one answer
               are turned without

        Raises:
            TooFastError: see `Calls.asked`.
            UpstreamError: the server did not give its list.
        """
        if again or not self._known.fresh or not self._known.items:
            async with self._asked(by) as record:
                self._known.put(await self._all(record))
        wanted = (search or "").casefold()
        return tuple(model for model in self._known.items if wanted in model.id.casefold())

    def usual_models(self) -> tuple[UsualModel, ...]:
        """Those that answer where nobody chose another, as the newest list knows them."""
        known = {model.id: model for model in self._known.items}
        usual = {CHAT_USE: self.default_chat_model, **self.usual}
        return tuple(
            UsualModel(use=use, model=model, listed=known.get(model))
            for use, model in usual.items()
        )

    async def get(self, model: str, *, by: Caller | None = None) -> ModelInfo:
        async with self._asked(by) as record:
            return await self.source.get(model, record)

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
        ids += [model.id for model in self._known.items if model.id != usual]
        wanted, hints = typed.casefold(), _HINTS.get(use, ())
        fitting = [each for each in ids if wanted in each.casefold()]
        # Sorting is stable, so the newest stay ahead.
        if hints:
            fitting.sort(key=lambda each: each != usual and not _sounds_like(each, hints))
        if wanted:  # what begins with the letters comes first
            fitting.sort(key=lambda each: not each.casefold().startswith(wanted))
        return tuple(fitting[:limit])

    def warm(self) -> None:
        self._known.warm()

    async def _all(self, record: Record = unrecorded) -> tuple[ModelInfo, ...]:
        return _newest_first(await self.source.list(record))

    @asynccontextmanager
    async def _asked(self, by: Caller | None) -> AsyncGenerator[Record, None]:
        if by is None or self.calls is None:
            yield unrecorded
            return
        async with self.calls.asked(by, Operation.MODELS) as call:
            yield call.record


def _newest_first(models: Iterable[ModelInfo]) -> tuple[ModelInfo, ...]:
    by_name = sorted(models, key=lambda model: model.id)
    return tuple(sorted(by_name, key=lambda model: model.created or LONG_AGO, reverse=True))


def _sounds_like(model: str, hints: tuple[str, ...]) -> bool:
    return any(hint in model.casefold() for hint in hints)
