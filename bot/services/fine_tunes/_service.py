"""Trainings as they are looked at and acted upon once they are there."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from bot.domain.calls import Estimate, Operation
from bot.domain.clock import Clock
from bot.domain.errors import NotAFineTuneError
from bot.domain.fine_tuning import Checkpoint, FineTuning, Job, JobEvent, JobPage
from bot.domain.operators import Acting, Change, ConfirmationId
from bot.services.calls import Call, Calls
from bot.services.files import caller_of
from bot.services.fine_tunes._beginnings import Beginnings, Begun
from bot.services.fine_tunes._plans import Plans
from bot.services.operators import Operators
from bot.services.remembered import Remembered

FRESH_S = 60.0
"""How long a list serves autocomplete before it is fetched anew."""
MANY = 100


@dataclass(slots=True)
class FineTunes:
    """Changes are written to the audit table; every call is to the ledger.

    plans, beginnings  what comes before a training: what it will take, and its beginning
    """

    plans: Plans
    beginnings: Beginnings
    tuning: FineTuning
    calls: Calls
    operators: Operators
    clock: Clock
    _known: Remembered[Job] = field(init=False)

    def __post_init__(self) -> None:
        self._known = Remembered("fine-tunes", self._newest, self.clock, fresh_s=FRESH_S)

    async def begin(
        self, who: Acting, confirmation: ConfirmationId, *, locale: str, convert: bool
    ) -> Begun:
        """See `Beginnings.begin`."""
        begun = await self.beginnings.begin(who, confirmation, locale=locale, convert=convert)
        if begun.job is not None:
            self._known.add(begun.job)
        return begun

    async def page(self, who: Acting, *, limit: int, after: str | None) -> JobPage:
        async with self._call(who) as call:
            return await self.tuning.list(limit=limit, after=after, record=call.record)

    async def get(self, who: Acting, job: str) -> Job:
        async with self._call(who) as call:
            return await self.tuning.get(job, record=call.record)

    async def progress(
        self, who: Acting, job: str, limit: int, *, known: str | None = None
    ) -> tuple[Job, tuple[JobEvent, ...], str]:
        """A training with its newest events, and a sign that differs when there is news.

        known  the sign that was given the last time: without news the log keeps nothing of it
        """
        async with self._call(who) as call:
            now = await self.tuning.get(job, record=call.record)
            events = await self.tuning.events(job, limit=limit, record=call.record)
            sign = " ".join((now.status, *(event.id for event in events)))
            call.logged = call.logged and sign != known
        return now, events, sign

    async def checkpoints(self, who: Acting, job: str) -> tuple[Checkpoint, ...]:
        async with self._call(who) as call:
            return await self.tuning.checkpoints(job, record=call.record)

    async def cancel(self, who: Acting, job: str) -> Job:
        async with (
            self.operators.changing(who, Change.TUNING_CANCEL, job),
            self._call(who) as call,
        ):
            return await self.tuning.cancel(job, record=call.record)

    async def pause(self, who: Acting, job: str) -> Job:
        async with (
            self.operators.changing(who, Change.TUNING_PAUSE, job),
            self._call(who) as call,
        ):
            return await self.tuning.pause(job, record=call.record)

    async def resume(self, who: Acting, job: str) -> Job:
        async with (
            self.operators.changing(who, Change.TUNING_RESUME, job),
            self._call(who) as call,
        ):
            return await self.tuning.resume(job, record=call.record)

    async def ask_to_delete(self, who: Acting, model: str) -> ConfirmationId:
        """The key that the deletion of a fine-tuned model is confirmed with.

        Raises:
            NotAFineTuneError: by its name it is none.
        """
        if not is_fine_tuned(model):
            raise NotAFineTuneError
        return await self.operators.ask(who, Change.MODEL_DELETE, {"model": model})

    async def delete(self, who: Acting, confirmation: ConfirmationId) -> str:
        """The model's name."""
        details = await self.operators.confirmed(confirmation, who, Change.MODEL_DELETE)
        model = str(details["model"])
        async with (
            self.operators.changing(who, Change.MODEL_DELETE, model),
            self.calls.paid(caller_of(who), Operation.MODELS, model, Estimate()) as call,
        ):
            await self.tuning.delete_model(model, record=call.record)
        return model

    def suggest(self, typed: str, limit: int = 25) -> tuple[Job, ...]:
        """Jobs that fit what is typed, from memory only."""
        self._known.warm()
        wanted = typed.casefold()
        fitting = [
            job for job in self._known.items if wanted in f"{job.id} {job.model or ''}".casefold()
        ]
        return tuple(fitting[:limit])

    def _call(self, who: Acting) -> AbstractAsyncContextManager[Call]:
        return self.calls.paid(caller_of(who), Operation.FINE_TUNING, "", Estimate())

    async def _newest(self) -> tuple[Job, ...]:
        return (await self.tuning.list(limit=MANY)).jobs


def is_fine_tuned(model: str) -> bool:
    """By the names of both dialects: "ft:gpt-4o-mini:org::1" and "curie:ft-org-2023"."""
    return model.startswith("ft:") or ":ft-" in model
