import asyncio
from typing import Any

import pytest

from bot.ai.api import Api
from bot.ai.files import OpenAIFiles
from bot.ai.fine_tuning import OpenAIFineTuning
from bot.domain.calls import Exchange, FallbackUsed, Operation
from bot.domain.chat import ParameterChanged
from bot.domain.errors import (
    AccessDeniedError,
    EndpointMissingError,
    ModelNotFoundError,
    OptionError,
    OptionGoneError,
    RemoteNotFoundError,
    RequestRejectedError,
    ServerFaultError,
)
from bot.domain.files import FileUpload
from bot.domain.fine_tuning import Hyperparameters, Job, JobEvent, JobRequest, JobStatus
from sandbox.clock import HandClock
from sandbox.openai import OpenAIServer
from tests.ai.asking import all_of
from tests.ai.raw import RawServer
from tests.ai.test_completions import UNKNOWN_PATHS

CHATS = b'{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n'
PROMPTS = b'{"prompt": "a ->", "completion": " b"}\n'
USED = FallbackUsed(operation=Operation.FINE_TUNING, path="/fine-tunes")
modern = pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
legacy = pytest.mark.parametrize("sandbox", ["legacy"], indirect=True)
both = pytest.mark.parametrize("sandbox", ["both"], indirect=True)


@pytest.fixture
def tuning(api: Api) -> OpenAIFineTuning:
    return OpenAIFineTuning(api)


@pytest.fixture
def sandboxed(sandbox_api: Api) -> OpenAIFineTuning:
    return OpenAIFineTuning(sandbox_api)


async def a_file(api: Api, clock: HandClock, lines: bytes = CHATS) -> str:
    upload = FileUpload(filename="train.jsonl", data=lines * 12, purpose="fine-tune")
    made = await OpenAIFiles(api).upload(upload)
    await clock.advance(5)
    return made.id


def a_job(file: str = "file-1", model: str = "gpt-4o-mini", **given: Any) -> JobRequest:
    fields = {name: given.pop(name) for name in ("suffix", "seed", "method") if name in given}
    return JobRequest(
        model=model, training_file=file, hyperparameters=Hyperparameters(**given), **fields
    )


async def followed(
    tuning: OpenAIFineTuning, job: str, clock: HandClock
) -> tuple[list[JobEvent], Job]:
    following = asyncio.ensure_future(all_of(tuning.follow(job)))
    while not following.done():
        await clock.advance(5)
    *events, end = await following
    assert isinstance(end, Job)
    return [event for event in events if isinstance(event, JobEvent)], end


@modern
async def test_a_job_is_made_followed_to_its_end_and_its_model_deleted(
    sandbox: OpenAIServer, sandboxed: OpenAIFineTuning, sandbox_api: Api, clock: HandClock
) -> None:
    exchanges: list[Exchange] = []
    file = await a_file(sandbox_api, clock)
    request = a_job(
        file, n_epochs=2, batch_size="auto", learning_rate_multiplier=1.5, suffix="x", seed=7
    )

    job = await sandboxed.create(request, exchanges.append)
    events, end = await followed(sandboxed, job.id, clock)
    checkpoints = await sandboxed.checkpoints(job.id)
    listed = await sandboxed.list(limit=5)
    await sandboxed.delete_model(end.fine_tuned_model or "")

    assert exchanges[0].request["method"] == {
        "type": "supervised",
        "supervised": {
            "hyperparameters": {
                "n_epochs": 2,
                "batch_size": "auto",
                "learning_rate_multiplier": 1.5,
            }
        },
    }
    assert (job.old, job.notices, job.seed) == (False, (), 7)
    assert (end.status, end.training_file) == (JobStatus.SUCCEEDED, file)
    assert end.fine_tuned_model
    assert end.trained_tokens
    assert end.result_files
    assert len({event.id for event in events}) == len(events)
    assert any("train_loss" in event.data for event in events)
    assert [event.at for event in events] == sorted(event.at for event in events)  # type: ignore[type-var]
    assert checkpoints
    assert [each.id for each in listed.jobs] == [job.id]
    with pytest.raises(ModelNotFoundError):
        await sandboxed.delete_model(end.fine_tuned_model)
    assert sandbox.requests


@modern
async def test_a_job_is_paused_resumed_and_cancelled(
    sandboxed: OpenAIFineTuning, sandbox_api: Api, clock: HandClock
) -> None:
    job = await sandboxed.create(a_job(await a_file(sandbox_api, clock)))
    while (await sandboxed.get(job.id)).status is not JobStatus.RUNNING:
        await clock.advance(2)

    paused = await sandboxed.pause(job.id)
    resumed = await sandboxed.resume(job.id)
    cancelled = await sandboxed.cancel(job.id)

    assert [each.status for each in (paused, resumed, cancelled)] == [
        JobStatus.PAUSED,
        JobStatus.RUNNING,
        JobStatus.CANCELLED,
    ]
    with pytest.raises(RequestRejectedError):
        await sandboxed.cancel(job.id)
    with pytest.raises(RemoteNotFoundError):
        await sandboxed.get("ftjob-unknown")


@legacy
async def test_a_server_of_2023_trains_with_all_that_it_knew(
    sandbox: OpenAIServer, sandboxed: OpenAIFineTuning, sandbox_api: Api, clock: HandClock
) -> None:
    exchanges: list[Exchange] = []
    file = await a_file(sandbox_api, clock, PROMPTS)
    request = a_job(
        file,
        model="curie",
        suffix="mine",
        n_epochs=2,
        batch_size=1,
        learning_rate_multiplier="auto",
        prompt_loss_weight=0.02,
    )

    job = await sandboxed.create(request, exchanges.append)
    events, end = await followed(sandboxed, job.id, clock)
    listed = await sandboxed.list()

    sent = exchanges[-1].request
    assert sent == {
        "training_file": file,
        "model": "curie",
        "suffix": "mine",
        "n_epochs": 2,
        "batch_size": 1,
        "prompt_loss_weight": 0.02,
    }
    assert (job.old, job.notices, job.status) == (True, (USED,), JobStatus.QUEUED)
    assert (end.status, end.hyperparameters["n_epochs"]) == (JobStatus.SUCCEEDED, 2)
    assert end.result_files
    assert (end.fine_tuned_model or "").startswith("curie:ft-")
    assert events[0].message.startswith("Created fine-tune")
    assert events[-1].message == "Fine-tune succeeded"
    assert len({event.id for event in events}) == len(events)
    assert [each.id for each in listed.jobs] == [job.id]
    streamed = [each for each in sandbox.requests if each.query.get("stream")]
    assert len(streamed) == 1
    assert await sandboxed.events(job.id, limit=1) == (events[-1],)


@legacy
async def test_what_2023_did_not_have_is_refused_by_its_name(
    sandboxed: OpenAIFineTuning, sandbox_api: Api, clock: HandClock
) -> None:
    file = await a_file(sandbox_api, clock, PROMPTS)
    job = await sandboxed.create(a_job(file, model="curie"))

    with pytest.raises(OptionGoneError) as gone:
        await sandboxed.create(a_job(file, model="curie", seed=7, method="dpo", beta=0.1))
    with pytest.raises(OptionError) as long:
        await sandboxed.create(a_job(file, model="curie", suffix="x" * 41))
    for action in (sandboxed.pause, sandboxed.resume, sandboxed.checkpoints):
        with pytest.raises(EndpointMissingError):
            await action(job.id)

    assert gone.value == OptionGoneError(("seed", "beta", "method"), "/fine-tunes")
    assert long.value.option == "suffix"


@modern
async def test_what_has_no_successor_is_refused_and_nothing_is_made(
    sandbox: OpenAIServer, sandboxed: OpenAIFineTuning
) -> None:
    request = a_job(
        prompt_loss_weight=0.01,
        compute_classification_metrics=True,
        classification_n_classes=3,
        classification_positive_class="1",
        classification_betas=(1.0,),
    )

    with pytest.raises(OptionGoneError) as gone:
        await sandboxed.create(request)

    assert gone.value.options == (
        "prompt_loss_weight",
        "compute_classification_metrics",
        "classification_n_classes",
        "classification_positive_class",
        "classification_betas",
    )
    assert [record.method for record in sandbox.requests] == ["GET"]


@both
async def test_a_server_with_both_is_asked_where_the_options_are_known(
    sandboxed: OpenAIFineTuning, sandbox_api: Api, clock: HandClock
) -> None:
    new = await sandboxed.create(a_job(await a_file(sandbox_api, clock)))
    old = await sandboxed.create(
        a_job(await a_file(sandbox_api, clock, PROMPTS), model="curie", prompt_loss_weight=0.1)
    )

    listed = await sandboxed.list()

    assert [(each.id, each.old) for each in listed.jobs] == [(new.id, False), (old.id, True)]
    assert (await sandboxed.get(old.id)).old


async def test_a_server_of_late_2023_wants_hyperparameters_at_the_top(
    raw: RawServer, tuning: OpenAIFineTuning
) -> None:
    raw.answers({"error": {"message": "Unknown parameter: 'method'.", "param": "method"}}, 400)
    raw.answers({"id": "ftjob-1", "status": "queued"})

    job = await tuning.create(a_job(n_epochs=3))

    assert raw.requests[1].body["hyperparameters"] == {"n_epochs": 3}
    assert "method" not in raw.requests[1].body
    assert job.notices == (ParameterChanged(parameter="method", renamed_to="hyperparameters"),)


async def test_fine_tunes_of_october_2023_want_epochs_inside(
    raw: RawServer, tuning: OpenAIFineTuning, api: Api
) -> None:
    await api.endpoints.learn("/fine_tuning/jobs", present=False)
    raw.answers({"error": {"message": "Unrecognized request argument supplied: n_epochs"}}, 400)
    raw.answers({"id": "ft-1", "object": "fine-tune", "status": "pending"})

    job = await tuning.create(a_job(n_epochs=3, model="curie"))

    assert raw.requests[1].body["hyperparameters"] == {"n_epochs": 3}
    assert job.notices[0] == USED
    assert isinstance(job.notices[1], ParameterChanged)


@pytest.mark.parametrize(("status", "body"), UNKNOWN_PATHS)
async def test_a_server_without_any_fine_tuning_says_so(
    raw: RawServer, tuning: OpenAIFineTuning, status: int, body: object
) -> None:
    raw.answers(body, status)

    for asking in (tuning.create(a_job()), tuning.list()):
        with pytest.raises(Exception) as error:  # noqa: PT011  one of two leaves
            await asking
        assert type(error.value).__name__ in ("EndpointMissingError", "BadAnswerError")


async def test_a_closed_organization_is_told_in_the_servers_words(
    raw: RawServer, tuning: OpenAIFineTuning
) -> None:
    raw.answers({"error": {"message": "Fine-tuning is closed for this organization"}}, 403)

    with pytest.raises(AccessDeniedError) as error:
        await tuning.create(a_job())

    assert "closed" in error.value.detail


async def test_a_job_is_never_made_twice(raw: RawServer, tuning: OpenAIFineTuning) -> None:
    raw.answers({"error": {"message": "oops"}}, 502)

    with pytest.raises(ServerFaultError):
        await tuning.create(a_job())

    assert len(raw.requests) == 1


async def test_a_404_without_a_word_is_decided_by_the_list(
    raw: RawServer, tuning: OpenAIFineTuning
) -> None:
    raw.answers({"detail": "Not Found"}, 404)
    raw.answers({"data": []})

    with pytest.raises(RemoteNotFoundError):
        await tuning.get("ftjob-9")


async def test_why_a_job_failed_is_told_in_both_dialects(
    raw: RawServer, tuning: OpenAIFineTuning
) -> None:
    failed = {"status": "failed", "error": {"code": "x", "message": "bad data", "param": None}}
    raw.answers({"id": "ftjob-1", **failed})
    happened = [{"level": "error", "message": "bad line"}, {"level": "info", "message": "over"}]
    raw.answers({"id": "ft-1", "object": "fine-tune", "status": "failed", "events": happened})

    assert (await tuning.get("ftjob-1")).failure == "bad data"
    assert (await tuning.get("ft-1")).failure == "bad line"


async def test_a_broken_event_stream_goes_on_by_asking_without_telling_twice(
    raw: RawServer, tuning: OpenAIFineTuning
) -> None:
    first = {"object": "fine-tune-event", "created_at": 1, "level": "info", "message": "started"}
    last = {**first, "created_at": 2, "message": "done"}
    raw.streams(first)
    raw.answers({"id": "ft-1", "object": "fine-tune", "status": "succeeded"})
    raw.answers({"data": [first, last]})

    *events, end = await all_of(tuning.follow("ft-1"))

    assert [event.message for event in events if isinstance(event, JobEvent)] == [
        "started",
        "done",
    ]
    assert isinstance(end, Job)


async def test_deleting_a_model_is_refused_to_whom_it_is_not_allowed_and_where_it_can_not_be(
    raw: RawServer, tuning: OpenAIFineTuning
) -> None:
    raw.answers({"error": {"message": "You have insufficient permissions: Owner"}}, 403)
    raw.answers({"detail": "Method Not Allowed"}, 405)

    with pytest.raises(AccessDeniedError):
        await tuning.delete_model("ft:gpt-4o:a::b")
    with pytest.raises(EndpointMissingError):
        await tuning.delete_model("ft:gpt-4o:a::b")

    assert raw.requests[0].path == "/v1/models/ft:gpt-4o:a::b"
