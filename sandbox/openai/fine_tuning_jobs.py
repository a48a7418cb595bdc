"""/fine_tuning/jobs: create, list, get, cancel, pause, resume, events, checkpoints."""

from typing import Any

from sandbox.openai import fine_tuning_plan, tokens, training_files
from sandbox.openai.call import Body, Call, Operation, new_id
from sandbox.openai.catalogue import Model, Use
from sandbox.openai.errors import ApiError, not_found
from sandbox.openai.pages import paged
from sandbox.openai.params import (
    Param,
    Params,
    anything,
    as_object,
    check_value,
    choice,
    integer,
    items,
    mapping,
    number,
    text,
)
from sandbox.openai.streams import Answer, Json
from sandbox.openai.training import Happened, Moment, Training

CREATE: Params = {
    "model": text(required=True),
    "training_file": text(required=True),
    "validation_file": text(),
    "suffix": text(1, 64),
    "seed": integer(0, 2_147_483_647),
    "method": mapping(),
    "hyperparameters": mapping(),
    "integrations": items(),
    "metadata": mapping(),
}
LISTED: Params = {"limit": integer(1, 100), "after": text(), "metadata": anything()}
PAGE: Params = {"limit": integer(1, 100), "after": text()}
METHODS = ("supervised", "dpo", "reinforcement")
_TRAINABLE = ("gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano")
_COLUMNS = ("step", "train_loss", "train_mean_token_accuracy", "valid_loss")


async def create(call: Call) -> Answer:
    args, state = call.args, call.state
    base = _base(call)
    source = training_files.source(state, args["training_file"], "training_file")
    if "validation_file" in args:
        training_files.source(state, args["validation_file"], "validation_file")
    kind, given = _method(args)
    lines = training_files.lines(source)
    used = {
        "n_epochs": _number(given, "n_epochs", integer(1, 50), 3),
        "batch_size": _number(given, "batch_size", integer(1, 256), max(1, len(lines) // 500)),
        "learning_rate_multiplier": _number(given, "learning_rate_multiplier", number(0), 2.0),
    }
    job_id = new_id("ftjob-")
    job = Training(
        id=job_id,
        model=base.id,
        created_at=state.clock.now().timestamp(),
        plan=fine_tuning_plan.moments(
            job_id,
            source.id,
            lines,
            method=kind,
            epochs=int(used["n_epochs"]),
            batch=int(used["batch_size"]),
            validated="validation_file" in args,
            pace=state.trainings.pace,
        ),
        settings={
            **args,
            "method": {"type": kind, kind: {**_details(args, kind), "hyperparameters": used}},
            "hyperparameters": used,
            "seed": args.get("seed", tokens.token_id(job_id)),
            "tokens": training_files.size(source) * int(used["n_epochs"]),
        },
        succeed=lambda job, at: _succeed(call, job, at),
    )
    job.look(job.created_at)
    state.trainings.jobs[job.id] = job
    return Json(_shown(call, job))


async def listed(call: Call) -> Answer:
    jobs = list(call.state.trainings.jobs.values())[::-1]
    page, more = paged(jobs, call.args.get("after"), call.args.get("limit", 20))
    shown = [_shown(call, each) for each in page]
    return Json({"object": "list", "data": shown, "has_more": more})


async def get(call: Call) -> Answer:
    return Json(_shown(call, _find(call)))


async def cancel(call: Call) -> Answer:
    job = _find(call)
    if job.ended:
        raise _wrong_state(job, "cancelled")
    job.note(Moment(0, "The job was cancelled", status="cancelled"), _now(call))
    return Json(_shown(call, job))


async def pause(call: Call) -> Answer:
    job = _find(call)
    if job.status != "running":
        raise _wrong_state(job, "paused")
    job.pause(_now(call))
    return Json(_shown(call, job))


async def resume(call: Call) -> Answer:
    job = _find(call)
    if job.status != "paused":
        raise _wrong_state(job, "resumed")
    job.resume(_now(call))
    return Json(_shown(call, job))


async def events(call: Call) -> Answer:
    job = _find(call)
    newest = job.happened[::-1]
    page, more = paged(newest, call.args.get("after"), call.args.get("limit", 20))
    return Json({"object": "list", "data": [_event(each) for each in page], "has_more": more})


async def checkpoints(call: Call) -> Answer:
    job = _find(call)
    taken = [each for each in job.happened if each.moment.checkpoint is not None][::-1]
    page, more = paged(taken, call.args.get("after"), call.args.get("limit", 10))
    shown = [_checkpoint(job, each) for each in page]
    return Json(
        {
            "object": "list",
            "data": shown,
            "first_id": shown[0]["id"] if shown else None,
            "last_id": shown[-1]["id"] if shown else None,
            "has_more": more,
        }
    )


def _base(call: Call) -> Model:
    name = call.args["model"]
    model = call.state.catalogue.get(name)
    if (model.parent or model.id) not in _TRAINABLE:
        raise ApiError(
            f"Model {name} is not available for fine-tuning or does not exist.",
            param="model",
            code="model_not_available",
        )
    return model


def _method(args: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Its kind and the hyperparameters, from either place they may stand at."""
    method = as_object(args.get("method")) or {"type": "supervised"}
    kind = method.get("type", "")
    check_value("method.type", kind, choice(*METHODS))
    inner = as_object((as_object(method.get(kind)) or {}).get("hyperparameters"))
    return str(kind), inner or as_object(args.get("hyperparameters")) or {}


def _details(args: dict[str, Any], kind: str) -> dict[str, Any]:
    """What a method has beside hyperparameters: its grader."""
    method = as_object(args.get("method")) or {}
    details = as_object(method.get(kind)) or {}
    if kind == "reinforcement" and as_object(details.get("grader")) is None:
        raise ApiError(
            "A grader is required for reinforcement.", param="method.reinforcement.grader"
        )
    return {name: value for name, value in details.items() if name == "grader"}


def _number(given: dict[str, Any], name: str, param: Param, auto: float) -> float:
    value = given.get(name, "auto")
    if value == "auto":
        return auto
    check_value(f"hyperparameters.{name}", value, param)
    return value


def _now(call: Call) -> float:
    return call.state.clock.now().timestamp()


def _find(call: Call) -> Training:
    job_id = call.ids["job_id"]
    job = call.state.trainings.jobs.get(job_id)
    if job is None:
        raise not_found(
            f"Could not find fine tune: {job_id}", param="fine_tune_id", code="fine_tune_not_found"
        )
    job.look(_now(call))
    return job


def _wrong_state(job: Training, wanted: str) -> ApiError:
    return ApiError(
        f"Job {job.id} cannot be {wanted}: it is {job.status}.", code="invalid_job_state"
    )


def _name(job: Training) -> str:
    suffix = str(job.settings.get("suffix", ""))
    base = job.model.split(":")[1] if job.model.startswith("ft:") else job.model
    return f"ft:{base}:sandbox:{suffix}:{job.id.removeprefix('ftjob-')[:8]}".replace(" ", "-")


def _succeed(call: Call, job: Training, at: int) -> None:
    base = call.state.catalogue.get(job.model)
    job.fine_tuned_model = _name(job)
    job.trained_tokens = int(job.settings["tokens"])
    results = training_files.put_results(call.state, job, at, _COLUMNS)
    job.result_files.append(results.id)
    call.state.catalogue.add(
        Model(
            job.fine_tuned_model,
            Use.CHAT,
            base.context,
            base.family,
            created=at,
            owned_by=call.state.organization,
            parent=base.parent or base.id,
            root=base.id,
        )
    )


def _shown(call: Call, job: Training) -> dict[str, Any]:
    job.look(_now(call))
    settings = job.settings
    return {
        "id": job.id,
        "object": "fine_tuning.job",
        "created_at": int(job.created_at),
        "error": job.error,
        "estimated_finish": None if job.ended else job.ends_at(),
        "fine_tuned_model": job.fine_tuned_model,
        "finished_at": job.finished_at,
        "hyperparameters": settings["hyperparameters"],
        "integrations": settings.get("integrations", []),
        "metadata": settings.get("metadata"),
        "method": settings["method"],
        "model": job.model,
        "organization_id": call.state.organization,
        "result_files": list(job.result_files),
        "seed": settings["seed"],
        "status": job.status,
        "trained_tokens": job.trained_tokens,
        "training_file": settings["training_file"],
        "validation_file": settings.get("validation_file"),
    }


def _event(each: Happened) -> dict[str, Any]:
    metrics = each.moment.metrics
    return {
        "object": "fine_tuning.job.event",
        "id": each.id,
        "created_at": each.created_at,
        "level": each.moment.level,
        "message": each.moment.message,
        "type": "message" if metrics is None else "metrics",
        "data": metrics,
    }


def _checkpoint(job: Training, each: Happened) -> dict[str, Any]:
    step = each.moment.checkpoint or 0
    numbers = next(
        dict(other.moment.metrics)
        for other in job.happened
        if other.moment.metrics is not None and other.moment.metrics["step"] == step
    )
    del numbers["total_steps"]
    return {
        "object": "fine_tuning.job.checkpoint",
        "id": each.id,
        "created_at": each.created_at,
        "fine_tuned_model_checkpoint": f"{_name(job)}:ckpt-step-{step}",
        "fine_tuning_job_id": job.id,
        "metrics": numbers,
        "step_number": step,
    }


_JOB = "/fine_tuning/jobs/{job_id}"
OPERATIONS = (
    Operation("POST", "/fine_tuning/jobs", create, legacy=None, modern=CREATE, body=Body.JSON),
    Operation("GET", "/fine_tuning/jobs", listed, legacy=None, modern=LISTED),
    Operation("GET", _JOB, get, legacy=None, modern={}),
    Operation("POST", f"{_JOB}/cancel", cancel, legacy=None, modern={}),
    Operation("POST", f"{_JOB}/pause", pause, legacy=None, modern={}),
    Operation("POST", f"{_JOB}/resume", resume, legacy=None, modern={}),
    Operation("GET", f"{_JOB}/events", events, legacy=None, modern=PAGE),
    Operation("GET", f"{_JOB}/checkpoints", checkpoints, legacy=None, modern=PAGE),
)
