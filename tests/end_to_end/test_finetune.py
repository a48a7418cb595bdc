"""`/finetune`, through the real client to the API of either dialect."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from bot.app import App, assembled
from bot.domain.files import FileUpload
from bot.domain.ids import UserId
from bot.domain.preferences import CHAT_MODEL, TRAINING, user_scope
from bot.services.watches import EVERY_S
from bot.settings import Settings
from sandbox.driver import Message
from sandbox.driver.user import User
from sandbox.server import Sandbox
from storage.tables import blobs
from tests.clocks import PatientClock
from tests.cogs.online.forging import forged_use

SECOND = "Second server/general"
CHATS = [
    {"messages": [{"role": "user", "content": f"{n}?"}, {"role": "assistant", "content": f"{n}"}]}
    for n in range(12)
]
PROMPTS = [{"prompt": f"{n} ->", "completion": f" {n}"} for n in range(12)]
modern = pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
legacy = pytest.mark.parametrize("sandbox", ["legacy"], indirect=True)


def lines(examples: list[dict[str, Any]]) -> bytes:
    return "\n".join(map(json.dumps, examples)).encode()


@pytest.fixture
def operator(sandbox: Sandbox) -> User:
    """The application's owner; an administrator of the second server."""
    return sandbox.user("operator")


async def tune(person: User, name: str, **options: Any) -> Message:
    asked = await person.slash(f"finetune {name}", channel=SECOND, options=options)
    return await asked.answer()


async def planned(
    person: User, examples: list[dict[str, Any]], model: str = "gpt-4o-mini", **more: Any
) -> Message:
    file = person.upload("train.jsonl", lines(examples))
    return await tune(person, "create", model=model, training_attachment=file, **more)


async def seen(person: User, words: str, channel: str = SECOND) -> Message:
    return await person.until(
        channel,
        lambda all_: next((one for one in reversed(all_) if words in one.text), None),
        words,
    )


async def until_over(person: User, clock: PatientClock, app: App) -> Message:
    """Let the clock run until the end is told."""
    for _ in range(60):
        told = [one for one in person.sees(SECOND) if "<@" in one.text]
        if told:
            return told[-1]
        await app.services.watches._media.quiet()  # pyright: ignore[reportOptionalMemberAccess]
        await clock.advance(EVERY_S)
    raise AssertionError([one.text for one in person.sees(SECOND)])


def posted(sandbox: Sandbox, path: str) -> list[dict[str, Any]]:
    return [
        one.body
        for one in sandbox.openai.requests
        if one.method == "POST" and one.path.endswith(path)
    ]


@modern
async def test_a_training_is_counted_confirmed_told_of_to_its_end_and_used(
    app: App, sandbox: Sandbox, operator: User, clock: PatientClock
) -> None:
    asked = await planned(operator, CHATS, n_epochs="2", suffix="x", seed=7)
    before, said = posted(sandbox, "/fine_tuning/jobs"), asked.text
    await operator.press(asked, "Begin")
    await seen(operator, "Its progress will be told")
    end = await until_over(operator, clock, app)
    [job] = (await app.services.fine_tunes.tuning.list(limit=5)).jobs
    progress = await seen(operator, "follows the training to its end")
    used = await (await operator.press(end, "Use here")).answer()

    assert "12 (messages)" in said
    assert "$" in said
    assert before == []
    [sent] = posted(sandbox, "/fine_tuning/jobs")
    assert (sent["suffix"], sent["seed"]) == ("x", 7)
    assert sent["method"]["supervised"]["hyperparameters"] == {"n_epochs": 2}
    assert progress.attachments[0].name == "loss.png"
    assert f"<@{operator.id}>" in end.text
    assert job.fine_tuned_model
    assert job.fine_tuned_model in end.text
    assert not progress.ephemeral
    channel = operator.places.channel(SECOND).id
    assert app.services.preferences.at(f"channel:{channel}")[CHAT_MODEL.name] == (
        job.fine_tuned_model
    )
    assert "chat_model" in used.text
    raw = end.stored.mentions
    assert [each.id for each in raw] == [operator.id]
    audited = await app.services.operators.audited(5)
    assert [(each.change, each.outcome) for each in audited] == [("finetune create", "done")]
    assert job.id in audited[0].target


@legacy
async def test_a_server_of_2023_is_used_with_all_it_knows(
    app: App, sandbox: Sandbox, operator: User, clock: PatientClock
) -> None:
    measured = FileUpload(filename="v.jsonl", data=lines(PROMPTS), purpose="fine-tune")
    file = await app.services.files.store.upload(measured)
    await clock.advance(5)
    asked = await planned(
        operator,
        PROMPTS,
        "curie",
        validation_file=file.id,
        prompt_loss_weight=0.1,
        compute_classification_metrics=True,
        classification_n_classes=3,
        classification_betas="0.5, 1",
    )
    said = asked.text
    await operator.press(asked, "Begin")
    begun = await seen(operator, "Its progress will be told")
    end = await until_over(operator, clock, app)

    assert "/fine-tunes" in said
    [sent] = posted(sandbox, "/fine-tunes")
    assert sent["prompt_loss_weight"] == 0.1
    assert sent["classification_betas"] == [0.5, 1]
    assert "stood in" in begun.text
    assert "curie:ft-" in end.text
    assert "`/complete`" in end.text
    assert end.button("Use here") is None
    charts = [one for one in operator.sees(SECOND) if one.attachments]
    assert [each.name for each in charts[-1].attachments] == ["loss.png"]  # of its result file


@modern
async def test_what_has_no_successor_is_refused_and_nothing_is_uploaded(
    app: App, sandbox: Sandbox, operator: User
) -> None:
    refused = await planned(operator, CHATS, classification_n_classes=3, prompt_loss_weight=0.1)

    assert "`prompt_loss_weight`, `classification_n_classes`" in refused.text
    assert "/fine_tuning/jobs" in refused.text
    assert not [one for one in sandbox.openai.requests if one.method == "POST"]
    assert await app.services.operators.audited(5) == ()


GRADER = {
    "type": "string_check",
    "name": "right",
    "operation": "eq",
    "input": "{{sample.output_text}}",
    "reference": "{{item.answer}}",
}
GRADED = [{"messages": [{"role": "user", "content": f"{n}?"}], "answer": f"{n}"} for n in range(12)]


@modern
async def test_a_training_by_grades_is_sent_with_its_grader_labels_and_project(
    app: App, sandbox: Sandbox, operator: User, clock: PatientClock
) -> None:
    asked = await planned(
        operator,
        GRADED,
        method="reinforcement",
        grader=operator.upload("grader.json", json.dumps(GRADER).encode()),
        n_epochs="2",
        wandb_project="boats",
        metadata='{"team": "harbour"}',
    )
    said = asked.text
    await operator.press(asked, "Begin")
    await until_over(operator, clock, app)

    assert "12 (messages, with what they are graded by)" in said
    assert "not known" in said  # it is paid by the hour
    [sent] = posted(sandbox, "/fine_tuning/jobs")
    assert sent["method"] == {
        "type": "reinforcement",
        "reinforcement": {"hyperparameters": {"n_epochs": 2}, "grader": GRADER},
    }
    assert sent["integrations"] == [{"type": "wandb", "wandb": {"project": "boats"}}]
    assert sent["metadata"] == {"team": "harbour"}


@modern
@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("options", "grader", "said"),
    [
        ({"method": "reinforcement"}, None, "`grader`"),
        ({}, b'{"type": "multi"}', "method: reinforcement"),
        ({"method": "reinforcement"}, b"[]", "string_check"),
        ({"method": "reinforcement"}, b'{"type": "multi"}', "`messages`"),
        ({"metadata": '{"a": 1}'}, None, "1..16"),
        ({"beta": "1"}, None, "method: dpo"),
    ],
)
async def test_a_method_and_its_options_have_to_fit(
    sandbox: Sandbox, operator: User, options: dict[str, str], grader: bytes | None, said: str
) -> None:
    if grader is not None:
        options = {**options, "grader": operator.upload("grader.json", grader)}  # type: ignore[dict-item]
    examples = PROMPTS if said == "`messages`" else CHATS

    refused = await planned(operator, examples, **options)

    assert said.strip("`") in refused.text, refused.text
    assert not [one for one in sandbox.openai.requests if one.method == "POST"]


@legacy
@pytest.mark.usefixtures("app")
async def test_what_2023_did_not_know_is_refused_there(operator: User) -> None:
    refused = await planned(operator, PROMPTS, "curie", metadata='{"a": "b"}', seed=1)

    assert "`seed`, `metadata`" in refused.text


@modern
@pytest.mark.usefixtures("app")
async def test_lines_of_2023_are_converted_where_that_is_wanted(
    sandbox: Sandbox, operator: User
) -> None:
    asked = await planned(operator, PROMPTS)
    said, plain = asked.text, asked.button("Begin")
    await operator.press(asked, "Convert and begin")
    await seen(operator, "Its progress will be told")

    [sent] = posted(sandbox, "/fine_tuning/jobs")
    file = sandbox.openai.state.files.get(sent["training_file"], sandbox.openai.state.now())
    assert "can be converted" in said
    assert plain is None
    assert file
    assert file.filename == "train.messages.jsonl"
    assert json.loads(file.data.splitlines()[0])["messages"][1]["content"] == " 0"


@modern
async def test_a_confirmation_that_comes_again_begins_no_second_training(
    app: App, sandbox: Sandbox, operator: User
) -> None:
    asked = await planned(operator, CHATS)
    await operator.press(asked, "Begin")
    await operator.press(asked, "Begin")
    await seen(operator, "Its progress will be told")
    await seen(operator, "confirmed before")

    assert len(posted(sandbox, "/fine_tuning/jobs")) == 1
    assert len((await app.services.fine_tunes.tuning.list(limit=5)).jobs) == 1


@asynccontextmanager
async def running(settings: Settings, clock: PatientClock) -> AsyncGenerator[App, None]:
    """A process of the bot, until the block ends."""
    async with assembled(settings, clock=clock) as built:
        quiet = built.database._idle.wait
        clock.quiet.append(quiet)
        online = asyncio.ensure_future(built.bot.start(settings.discord_token.get_secret_value()))
        yield built
        await built.services.conversations.close(limit_s=0)
        await built.bot.close()
        await online
        clock.quiet.remove(quiet)


@modern
async def test_a_training_is_watched_on_by_the_next_process(
    sandbox: Sandbox, operator: User, settings: Settings, clock: PatientClock
) -> None:
    async with running(settings, clock):
        await operator.can_use("finetune", channel=SECOND)
        asked = await planned(operator, CHATS, n_epochs="1")
        await operator.press(asked, "Begin")
        first = await seen(operator, "follows the training to its end")

    async with running(settings, clock) as after:
        await operator.can_use("finetune", channel=SECOND)
        end = await until_over(operator, clock, after)

    watching = [one for one in operator.sees(SECOND) if "follows the training" in one.text]
    assert [one.id for one in watching] == [first.id]
    assert "The new model is" in end.text
    assert len([one for one in operator.sees(SECOND) if "<@" in one.text]) == 1
    assert len(posted(sandbox, "/fine_tuning/jobs")) == 1


@modern
@pytest.mark.usefixtures("app")
async def test_jobs_are_listed_shown_paused_resumed_cancelled_and_their_events_read(
    operator: User, clock: PatientClock
) -> None:
    asked = await planned(operator, CHATS, n_epochs="3")
    await operator.press(asked, "Begin")
    begun = await seen(operator, "Its progress will be told")
    job = next(word for word in begun.text.replace("`", " ").split() if word.startswith("ftjob-"))
    await clock.advance(14)

    said = {
        name: (await tune(operator, name, **({} if name == "list" else {"job": job}))).text
        for name in ("list", "info", "pause", "resume", "events", "checkpoints", "cancel")
    }
    twice = await tune(operator, "cancel", job=job)
    nothing = await tune(operator, "info", job="ftjob-nothing")

    assert job in said["list"]
    assert "Hyperparameters" in said["info"]
    assert "paused" in said["pause"]
    assert "running" in said["resume"]
    assert "Job paused" in said["events"]
    assert "cancelled" in said["cancel"]
    assert "refused" in twice.text
    assert "has no `ftjob-nothing`" in nothing.text


@modern
@pytest.mark.usefixtures("app")
async def test_events_are_followed_to_the_end(operator: User, clock: PatientClock) -> None:
    asked = await planned(operator, CHATS, n_epochs="1")
    await operator.press(asked, "Begin")
    begun = await seen(operator, "Its progress will be told")
    job = next(word for word in begun.text.replace("`", " ").split() if word.startswith("ftjob-"))

    followed = await operator.slash(
        "finetune events", channel=SECOND, options={"job": job, "follow": True}
    )
    first = (await followed.answer()).text
    for _ in range(40):
        if "successfully completed" in followed.text:
            break
        await clock.advance(5)

    assert "New events appear here" in first
    assert "successfully completed" in followed.text
    assert "New events appear here" not in followed.text


@modern
async def test_only_a_fine_tuned_model_is_deleted_and_only_when_confirmed(
    app: App, sandbox: Sandbox, operator: User, clock: PatientClock
) -> None:
    asked = await planned(operator, CHATS, n_epochs="1")
    await operator.press(asked, "Begin")
    await until_over(operator, clock, app)
    [job] = (await app.services.fine_tunes.tuning.list(limit=5)).jobs

    base = await tune(operator, "delete", model="gpt-4o-mini")
    said = base.text
    deleting = await tune(operator, "delete", model=job.fine_tuned_model)
    await operator.press(deleting, "Delete")
    gone = await seen(operator, "is deleted")

    assert "came of a fine-tuning" in said
    assert job.fine_tuned_model
    assert job.fine_tuned_model in gone.text
    assert [one.path for one in sandbox.openai.requests if one.method == "DELETE"] != []


@modern
@pytest.mark.usefixtures("app")
async def test_a_server_that_trains_for_nobody_any_more_is_quoted(
    sandbox: Sandbox, operator: User
) -> None:
    words = "Fine-tuning is closed to your organization."
    asked = await planned(operator, CHATS)
    body = {"error": {"message": words, "type": "invalid_request_error", "code": None}}
    sandbox.openai.faults.add("POST /fine_tuning/jobs", "status", status=403, body=body)

    refused = await (await operator.press(asked, "Begin")).answer()

    assert "does not allow this" in refused.text
    assert words in refused.text


@modern
@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "training_file | training_attachment"),
        ({"n_epochs": "51", "training_file": "file-1"}, "auto, 1..50"),
        ({"learning_rate_multiplier": "0", "training_file": "file-1"}, "auto, > 0"),
        ({"training_file": "file-nothing"}, "has no `file-nothing`"),
    ],
)
async def test_wrong_options_are_refused_with_what_is_allowed(
    operator: User, options: dict[str, str], said: str
) -> None:
    refused = await tune(operator, "create", model="gpt-4o-mini", **options)

    assert said in refused.text
    assert refused.ephemeral


@pytest.mark.parametrize("settings", [{"openai_dialect": "auto"}], indirect=True)
async def test_a_dataset_holds_what_people_allowed_and_nothing_else(
    app: App, sandbox: Sandbox, operator: User
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    await app.services.preferences.put(user_scope(UserId(ada.id)), TRAINING, "on", UserId(ada.id))
    sandbox.openai.answers.text = "An answer."
    for person, words in ((ada, "first"), (ben, "not mine"), (ada, "second"), (ada, "third")):
        asked = await person.slash("chat", channel=SECOND, message=words)
        await asked.until(lambda one: [m for m in one.messages if m.button("Retry")])

    told = await tune(operator, "dataset", system="Be kind.")
    [file] = told.attachments
    examples = [json.loads(line) for line in (await file.read()).splitlines()]

    contents = [[each["content"] for each in one["messages"]] for one in examples]
    assert contents == [
        ["Be kind.", "first", "An answer."],
        ["Be kind.", "second", "An answer.", "third", "An answer."],
    ]
    assert "One exchange was left out" in told.text


@modern
async def test_a_forged_use_here_takes_no_model_into_another_server(
    app: App, sandbox: Sandbox, operator: User, clock: PatientClock
) -> None:
    """Ada owns the first server, and is nobody in the one where it was trained."""
    asked = await planned(operator, CHATS)
    await operator.press(asked, "Begin")
    await seen(operator, "Its progress will be told")
    await until_over(operator, clock, app)
    ada = sandbox.user("ada")
    await (await ada.slash("chat", message="hi")).until(lambda asked: asked.messages)
    message = next(one for one in ada.sees("general") if one.buttons)

    forged = await forged_use(ada, message, "tuned_use:1", kind=2).answer()

    assert "no model that came of this training" in forged.text
    channel = ada.places.channel("general").id
    assert app.services.preferences.at(f"channel:{channel}") == {}


@modern
async def test_a_training_file_that_waits_is_gone_at_once_with_who_sent_it(
    app: App, operator: User
) -> None:
    await planned(operator, CHATS)
    before = await blobs_kept(app)

    asked = await operator.slash("privacy erase", channel=SECOND)
    question = await asked.answer()
    await operator.press(question, "Erase")
    await asked.until(lambda asked: "Erased" in asked.messages[-1].text)

    assert (before, await blobs_kept(app)) == (1, 0)


async def blobs_kept(app: App) -> int:
    async with app.database.reading() as tx:
        return len((await tx.statements.execute(sa.select(blobs.c.sha256))).all())
