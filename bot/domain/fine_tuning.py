"""Fine-tuning: jobs that make a model out of a file, in the words of today.

Servers of 2023 know it as /fine-tunes; what is different there is in `Job.notices`, and what they
or today's servers can't do is refused, never dropped.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

from bot.domain.calls import Notice, Record

Auto = Literal["auto"]

NEW, OLD = "/fine_tuning/jobs", "/fine-tunes"
"""The route of today and that of 2023, below a server's base URL."""

ONLY_OLD = (
    "prompt_loss_weight",
    "compute_classification_metrics",
    "classification_n_classes",
    "classification_positive_class",
    "classification_betas",
)
"""Hyperparameters of 2023 that have no successor."""


class JobStatus(StrEnum):
    """`pending` of 2023 is QUEUED here."""

    VALIDATING = "validating_files"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def over(self) -> bool:
        return self in (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """None is not sent. The last five are ONLY_OLD.

    n_epochs 1..50, batch_size 1..256, learning_rate_multiplier > 0, beta > 0 up to 2 (dpo)
    """

    n_epochs: int | Auto | None = None
    batch_size: int | Auto | None = None
    learning_rate_multiplier: float | Auto | None = None
    beta: float | Auto | None = None
    prompt_loss_weight: float | None = None
    compute_classification_metrics: bool | None = None
    classification_n_classes: int | None = None
    classification_positive_class: str | None = None
    classification_betas: tuple[float, ...] | None = None

    @property
    def only_old(self) -> tuple[str, ...]:
        """Names of those that are set and exist in 2023's route alone."""
        return tuple(name for name in ONLY_OLD if getattr(self, name) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """A model to train.

    training_file, validation_file  ids of uploaded files
    suffix                          1..64 characters (2023: 40) within the new model's name
    grader                          of reinforcement: how answers are judged, as the API takes it
    wandb_project                   a project of Weights & Biases that is told of the training
    metadata                        up to 16 labels, 64 and 512 characters
    """

    model: str
    training_file: str
    validation_file: str | None = None
    suffix: str | None = None
    seed: int | None = None
    method: Literal["supervised", "dpo", "reinforcement"] | None = None
    grader: Mapping[str, Any] | None = None
    wandb_project: str | None = None
    metadata: Mapping[str, str] | None = None
    hyperparameters: Hyperparameters = Hyperparameters()

    @property
    def only_new(self) -> tuple[str, ...]:
        """Names of what is set and exists in today's route alone."""
        set_ = {
            "seed": self.seed,
            "beta": self.hyperparameters.beta,
            "method": None if self.method == "supervised" else self.method,
            "grader": self.grader,
            "wandb_project": self.wandb_project,
            "metadata": self.metadata,
        }
        return tuple(name for name, value in set_.items() if value is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A training, as the server tells it; None where it does not.

    fine_tuned_model  the new model, once it is there
    failure           why it failed, in the server's words
    hyperparameters   as the server names them
    result_files      ids
    old               it is one of /fine-tunes
    """

    id: str
    status: JobStatus
    model: str | None = None
    fine_tuned_model: str | None = None
    created: datetime | None = None
    finished: datetime | None = None
    estimated_finish: datetime | None = None
    failure: str | None = None
    training_file: str | None = None
    validation_file: str | None = None
    result_files: tuple[str, ...] = ()
    trained_tokens: int | None = None
    seed: int | None = None
    method: str | None = None
    hyperparameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    old: bool = False
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """`after` goes on behind this page; None: there is no more."""

    jobs: tuple[Job, ...]
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """Something that happened to a job.

    id    the server's; made of its content where it has none, as in 2023: the same event has the
          same id however often it is fetched
    data  of metrics: step, train_loss, valid_loss and others, by name
    """

    id: str
    at: datetime | None
    level: str
    message: str
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    id: str
    model: str
    step: int | None = None
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])


class FineTuning(Protocol):
    """All raise UpstreamError, one of its leaves.

    An unknown job is a RemoteNotFoundError; what only the other dialect has is an
    OptionGoneError (an option) or an EndpointMissingError (pause, resume, checkpoints).
    """

    async def create(self, request: JobRequest, record: Record = ...) -> Job: ...

    async def list(
        self, *, limit: int | None = None, after: str | None = None, record: Record = ...
    ) -> JobPage:
        """One page, newest first; both dialects' jobs where a server has both."""
        ...

    async def get(self, job: str, record: Record = ...) -> Job: ...

    async def cancel(self, job: str, record: Record = ...) -> Job: ...

    async def pause(self, job: str, record: Record = ...) -> Job: ...

    async def resume(self, job: str, record: Record = ...) -> Job: ...

    async def events(
        self, job: str, *, limit: int | None = None, record: Record = ...
    ) -> tuple[JobEvent, ...]:
        """Those so far, oldest first; the newest `limit` of them."""
        ...

    def follow(
        self, job: str, *, known: frozenset[str] = ..., every_s: float = ..., record: Record = ...
    ) -> AsyncGenerator[JobEvent | Job, None]:
        """Events but the `known` ones, as they happen, and at last the job that is over.

        Asks every `every_s` seconds; servers of 2023 send them by themselves.
        """
        ...

    async def checkpoints(self, job: str, record: Record = ...) -> tuple[Checkpoint, ...]: ...

    async def delete_model(self, model: str, record: Record = ...) -> None:
        """Jobs themselves can't be deleted. OpenAI wants the Owner role for this."""
        ...
