"""What fine-tuning takes from the files and gives back to them: lines in, a CSV of results out."""

from typing import Any

from sandbox.openai import jsonl, tokens, training
from sandbox.openai.call import State, new_id
from sandbox.openai.errors import ApiError
from sandbox.openai.file_store import StoredFile
from sandbox.openai.jsonl import examples
from sandbox.openai.training import Training


def source(state: State, file_id: str, param: str) -> StoredFile:
    """The uploaded file.

    Raises:
        ApiError: 400; there is none, or it was uploaded for something else.
    """
    file = state.files.get(file_id, state.now())
    if file is None:
        raise ApiError(f"invalid {param}: {file_id}", param=param, code="file_not_found")
    if file.purpose != "fine-tune":
        raise ApiError(
            f"The purpose of {param} {file_id} is '{file.purpose}', and must be 'fine-tune'.",
            param=param,
            code="invalid_file_purpose",
        )
    return file


def lines(file: StoredFile) -> list[dict[str, Any]]:
    """Its examples; none when it is not JSONL."""
    return [] if jsonl.problem(file.data) else examples(file.data)


def size(file: StoredFile) -> int:
    """In tokens."""
    return tokens.count(file.data.decode("utf-8", "replace"))


def put_results(state: State, job: Training, at: int, columns: tuple[str, ...]) -> StoredFile:
    """A CSV with a row for each metrics moment of the job; columns name their keys."""
    rows = [",".join(columns)]
    for each in job.happened:
        metrics = each.moment.metrics
        if metrics is not None:
            rows.append(",".join(f"{metrics.get(name, 0):g}" for name in columns))
    file = StoredFile(
        id=new_id("file-"),
        filename="step_metrics.csv" if "step" in columns else "compiled_results.csv",
        purpose="fine-tune-results",
        data="\n".join([*rows, ""]).encode(),
        created_at=at,
        processed_at=at,
    )
    state.files.put(file)
    return file


def metrics(step: int, total: int, *, validated: bool) -> dict[str, float]:
    made: dict[str, float] = {
        "step": step,
        "total_steps": total,
        "train_loss": training.loss(step, total),
        "train_mean_token_accuracy": training.accuracy(step, total),
    }
    if validated:
        made["valid_loss"] = round(training.loss(step, total) * 1.1, 4)
        made["valid_mean_token_accuracy"] = round(training.accuracy(step, total) * 0.97, 4)
    return made
