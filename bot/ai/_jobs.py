"""Trainings in the words of both dialects: what is sent, and what comes back."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, cast

from bot.ai._chunks import objects
from bot.ai._form import given
from bot.ai._lists import moment, words
from bot.ai._values import number
from bot.domain.errors import OptionError, OptionGoneError
from bot.domain.fine_tuning import (
    NEW,
    OLD,
    ONLY_OLD,
    Checkpoint,
    Job,
    JobEvent,
    JobRequest,
    JobStatus,
)

LONGEST_OLD_SUFFIX = 40


def new_body(request: JobRequest, *, top_level: bool) -> dict[str, Any]:
    """`top_level` puts hyperparameters where servers of late 2023 want them.

    Raises:
        OptionGoneError: there is no place for some of them any more.
    """
    wanted = request.hyperparameters
    if gone := wanted.only_old:
        raise OptionGoneError(gone, NEW)
    method = request.method or "supervised"
    numbers = given(
        n_epochs=wanted.n_epochs,
        batch_size=wanted.batch_size,
        learning_rate_multiplier=wanted.learning_rate_multiplier,
    )
    if wanted.beta is not None:
        if method != "dpo":
            raise OptionError("beta", str(wanted.beta), "method: dpo")
        numbers["beta"] = wanted.beta
    wandb = {"project": request.wandb_project}
    body = given(
        model=request.model,
        training_file=request.training_file,
        validation_file=request.validation_file,
        suffix=request.suffix,
        seed=request.seed,
        integrations=[{"type": "wandb", "wandb": wandb}] if request.wandb_project else None,
        metadata=request.metadata,
    )
    if top_level:
        return body | ({"hyperparameters": numbers} if numbers else {})
    if numbers or request.method is not None:
        inner = {"hyperparameters": numbers} if numbers else {}
        inner |= given(grader=request.grader)
        body["method"] = {"type": method, **({method: inner} if inner else {})}
    return body


def old_body(request: JobRequest, *, nested: bool) -> dict[str, Any]:
    """`nested` puts n_epochs where /fine-tunes wanted it from October 2023 on.

    Raises:
        OptionGoneError: 2023 had no such thing.
        OptionError: the suffix is too long for it.
    """
    wanted = request.hyperparameters
    if request.only_new:
        raise OptionGoneError(request.only_new, OLD)
    if request.suffix is not None and len(request.suffix) > LONGEST_OLD_SUFFIX:
        raise OptionError("suffix", request.suffix, f"1..{LONGEST_OLD_SUFFIX} characters")
    body = given(
        training_file=request.training_file,
        validation_file=request.validation_file,
        model=request.model,
        suffix=request.suffix,
        batch_size=_chosen(wanted.batch_size),
        learning_rate_multiplier=_chosen(wanted.learning_rate_multiplier),
        **{name: getattr(wanted, name) for name in ONLY_OLD},
    )
    epochs = _chosen(wanted.n_epochs)
    if epochs is None:
        return body
    return body | ({"hyperparameters": {"n_epochs": epochs}} if nested else {"n_epochs": epochs})


def job_of(fields: Mapping[str, Any]) -> Job | None:
    """None for what has no id."""
    found = words(fields, "id")
    if found is None:
        return None
    old = fields.get("object") == "fine-tune" or (
        found.startswith("ft-") and "training_files" in fields
    )
    status = str(fields.get("status") or "")
    method = _table(fields.get("method"))
    kind = words(method, "type")
    inner = _table(_table(method.get(kind or "")).get("hyperparameters"))
    return Job(
        id=found,
        status=_status(status),
        model=words(fields, "model"),
        fine_tuned_model=words(fields, "fine_tuned_model"),
        created=moment(fields, "created_at"),
        finished=moment(fields, "finished_at")
        or (moment(fields, "updated_at") if _status(status).over else None),
        estimated_finish=moment(fields, "estimated_finish"),
        failure=_failure(fields),
        training_file=words(fields, "training_file") or _first(fields, "training_files"),
        validation_file=words(fields, "validation_file") or _first(fields, "validation_files"),
        result_files=tuple(_ids(fields.get("result_files"))),
        trained_tokens=number(fields.get("trained_tokens")),
        seed=number(fields.get("seed")),
        method=kind,
        hyperparameters=inner
        or _table(fields.get("hyperparameters"))
        or _table(fields.get("hyperparams")),
        old=old,
    )


def events_of(items: Iterable[Mapping[str, Any]]) -> list[JobEvent]:
    """In the order they came. Those of 2023 have no id: it is made of what they say."""
    seen: dict[str, int] = {}
    events: list[JobEvent] = []
    for item in items:
        found = words(item, "id")
        if found is None:
            said = f"{item.get('created_at')} {item.get('level')} {item.get('message')}"
            seen[said] = seen.get(said, 0) + 1
            found = sha256(f"{said} {seen[said]}".encode()).hexdigest()[:24]
        events.append(
            JobEvent(
                id=found,
                at=moment(item, "created_at"),
                level=words(item, "level") or "info",
                message=words(item, "message") or "",
                data=_table(item.get("data")),
            )
        )
    return events


def checkpoint_of(fields: Mapping[str, Any]) -> Checkpoint | None:
    found, model = words(fields, "id"), words(fields, "fine_tuned_model_checkpoint")
    if found is None or model is None:
        return None
    metrics = {
        name: float(value)
        for name, value in _table(fields.get("metrics")).items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    return Checkpoint(
        id=found, model=model, step=number(fields.get("step_number")), metrics=metrics
    )


def _chosen(value: float | str | None) -> float | str | None:
    """`auto` is what it is without being said, where it can't be said."""
    return None if value == "auto" else value


def _status(word: str) -> JobStatus:
    if word == "pending":
        return JobStatus.QUEUED
    return _STATUS.get(word, JobStatus.UNKNOWN)


_STATUS = {status.value: status for status in JobStatus}


def _failure(fields: Mapping[str, Any]) -> str | None:
    """Of its `error`; in 2023 the last event of level error said why."""
    if said := words(_table(fields.get("error")), "message"):
        return said
    if fields.get("status") != "failed":
        return None
    for event in reversed(objects(fields.get("events"))):
        if event.get("level") == "error":
            return words(event, "message")
    return None


def _ids(value: object) -> Iterable[str]:
    for item in cast("list[object]", value) if isinstance(value, list) else []:
        found = cast("dict[str, Any]", item).get("id") if isinstance(item, dict) else item
        if isinstance(found, str):
            yield found


def _first(fields: Mapping[str, Any], name: str) -> str | None:
    return next(iter(_ids(fields.get(name))), None)


def _table(value: object) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
