"""What a job of /fine_tuning/jobs will go through, and when."""

from typing import Any

from sandbox.openai import jsonl
from sandbox.openai.training import Moment
from sandbox.openai.training_files import metrics

VALIDATED_S, STARTED_S, STEP_S = 5.0, 10.0, 2.0
MAX_STEPS = 60  # shown; a longer training shows every so many


def moments(
    job_id: str,
    training_file: str,
    lines: list[dict[str, Any]],
    *,
    method: str,
    epochs: int,
    batch: int,
    validated: bool,
    pace: float,
) -> list[Moment]:
    """From validating_files to succeeded, or to failed for lines that cannot be learnt from."""
    made = [
        Moment(0, f"Created fine-tuning job: {job_id}", status="validating_files"),
        Moment(0, f"Validating training file: {training_file}"),
    ]
    check = jsonl.preference_problem if method == "dpo" else jsonl.chat_problem
    wrong = check(lines)
    if wrong is not None:
        error: dict[str, str | None] = {
            "code": "invalid_training_file",
            "message": wrong,
            "param": "training_file",
        }
        told = f"The job failed due to an invalid training file. {wrong}"
        return [*made, Moment(VALIDATED_S * pace, told, "error", status="failed", error=error)]
    made += [
        Moment(VALIDATED_S * pace, "Files validated, moving job to queued state", status="queued"),
        Moment(STARTED_S * pace, "Fine-tuning job started", status="running"),
    ]
    per_epoch = max(1, -(-len(lines) // batch))
    total = per_epoch * epochs
    stride = max(1, -(-total // MAX_STEPS))
    at = STARTED_S
    for step in range(1, total + 1):
        closes_epoch = step % per_epoch == 0
        if step % stride and not closes_epoch:
            continue
        at += STEP_S
        numbers = metrics(step, total, validated=validated)
        told = f"Step {step}/{total}: training loss={numbers['train_loss']:.2f}"
        made.append(Moment(at * pace, told, metrics=numbers))
        if closes_epoch:
            told = f"Checkpoint created at step {step}"
            made.append(Moment(at * pace, told, checkpoint=step))
    at += STEP_S
    return [
        *made,
        Moment(at * pace, "New fine-tuned model created"),
        Moment(at * pace, "The job has successfully completed", status="succeeded"),
    ]
