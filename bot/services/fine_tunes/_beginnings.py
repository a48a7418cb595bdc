"""A training is begun once and never lost, whatever dies between the server's yes and ours.

Whoever sends the request writes down before that it is about to be sent, and which trainings with
the same file there are already. An answer that never came, a process that was killed and a database
that failed leave that row behind; then the server's list says what became of it. Nothing is ever
sent a second time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import structlog

from bot.domain.calls import Estimate, Operation, Record, unrecorded
from bot.domain.clock import Clock
from bot.domain.errors import (
    BadAnswerError,
    BotError,
    ServerFaultError,
    StorageError,
    UnreachableError,
    UpstreamError,
    UpstreamTimeoutError,
)
from bot.domain.fine_tuning import FineTuning, Hyperparameters, Job, JobRequest
from bot.domain.operators import BEGUN, Acting, Beginning, BeginningId, Change, ConfirmationId
from bot.services.calls import Call, Calls
from bot.services.files import caller_of
from bot.services.fine_tunes._files import TrainingFiles
from bot.services.operators import Operators
from storage.database import Database

log = structlog.stdlib.get_logger(__name__)

LOOKED_FOR = timedelta(minutes=15)
"""How long a training that nobody heard of is looked for in the server's list."""
MANY = 100
PAGES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What is known of a training once it was asked for; `job` None: not yet whether it began."""

    request: JobRequest
    job: Job | None


@dataclass(frozen=True, slots=True)
class Beginnings:
    tuning: FineTuning
    files: TrainingFiles
    calls: Calls
    operators: Operators
    database: Database
    clock: Clock
    _under_way: set[BeginningId] = field(default_factory=set[BeginningId])

    async def begin(
        self, who: Acting, confirmation: ConfirmationId, *, locale: str, convert: bool
    ) -> Begun:
        """Begin what was confirmed, once, and have it watched from then on.

        Raises:
            ConfirmationGoneError: see `Operators.confirmed`.
            BudgetExceededError, TooFastError: see `Calls.asked`.
            StorageError, UpstreamError: nothing was begun.
        """
        details = await self.operators.confirmed(confirmation, who, Change.TUNING_CREATE)
        request = _request(details["request"])
        tokens = int(details["tokens"] or 0)
        model = request.model
        async with (
            self.operators.changing(who, Change.TUNING_CREATE, model) as target,
            self.calls.asked(
                caller_of(who), Operation.FINE_TUNING, model, Estimate(training=tokens)
            ) as call,
        ):
            call.training = tokens
            if details["blob"] or convert:
                file = await self.files.uploaded(
                    who,
                    details["filename"],
                    blob=details["blob"],
                    file=request.training_file,
                    convert=convert,
                )
                request = replace(request, training_file=file)
                before: Sequence[str] = ()  # nobody can have trained with a file this new
            else:
                found = await self._with_training_file(request.training_file, call.record)
                before = [job.id for job in found]
            target.name = f"{model} ({request.training_file})"
            beginning = await self._write_down(who, request, before, locale)
            self._under_way.add(beginning.id)
            try:
                job = await self._asked_for(request, beginning, call)
                if job is None:
                    target.outcome = BEGUN
                else:
                    target.name = f"{job.id}: {target.name}"
                    await self._watch(beginning, job, sure=not call.begun)
            finally:
                self._under_way.discard(beginning.id)
        return Begun(request=request, job=job)

    async def _asked_for(self, request: JobRequest, beginning: Beginning, call: Call) -> Job | None:
        """None where no answer came, and the server's list does not show it either."""
        try:
            return await self.tuning.create(request, record=call.record)
        except BotError as error:
            if not _may_have_begun(error):
                await self._forget(beginning)
                raise
            log.warning("training_not_answered", error=type(error).__name__)
        call.begun = True  # paid for as long as nobody knows better
        try:
            return await self._listed(beginning, call.record)
        except UpstreamError as error:
            log.warning("training_not_looked_for", error=type(error).__name__)
            return None

    async def look(self) -> tuple[Beginning, ...]:
        """See what became of those that nobody heard of, and have it watched.

        Those whose training the server does not list in time are given back, to be told of and
        then ended by `end`.

        Raises:
            StorageError: the next time, then.
        """
        async with self.database.transaction() as tx:
            mine = await tx.beginnings.claim(self.database.owner)
        lost: list[Beginning] = []
        # A new one with the same file is most likely that of who is just asking for it.
        asked_for = {each.training_file for each in mine if each.id in self._under_way}
        for beginning in mine:
            if beginning.training_file in asked_for:
                continue
            try:
                job = await self._listed(beginning, unrecorded)
            except UpstreamError as error:
                log.warning("training_not_looked_for", error=type(error).__name__)
                continue
            if job is not None:
                await self._watch(beginning, job, sure=False)
            elif self.clock.now() - beginning.at > LOOKED_FOR:
                lost.append(beginning)
        return tuple(lost)

    async def end(self, beginning: Beginning) -> None:
        """It was told that there is no such training."""
        async with self.database.transaction() as tx:
            await tx.beginnings.drop(beginning.id)

    async def _write_down(
        self, who: Acting, request: JobRequest, before: Sequence[str], locale: str
    ) -> Beginning:
        async with self.database.transaction() as tx:
            return await tx.beginnings.add(
                who,
                model=request.model,
                training_file=request.training_file,
                before=before,
                locale=locale,
                owner=self.database.owner,
                at=self.clock.now(),
            )

    async def _forget(self, beginning: Beginning) -> None:
        """What the database can't forget now is looked for in vain, and then told of."""
        try:
            await self.end(beginning)
        except StorageError as error:
            log.warning("beginning_not_forgotten", error=type(error).__name__)

    async def _watch(self, beginning: Beginning, job: Job, *, sure: bool) -> None:
        """Where the database fails, or somebody else has just taken this job, `look` sees to it.

        sure  the server named this job itself, so there is no other one to look for
        """
        try:
            async with self.database.transaction() as tx:
                who = Acting(
                    user=beginning.starter,
                    guild=beginning.guild,
                    channel=beginning.channel,
                    source=beginning.source,
                )
                watch = await tx.watches.add(
                    job.id,
                    job.model or beginning.model,
                    who,
                    locale=beginning.locale,
                    owner=self.database.owner,
                    at=self.clock.now(),
                )
                if watch is not None or sure:
                    await tx.beginnings.drop(beginning.id)
        except StorageError as error:
            log.warning("training_not_watched_yet", job=job.id, error=type(error).__name__)

    async def _listed(self, beginning: Beginning, record: Record) -> Job | None:
        """The oldest training with that file which is neither from before nor watched already."""
        found = await self._with_training_file(beginning.training_file, record)
        new = [job for job in found if job.id not in beginning.before]
        async with self.database.transaction() as tx:
            watched = await tx.watches.known([job.id for job in new])
        return next((job for job in reversed(new) if job.id not in watched), None)

    async def _with_training_file(self, file: str, record: Record) -> list[Job]:
        """Newest first, as far as one has to look."""
        jobs: list[Job] = []
        after: str | None = None
        for _ in range(PAGES):
            page = await self.tuning.list(limit=MANY, after=after, record=record)
            jobs += [job for job in page.jobs if job.training_file == file]
            after = page.after
            if after is None:
                break
        return jobs


def _may_have_begun(error: BotError) -> bool:
    """Whether the server can have taken the request although it did not say so."""
    match error:
        case UnreachableError():
            return error.connected
        case ServerFaultError() | UpstreamTimeoutError() | BadAnswerError():
            return True
        case _:
            return False


def _request(stored: Mapping[str, Any]) -> JobRequest:
    """From the details of a confirmation."""
    hyper = dict(stored["hyperparameters"])
    if hyper.get("classification_betas") is not None:
        hyper["classification_betas"] = tuple(hyper["classification_betas"])
    fields: dict[str, Any] = {**stored, "hyperparameters": Hyperparameters(**hyper)}
    return JobRequest(**fields)
