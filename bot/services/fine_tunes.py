"""`/finetune`: what it will take is counted and confirmed before a training is begun."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import structlog

from bot.domain.calls import Estimate, Operation
from bot.domain.clock import Clock
from bot.domain.errors import (
    ConfirmationGoneError,
    FileError,
    NotAFineTuneError,
    OptionError,
    OptionGoneError,
    RemoteNotFoundError,
    UpstreamError,
)
from bot.domain.files import FileUpload
from bot.domain.fine_tuning import (
    NEW,
    OLD,
    Checkpoint,
    FineTuning,
    Hyperparameters,
    Job,
    JobEvent,
    JobPage,
    JobRequest,
)
from bot.domain.operators import Acting, Change, ConfirmationId, WatchId
from bot.services.calls import Call, Calls
from bot.services.files import Files, caller_of
from bot.services.operators import Operators
from bot.services.remembered import Remembered
from bot.services.training_data import FEWEST, Examples, Form, as_chat, checked
from storage.database import Database

log = structlog.stdlib.get_logger(__name__)

MOST_COUNTED = 64 << 20
"""Bytes of a file that is fetched to count what is in it; larger ones are not counted."""
FRESH_S = 60.0
MANY = 100
OLD_EPOCHS = 4

Present = Callable[[str], Awaitable[bool | None]]
"""Whether the server has a path; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a training will take, as far as it is known.

    examples     None where the file could not be looked into
    tokens       that are learnt from, every epoch counted; an estimate from above
    epochs       as asked for, else what servers choose for so many examples
    chosen       the epochs are the server's to choose
    microusd     None where the price is unknown
    path         where it will be begun
    convertible  {prompt, completion} lines, which today's endpoint wants as messages
    """

    confirmation: ConfirmationId
    request: JobRequest
    filename: str
    examples: Examples | None
    tokens: int | None
    epochs: int
    chosen: bool
    microusd: int | None
    path: str
    convertible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A training that was begun; `watch` is None where somebody watches it already."""

    job: Job
    watch: WatchId | None


@dataclass(slots=True)
class FineTunes:
    tuning: FineTuning
    files: Files
    calls: Calls
    operators: Operators
    database: Database
    clock: Clock
    present: Present
    _known: Remembered[Job] = field(init=False)

    def __post_init__(self) -> None:
        self._known = Remembered("fine-tunes", self._newest, self.clock, fresh_s=FRESH_S)

    async def plan(
        self, who: Acting, request: JobRequest, upload: tuple[str, bytes] | None
    ) -> Plan:
        """Look at everything that can be known, and ask for a confirmation.

        upload  name and bytes of a training file; else the one that `request` names is meant

        Raises:
            OptionError, OptionGoneError: the server's dialect has no place for an option.
            TrainingDataError: lines that no model can be trained with.
            UpstreamError: one of its leaves.
        """
        path = await self._path(who, request)
        if upload is None:
            filename, data = await self._fetched(who, request.training_file)
        else:
            filename, data = upload
        examples = await self._examined(filename, data) if data is not None else None
        _check_form(request, examples, path)
        epochs, chosen = _epochs(request, examples, path)
        tokens = None if examples is None else examples.tokens * epochs
        price = None if tokens is None else self.calls.prices.training(request.model, tokens)
        details: dict[str, Any] = {
            "request": asdict(request),
            "filename": filename,
            "tokens": tokens,
            "blob": None,
        }
        if upload is not None:
            async with self.database.transaction() as tx:
                details["blob"] = await tx.blobs.put(upload[1], self.clock.now())
        key = await self.operators.ask(who, Change.TUNING_CREATE, details)
        return Plan(
            confirmation=key,
            request=request,
            filename=filename,
            examples=examples,
            tokens=tokens,
            epochs=epochs,
            chosen=chosen,
            microusd=price,
            path=path,
            convertible=examples is not None and examples.form is Form.PROMPT and path == NEW,
        )

    async def begin(
        self, who: Acting, confirmation: ConfirmationId, *, locale: str, convert: bool
    ) -> Begun:
        """Begin what was confirmed, once, and watch it from then on.

        Raises:
            ConfirmationGoneError: see `Operators.confirmed`.
            BudgetExceededError: it could cost more than is left.
            UpstreamError: one of its leaves; nothing was begun, as far as anybody knows.
        """
        details = await self.operators.confirmed(confirmation, who, Change.TUNING_CREATE)
        request = _request(details["request"])
        tokens = int(details["tokens"] or 0)
        model = request.model
        async with (
            self.operators.changing(who, Change.TUNING_CREATE, model) as target,
            self.calls.paid(
                caller_of(who), Operation.FINE_TUNING, model, Estimate(training=tokens)
            ) as call,
        ):
            call.training = tokens
            if details["blob"] or convert:
                data = await self._kept(who, details, request.training_file)
                request = await self._with_file(
                    who, request, details["filename"], data, convert=convert
                )
                target.name = f"{model} ({request.training_file})"
            job = await self.tuning.create(request, record=call.record)
            target.name = f"{job.id}: {model} ({request.training_file})"
        self._known.add(job)
        async with self.database.transaction() as tx:
            watch = await tx.watches.add(
                job.id,
                job.model or model,
                who,
                locale=locale,
                owner=self.database.owner,
                at=self.clock.now(),
            )
        return Begun(job=job, watch=watch)

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

    async def _path(self, who: Acting, request: JobRequest) -> str:
        """Which endpoint it will be; asked of the server where nothing is known of it.

        Raises:
            OptionGoneError: that one has nothing for an option; it is not dropped.
        """
        new, old = await self.present(NEW), await self.present(OLD)
        if new is None:
            await self.page(who, limit=1, after=None)  # learns what is there
            new, old = await self.present(NEW), await self.present(OLD)
        wanted = request.hyperparameters
        only_old = wanted.only_old
        path = OLD if old and (only_old or new is False) else NEW
        if path == NEW and only_old:
            raise OptionGoneError(only_old, NEW)
        given = {
            "seed": request.seed,
            "method": request.method if request.method != "supervised" else None,
            "beta": wanted.beta,
        }
        only_new = tuple(name for name, value in given.items() if value is not None)
        if path == OLD and only_new:
            raise OptionGoneError(only_new, OLD)
        return path

    async def _fetched(self, who: Acting, file: str) -> tuple[str, bytes | None]:
        """Its name, and what is in it; None where that is too much, or not given out."""
        found = await self.files.get(who, file)
        if (found.size or 0) > MOST_COUNTED:
            return found.filename, None
        try:
            return found.filename, await self.files.download(who, file, most=MOST_COUNTED)
        except RemoteNotFoundError:
            raise
        except (FileError, UpstreamError) as error:  # 2023: not for free accounts
            log.info("training_file_not_counted", error=type(error).__name__)
            return found.filename, None

    async def _examined(self, filename: str, data: bytes) -> Examples:
        lines = io.BytesIO(data)
        return await asyncio.to_thread(checked, filename, lines, fewest=FEWEST)

    async def _kept(self, who: Acting, details: Mapping[str, Any], file: str) -> bytes:
        if details["blob"]:
            async with self.database.transaction() as tx:
                data = await tx.blobs.get(details["blob"])
            if data is None:
                raise ConfirmationGoneError
            return data
        return await self.files.download(who, file, most=MOST_COUNTED)

    async def _with_file(
        self, who: Acting, request: JobRequest, filename: str, data: bytes, *, convert: bool
    ) -> JobRequest:
        if convert:
            data = await asyncio.to_thread(_converted, data)
            filename = f"{filename.removesuffix('.jsonl')}.messages.jsonl"
        upload = FileUpload(filename=filename, data=data, purpose="fine-tune")
        made = await self.files.send(who, upload)
        return replace(request, training_file=made.id)


def _converted(data: bytes) -> bytes:
    return b"".join(as_chat(io.BytesIO(data)))


def is_fine_tuned(model: str) -> bool:
    """By the names of both dialects: "ft:gpt-4o-mini:org::1" and "curie:ft-org-2023"."""
    return model.startswith("ft:") or ":ft-" in model


def _request(stored: Mapping[str, Any]) -> JobRequest:
    """From the details of a confirmation."""
    hyper = dict(stored["hyperparameters"])
    if hyper.get("classification_betas") is not None:
        hyper["classification_betas"] = tuple(hyper["classification_betas"])
    fields: dict[str, Any] = {**stored, "hyperparameters": Hyperparameters(**hyper)}
    return JobRequest(**fields)


def _check_form(request: JobRequest, examples: Examples | None, path: str) -> None:
    """Raise OptionError where the lines are not of the form that this training wants."""
    if examples is None:
        return
    preferring = request.method == "dpo"
    if preferring != (examples.form is Form.PREFERENCE):
        wanted = "input, preferred_output, non_preferred_output" if preferring else "method: dpo"
        raise OptionError("training_file", examples.form.value, wanted)
    if path == OLD and examples.form is not Form.PROMPT:
        raise OptionError("training_file", examples.form.value, Form.PROMPT.value)


def _epochs(request: JobRequest, examples: Examples | None, path: str) -> tuple[int, bool]:
    """How often the examples are gone through, and whether the server chooses it.

    Today's servers choose 3, more for few examples and fewer for many: OpenAI Cookbook, "Data
    preparation and analysis for chat model fine-tuning".
    """
    asked = request.hyperparameters.n_epochs
    if isinstance(asked, int):
        return asked, False
    if path == OLD or examples is None:
        return OLD_EPOCHS if path == OLD else 3, True
    count = max(1, examples.count)
    if count * 3 < 100:  # noqa: PLR2004  the page's numbers
        return min(25, 100 // count), True
    return max(1, 25_000 // count) if count * 3 > 25_000 else 3, True  # noqa: PLR2004
