import asyncio
import json
from typing import Any

import pytest
from openai import AsyncStream, BadRequestError, NotFoundError

from tests.sandbox.openai.conftest import Running

CHAT_LINE = {
    "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
}
PROMPT_LINE = {"prompt": "Hi ->", "completion": " Hello\n"}


def jsonl(line: dict[str, Any], count: int = 10) -> bytes:
    return f"{json.dumps(line)}\n".encode() * count


async def upload(running: Running, line: dict[str, Any], count: int = 10) -> str:
    file = await running.client.files.create(
        file=("train.jsonl", jsonl(line, count)), purpose="fine-tune"
    )
    return file.id


async def job(running: Running, **options: Any) -> Any:
    return await running.client.fine_tuning.jobs.create(
        model="gpt-4o-mini", training_file=await upload(running, CHAT_LINE), **options
    )


async def test_a_job_goes_its_way_by_the_clock(modern: Running) -> None:
    made = await job(modern, suffix="mine")
    jobs = modern.client.fine_tuning.jobs

    seen = [made.status]
    for seconds in (5, 5, 5, 1000):
        await modern.clock.advance(seconds)
        seen.append((await jobs.retrieve(made.id)).status)

    assert seen == ["validating_files", "queued", "running", "running", "succeeded"]


async def test_a_job_that_succeeded_leaves_a_model_that_answers_and_a_table(
    modern: Running,
) -> None:
    made = await job(modern, suffix="mine", seed=7)
    await modern.clock.advance(1000)

    done = await modern.client.fine_tuning.jobs.retrieve(made.id)
    assert done.fine_tuned_model is not None
    assert done.fine_tuned_model.startswith("ft:gpt-4o-mini:sandbox:mine:")
    assert done.seed == 7
    assert done.trained_tokens
    table = await modern.client.files.content(done.result_files[0])
    models = [each.id for each in (await modern.client.models.list()).data]
    answer = await modern.client.chat.completions.create(
        model=done.fine_tuned_model, messages=[{"role": "user", "content": "Hi"}]
    )
    deleted = await modern.client.models.delete(done.fine_tuned_model)

    assert table.text.startswith("step,train_loss,")
    assert len(table.text.splitlines()) == 31
    assert done.fine_tuned_model in models
    assert answer.choices[0].message.content
    assert deleted.deleted


async def test_events_are_newest_first_in_pages_and_name_the_metrics(modern: Running) -> None:
    made = await job(modern)
    await modern.clock.advance(1000)

    first = await modern.client.fine_tuning.jobs.list_events(made.id, limit=3)
    every: list[Any] = [
        each async for each in modern.client.fine_tuning.jobs.list_events(made.id, limit=20)
    ]

    assert "successfully completed" in first.data[0].message
    assert first.has_more
    assert every[-1].message.startswith("Created fine-tuning job")
    assert len({each.id for each in every}) == len(every)
    metrics = [each for each in every if each.type == "metrics"]
    assert metrics[0].data["train_loss"] < metrics[-1].data["train_loss"]
    stamps = [each.created_at for each in every]
    assert stamps == sorted(stamps, reverse=True)


async def test_every_epoch_leaves_a_checkpoint(modern: Running) -> None:
    made = await job(
        modern, method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2}}}
    )
    await modern.clock.advance(1000)

    page = await modern.client.fine_tuning.jobs.checkpoints.list(made.id)

    assert [each.step_number for each in page.data] == [20, 10]
    assert page.data[0].metrics.train_loss is not None


async def test_a_paused_job_stands_still_until_it_is_resumed(modern: Running) -> None:
    made = await job(modern)
    jobs = modern.client.fine_tuning.jobs
    await modern.clock.advance(15)

    paused = await jobs.pause(made.id)
    await modern.clock.advance(5000)
    still = await jobs.retrieve(made.id)
    resumed = await jobs.resume(made.id)
    await modern.clock.advance(1000)
    done = await jobs.retrieve(made.id)

    assert [each.status for each in (paused, still, resumed, done)] == [
        "paused",
        "paused",
        "running",
        "succeeded",
    ]
    assert done.finished_at is not None
    assert done.finished_at > made.created_at + 5000


async def test_a_job_can_be_cancelled_once(modern: Running) -> None:
    made = await job(modern)

    cancelled = await modern.client.fine_tuning.jobs.cancel(made.id)

    assert cancelled.status == "cancelled"
    with pytest.raises(BadRequestError):
        await modern.client.fine_tuning.jobs.cancel(made.id)
    await modern.clock.advance(1000)
    assert (await modern.client.fine_tuning.jobs.retrieve(made.id)).status == "cancelled"


@pytest.mark.parametrize(
    ("line", "count", "sentence"),
    [(PROMPT_LINE, 10, "missing key 'messages'"), (CHAT_LINE, 9, "at least 10 examples")],
)
async def test_a_job_with_a_bad_file_fails_and_says_why(
    modern: Running, line: dict[str, Any], count: int, sentence: str
) -> None:
    made = await modern.client.fine_tuning.jobs.create(
        model="gpt-4o-mini", training_file=await upload(modern, line, count)
    )
    await modern.clock.advance(10)

    failed = await modern.client.fine_tuning.jobs.retrieve(made.id)

    assert failed.status == "failed"
    assert failed.error is not None
    assert failed.error.code == "invalid_training_file"
    assert sentence in failed.error.message


async def test_jobs_are_listed_newest_first(modern: Running) -> None:
    made = [(await job(modern)).id for _ in range(3)]

    page = await modern.client.fine_tuning.jobs.list(limit=2)

    assert [each.id for each in page.data] == made[:0:-1]
    assert page.has_more


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"model": "gpt-6-luna"}, "model"),
        ({"training_file": "file-none"}, "training_file"),
        ({"suffix": "x" * 65}, "suffix"),
        ({"hyperparameters": {"n_epochs": 51}}, "hyperparameters.n_epochs"),
        ({"method": {"type": "magic"}}, "method.type"),
    ],
)
async def test_a_wrong_job_is_refused(modern: Running, options: dict[str, Any], param: str) -> None:
    file = await upload(modern, CHAT_LINE)
    body = {"model": "gpt-4o-mini", "training_file": file, **options}

    with pytest.raises(BadRequestError) as caught:
        await modern.client.post("/fine_tuning/jobs", cast_to=object, body=body)

    assert caught.value.param == param


async def test_a_job_that_never_was_is_not_found(modern: Running) -> None:
    with pytest.raises(NotFoundError) as caught:
        await modern.client.fine_tuning.jobs.retrieve("ftjob-none")

    assert caught.value.code == "fine_tune_not_found"


@pytest.mark.parametrize("dialect", ["legacy", "both"])
async def test_a_fine_tune_of_2023_goes_its_way(serve: Any, dialect: str) -> None:
    running: Running = await serve(dialect)
    client = running.client
    file = await upload(running, PROMPT_LINE)

    made: Any = await client.post(
        "/fine-tunes", cast_to=object, body={"training_file": file, "suffix": "Mine", "n_epochs": 2}
    )
    path = f"/fine-tunes/{made['id']}"
    seen = [made["status"]]
    for seconds in (12, 1000):
        await running.clock.advance(seconds)
        seen.append((await client.get(path, cast_to=object))["status"])  # pyright: ignore[reportIndexIssue]  raw JSON
    done: Any = await client.get(path, cast_to=object)
    listed: Any = await client.get("/fine-tunes", cast_to=object)
    events: Any = await client.get(f"{path}/events", cast_to=object)
    answer = await client.completions.create(model=done["fine_tuned_model"], prompt="Hi ->")

    assert seen == ["pending", "running", "succeeded"]
    assert done["fine_tuned_model"].startswith("curie:ft-org-sandbox:mine-")
    assert done["hyperparams"]["n_epochs"] == 2
    assert done["training_files"][0]["id"] == file
    assert done["result_files"][0]["object"] == "file"
    assert [each["id"] for each in listed["data"]] == [made["id"]]
    assert "events" not in listed["data"][0]
    assert "Completed epoch 2/2" in [each["message"] for each in events["data"]]
    assert answer.choices[0].text
    assert (await client.models.delete(done["fine_tuned_model"])).deleted


async def test_events_of_2023_can_be_followed_until_the_end(legacy: Running) -> None:
    file = await upload(legacy, PROMPT_LINE)
    made: Any = await legacy.client.post(
        "/fine-tunes", cast_to=object, body={"training_file": file}
    )

    async def follow() -> list[str]:
        stream: Any = await legacy.client.get(
            f"/fine-tunes/{made['id']}/events",
            cast_to=object,
            stream=True,
            stream_cls=AsyncStream[object],
            options={"params": {"stream": True}},
        )
        return [each["message"] async for each in stream]

    following = asyncio.ensure_future(follow())
    while not following.done():
        await legacy.clock.advance(5)

    messages = await following
    assert messages[0].startswith("Created fine-tune: ft-")
    assert messages[-1] == "Fine-tune succeeded"
    assert legacy.server.requests[-1].finished


async def test_a_fine_tune_can_be_cancelled_once(legacy: Running) -> None:
    file = await upload(legacy, PROMPT_LINE)
    made: Any = await legacy.client.post(
        "/fine-tunes", cast_to=object, body={"training_file": file}
    )
    path = f"/fine-tunes/{made['id']}/cancel"

    cancelled: Any = await legacy.client.post(path, cast_to=object)

    assert cancelled["status"] == "cancelled"
    with pytest.raises(BadRequestError, match="already ended"):
        await legacy.client.post(path, cast_to=object)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"model": "text-davinci-003"}, "Invalid base model"),
        ({"suffix": "x" * 41}, "greater than the maximum of 40"),
        ({"compute_classification_metrics": True}, "needs a validation_file"),
        ({"seed": 1}, "Unrecognized request argument supplied: seed"),
    ],
)
async def test_a_wrong_fine_tune_is_refused(
    legacy: Running, body: dict[str, Any], sentence: str
) -> None:
    file = await upload(legacy, PROMPT_LINE)

    with pytest.raises(BadRequestError, match=sentence):
        await legacy.client.post(
            "/fine-tunes", cast_to=object, body={"training_file": file, **body}
        )


async def test_chat_lines_do_not_train_a_model_of_2023(legacy: Running) -> None:
    file = await upload(legacy, CHAT_LINE)

    with pytest.raises(BadRequestError, match="missing key 'prompt'"):
        await legacy.client.post("/fine-tunes", cast_to=object, body={"training_file": file})


async def test_each_generation_has_its_own_address(serve: Any) -> None:
    modern: Running = await serve("modern")
    legacy: Running = await serve("legacy")

    with pytest.raises(NotFoundError, match="Invalid URL"):
        await modern.client.get("/fine-tunes", cast_to=object)
    with pytest.raises(NotFoundError, match="Invalid URL"):
        await legacy.client.fine_tuning.jobs.list()
