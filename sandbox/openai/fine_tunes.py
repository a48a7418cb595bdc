"""/fine-tunes of 2023: create, list, get, cancel, events (as a list, or streamed until the end)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from sandbox.openai import files, jsonl, training, training_files
from sandbox.openai.call import Body, Call, Operation, new_id
from sandbox.openai.catalogue import Model, Use
from sandbox.openai.errors import ApiError, not_found
from sandbox.openai.params import (
    Params,
    boolean,
    integer,
    items,
    number,
    text,
)
from sandbox.openai.streams import Answer, Event, Events, Json
from sandbox.openai.training import Happened, Moment, Training

CREATE: Params = {
    "training_file": text(required=True),
    "validation_file": text(),
    "model": text(),
    "n_epochs": integer(1, 50),
    "batch_size": integer(1, 256),
    "learning_rate_multiplier": number(0),
    "prompt_loss_weight": number(0),
    "compute_classification_metrics": boolean(),
    "classification_n_classes": integer(2),
    "classification_positive_class": text(),
    "classification_betas": items(),
    "suffix": text(1, 40),
}
STREAMED: Params = {"stream": boolean()}
ENQUEUED_S, STARTED_S, EPOCH_S, UPLOAD_S = 5.0, 10.0, 10.0, 5.0
_BASES = ("ada", "babbage", "curie", "davinci")
_COLUMNS = ("step", "elapsed_examples", "training_loss", "training_token_accuracy")


async def create(call: Call) -> Answer:
    args, state = call.args, call.state
    base = _base(call)
    source = training_files.source(state, args["training_file"], "training_file")
    _classification(args)
    if "validation_file" in args:
        training_files.source(state, args["validation_file"], "validation_file")
    lines = training_files.lines(source)
    wrong = jsonl.prompt_problem(lines)
    if wrong is not None:
        raise ApiError(f"Invalid training file {source.id}: {wrong}", param="training_file")
    settings: dict[str, Any] = {
        "n_epochs": args.get("n_epochs", 4),
        "batch_size": args.get("batch_size", min(256, max(1, len(lines) // 500))),
        "learning_rate_multiplier": args.get("learning_rate_multiplier", 0.1),
        "prompt_loss_weight": args.get("prompt_loss_weight", 0.01),
    }
    settings |= {name: value for name, value in args.items() if name.startswith(("class", "comp"))}
    fine_tune_id = new_id("ft-")
    fine_tune = Training(
        id=fine_tune_id,
        model=base.id,
        created_at=state.clock.now().timestamp(),
        plan=_plan(fine_tune_id, int(settings["n_epochs"]), len(lines), state.trainings.pace),
        settings={**args, "hyperparams": settings},
        succeed=lambda done, at: _succeed(call, done, at),
    )
    fine_tune.look(fine_tune.created_at)
    state.trainings.fine_tunes[fine_tune.id] = fine_tune
    return Json(_shown(call, fine_tune, events=True))


async def listed(call: Call) -> Answer:
    fine_tunes = call.state.trainings.fine_tunes.values()
    return Json({"object": "list", "data": [_shown(call, each) for each in fine_tunes]})


async def get(call: Call) -> Answer:
    return Json(_shown(call, _find(call), events=True))


async def cancel(call: Call) -> Answer:
    fine_tune = _find(call)
    if fine_tune.ended:
        raise ApiError(
            f"Fine-tune {fine_tune.id} has already ended: its status is '{fine_tune.status}'.",
            param="fine_tune_id",
        )
    cancelled = Moment(0, "Fine-tune cancelled", status="cancelled")
    fine_tune.note(cancelled, call.state.clock.now().timestamp())
    return Json(_shown(call, fine_tune, events=True))


async def events(call: Call) -> Answer:
    fine_tune = _find(call)
    if call.args.get("stream"):
        return Events(_follow(call, fine_tune), done=True)
    return Json({"object": "list", "data": [_event(each) for each in fine_tune.happened]})


async def _follow(call: Call, fine_tune: Training) -> AsyncIterator[Event]:
    """Those that were, then those that come, until it has ended."""
    clock = call.state.clock
    told = 0
    while True:
        fine_tune.look(clock.now().timestamp())
        while told < len(fine_tune.happened):
            yield Event(_event(fine_tune.happened[told]))
            told += 1
        due = fine_tune.due()
        if due is None:
            return
        await clock.sleep(max(0.0, due - clock.now().timestamp()))


def _base(call: Call) -> Model:
    name = call.args.get("model", "curie")
    model = call.state.catalogue.get(name)
    if (model.parent or model.id) not in _BASES:
        raise ApiError(f"Invalid base model: {name} (must be one of {', '.join(_BASES)})")
    return model


def _classification(args: dict[str, Any]) -> None:
    if not args.get("compute_classification_metrics"):
        return
    if "validation_file" not in args:
        raise ApiError("compute_classification_metrics needs a validation_file.")
    if not {"classification_n_classes", "classification_positive_class"} & args.keys():
        raise ApiError(
            "compute_classification_metrics needs classification_n_classes (multiclass) or"
            " classification_positive_class (binary)."
        )


def _plan(fine_tune_id: str, epochs: int, examples: int, pace: float) -> list[Moment]:
    made = [
        Moment(0, f"Created fine-tune: {fine_tune_id}", status="pending"),
        Moment(ENQUEUED_S * pace, "Fine-tune costs $0.00"),
        Moment(ENQUEUED_S * pace, "Fine-tune enqueued. Queue number: 0"),
        Moment(STARTED_S * pace, "Fine-tune started", status="running"),
    ]
    at = STARTED_S
    for epoch in range(1, epochs + 1):
        at += EPOCH_S
        numbers: dict[str, float] = {
            "step": epoch,
            "elapsed_examples": epoch * examples,
            "training_loss": training.loss(epoch, epochs),
            "training_token_accuracy": training.accuracy(epoch, epochs),
        }
        made.append(Moment(at * pace, f"Completed epoch {epoch}/{epochs}", metrics=numbers))
    at += UPLOAD_S
    return [
        *made,
        Moment(at * pace, "Uploaded model"),
        Moment(at * pace, "Uploaded result file"),
        Moment(at * pace, "Fine-tune succeeded", status="succeeded"),
    ]


def _succeed(call: Call, fine_tune: Training, at: int) -> None:
    base = call.state.catalogue.get(fine_tune.model)
    name = base.parent or base.id
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d-%H-%M-%S")
    suffix = str(fine_tune.settings.get("suffix", "")).lower().replace(" ", "-")
    middle = f"{suffix}-" if suffix else ""
    fine_tune.fine_tuned_model = f"{name}:ft-{call.state.organization}:{middle}{stamp}"
    results = training_files.put_results(call.state, fine_tune, at, _COLUMNS)
    fine_tune.result_files.append(results.id)
    call.state.catalogue.add(
        Model(
            fine_tune.fine_tuned_model,
            Use.COMPLETION,
            base.context,
            created=at,
            owned_by=call.state.organization,
            parent=name,
            root=name,
        )
    )


def _find(call: Call) -> Training:
    fine_tune_id = call.ids["fine_tune_id"]
    fine_tune = call.state.trainings.fine_tunes.get(fine_tune_id)
    if fine_tune is None:
        raise not_found(f"No fine-tune job: {fine_tune_id}", param="fine_tune_id")
    fine_tune.look(call.state.clock.now().timestamp())
    return fine_tune


def _shown(call: Call, fine_tune: Training, *, events: bool = False) -> dict[str, Any]:
    fine_tune.look(call.state.clock.now().timestamp())
    settings = fine_tune.settings
    shown: dict[str, Any] = {
        "id": fine_tune.id,
        "object": "fine-tune",
        "model": fine_tune.model,
        "created_at": int(fine_tune.created_at),
        "updated_at": fine_tune.updated_at,
        "status": fine_tune.status,
        "fine_tuned_model": fine_tune.fine_tuned_model,
        "organization_id": call.state.organization,
        "hyperparams": settings["hyperparams"],
        "training_files": _file_objects(call, settings.get("training_file")),
        "validation_files": _file_objects(call, settings.get("validation_file")),
        "result_files": _file_objects(call, *fine_tune.result_files),
    }
    if events:
        shown["events"] = [_event(each) for each in fine_tune.happened]
    return shown


def _file_objects(call: Call, *file_ids: str | None) -> list[dict[str, Any]]:
    found = [call.state.files.get(each, call.state.now()) for each in file_ids if each]
    return [files.shown(each, call) for each in found if each is not None]


def _event(each: Happened) -> dict[str, Any]:
    return {
        "object": "fine-tune-event",
        "created_at": each.created_at,
        "level": each.moment.level,
        "message": each.moment.message,
    }


_ONE = "/fine-tunes/{fine_tune_id}"
OPERATIONS = (
    Operation("POST", "/fine-tunes", create, legacy=CREATE, modern=None, body=Body.JSON),
    Operation("GET", "/fine-tunes", listed, legacy={}, modern=None),
    Operation("GET", _ONE, get, legacy={}, modern=None),
    Operation("POST", f"{_ONE}/cancel", cancel, legacy={}, modern=None),
    Operation("GET", f"{_ONE}/events", events, legacy=STREAMED, modern=None),
)
