"""What a training will take, counted before it is confirmed."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

import structlog

from bot.domain.calls import Estimate, Operation
from bot.domain.clock import Clock
from bot.domain.errors import (
    OptionError,
    OptionGoneError,
)
from bot.domain.fine_tuning import NEW, OLD, FineTuning, JobRequest
from bot.domain.operators import Acting, Change, ConfirmationId
from bot.services.calls import Calls
from bot.services.files import caller_of
from bot.services.fine_tunes._files import TrainingFiles, examined
from bot.services.operators import Operators
from bot.services.training_data import Examples, Form
from storage.database import Database

log = structlog.stdlib.get_logger(__name__)

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


@dataclass(frozen=True, slots=True)
class Plans:
    tuning: FineTuning
    files: TrainingFiles
    calls: Calls
    operators: Operators
    database: Database
    clock: Clock
    present: Present

    async def make(
        self, who: Acting, request: JobRequest, upload: tuple[str, bytes] | None
    ) -> Plan:
        """Look at everything that can be known, and ask for a confirmation.

        upload  name and bytes of a training file; else the one that `request` names is meant

        Raises:
            OptionError, OptionGoneError: the server's dialect has no place for an option.
            TrainingDataError: lines that no model can be trained with.
            UpstreamError: one of its leaves.
        """
        _check_method(request)
        path = await self._path(who, request)
        if upload is None:
            filename, data = await self.files.fetched(who, request.training_file)
        else:
            filename, data = upload
        examples = await examined(filename, data) if data is not None else None
        _check_form(request, examples, path)
        epochs, chosen = _epochs(request, examples, path)
        tokens = None if examples is None else examples.tokens * epochs
        if request.method == "reinforcement":
            tokens = None  # is paid by the hour, and nobody knows how many those will be
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

    async def _path(self, who: Acting, request: JobRequest) -> str:
        """Which endpoint it will be; asked of the server where nothing is known of it.

        Raises:
            OptionGoneError: that one has nothing for an option; it is not dropped.
        """
        new, old = await self.present(NEW), await self.present(OLD)
        if new is None:
            async with self.calls.paid(
                caller_of(who), Operation.FINE_TUNING, "", Estimate()
            ) as call:
                await self.tuning.list(limit=1, record=call.record)  # learns what is there
            new, old = await self.present(NEW), await self.present(OLD)
        only_old = request.hyperparameters.only_old
        path = OLD if old and (only_old or new is False) else NEW
        if path == NEW and only_old:
            raise OptionGoneError(only_old, NEW)
        if path == OLD and request.only_new:
            raise OptionGoneError(request.only_new, OLD)
        return path


def _check_method(request: JobRequest) -> None:
    """Raise OptionError where an option belongs to another method, before anything is asked."""
    if request.method == "reinforcement" and request.grader is None:
        raise OptionError("method", "reinforcement", "grader")
    if request.method != "reinforcement" and request.grader is not None:
        raise OptionError("grader", str(request.grader["type"]), "method: reinforcement")
    beta = request.hyperparameters.beta
    if request.method != "dpo" and beta is not None:
        raise OptionError("beta", str(beta), "method: dpo")


def _check_form(request: JobRequest, examples: Examples | None, path: str) -> None:
    """Raise OptionError where the lines are not of the form that this training wants."""
    if examples is None:
        return
    forms: tuple[Form, ...] = (Form.CHAT, Form.PROMPT)
    match request.method:
        case "dpo":
            forms = (Form.PREFERENCE,)
        case "reinforcement":
            forms = (Form.GRADED, Form.CHAT)
        case _ if path == OLD:
            forms = (Form.PROMPT,)
        case _:
            pass
    if examples.form not in forms:
        raise OptionError("training_file", examples.form.value, " | ".join(forms))


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
    return max(1, 25_000 // count) if count * 3 > 25_000 else 3, True  # noqa: PLR2004  likewise
