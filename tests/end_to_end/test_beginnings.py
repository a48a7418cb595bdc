"""A training is begun once, paid for and watched, whatever fails between the two sides."""

from typing import Any

import pytest
import sqlalchemy as sa

from bot.app import App
from bot.domain.calls import Operation
from bot.services.fine_tunes._beginnings import LOOKED_FOR
from bot.services.watches import EVERY_S
from sandbox.driver.user import User
from sandbox.server import Sandbox
from storage.tables import finetune_beginnings, finetune_watches, ledger
from tests.clocks import PatientClock
from tests.end_to_end.process import BotProcess
from tests.end_to_end.test_finetune import (
    CHATS,
    PROMPTS,
    SECOND,
    lines,
    planned,
    posted,
    seen,
)

modern = pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
JOBS, OLD = "/fine_tuning/jobs", "/fine-tunes"


@pytest.fixture
def operator(sandbox: Sandbox) -> User:
    return sandbox.user("operator")


async def rows(app: App, table: sa.Table) -> list[Any]:
    async with app.database.reading() as tx:
        return list(await tx.statements.execute(sa.select(table)))


async def paid(app: App) -> list[int | None]:
    """What each request that asks for a training has cost."""
    async with app.database.reading() as tx:
        query = sa.select(ledger.c.microusd).where(
            ledger.c.operation == Operation.FINE_TUNING.value, ledger.c.microusd > 0
        )
        return [row.microusd for row in await tx.statements.execute(query)]


async def outcomes(app: App) -> list[str]:
    return [each.outcome for each in await app.services.operators.audited(5)]


@modern
async def test_a_training_whose_answer_never_came_is_found_and_watched(
    app: App, sandbox: Sandbox, operator: User, clock: PatientClock
) -> None:
    asked = await planned(operator, CHATS)
    gate = sandbox.openai.answers.hold(route=f"POST {JOBS}")
    await operator.press(asked, "Begin")
    await gate.reached()
    for _ in range(60):
        if await rows(app, finetune_watches):
            break
        await clock.advance(20)

    begun = await seen(operator, "Its progress will be told")

    assert len(posted(sandbox, JOBS)) == 1
    [watch] = await rows(app, finetune_watches)
    assert watch.job in begun.text
    assert await rows(app, finetune_beginnings) == []
    assert len(await paid(app)) == 1
    assert await outcomes(app) == ["done"]


@pytest.mark.parametrize("sandbox", ["modern", "legacy"], indirect=True)
async def test_while_the_server_says_nothing_one_is_told_so_and_later_what_became_of_it(
    app: App,
    sandbox: Sandbox,
    operator: User,
    clock: PatientClock,
) -> None:
    old = sandbox.dialect == "legacy"
    path, model = (OLD, "curie") if old else (JOBS, "gpt-4o-mini")
    asked = await planned(operator, PROMPTS if old else CHATS, model)
    sandbox.openai.faults.add(f"POST {path}", "cut", after=0, times=1)
    sandbox.openai.faults.add(f"GET {path}", "status", status=500, times=20)
    await operator.press(asked, "Begin")
    for _ in range(10):  # it is asked again with pauses
        if "did not say" in asked.text:
            break
        await clock.advance(2)
    told = asked.text
    unclear = await outcomes(app)
    watched = await rows(app, finetune_watches)
    sandbox.openai.faults.clear()
    await clock.advance(EVERY_S)

    follows = await seen(operator, "follows the training to its end")

    assert "did not say whether it has begun this training" in told
    assert asked.button("Show API call")
    assert (unclear, watched) == (["begun"], [])
    assert model in follows.text
    assert len(posted(sandbox, path)) == 1
    assert await rows(app, finetune_beginnings) == []
    assert len(await paid(app)) == 1


@modern
async def test_a_training_that_never_came_to_be_is_told_of_and_not_begun_a_second_time(
    app: App, sandbox: Sandbox, operator: User, clock: PatientClock
) -> None:
    asked = await planned(operator, CHATS)
    sandbox.openai.faults.add(f"POST {JOBS}", "drop", times=1)
    await operator.press(asked, "Begin")
    await seen(operator, "did not say")
    for _ in range(int(LOOKED_FOR.total_seconds() / EVERY_S) + 3):
        await clock.advance(EVERY_S)

    told = await seen(operator, "lists no training")

    assert f"<@{operator.id}>" in told.text
    assert len(posted(sandbox, JOBS)) == 1
    assert await rows(app, finetune_beginnings) == []
    assert await rows(app, finetune_watches) == []


@modern
async def test_a_refusal_and_a_server_that_is_not_there_leave_nothing_to_look_for(
    app: App, sandbox: Sandbox, operator: User
) -> None:
    words = {"error": {"message": "No.", "type": "invalid_request_error"}}
    sandbox.openai.faults.add(f"POST {JOBS}", "status", status=400, body=words, times=1)
    asked = await planned(operator, CHATS)

    refused = await (await operator.press(asked, "Begin")).answer()

    assert "No." in refused.text
    assert await rows(app, finetune_beginnings) == []
    assert await paid(app) == []
    assert await outcomes(app) == ["RequestRejectedError"]


@modern
async def test_where_the_database_fails_after_the_servers_yes_the_training_is_watched_later(
    app: App, sandbox: Sandbox, operator: User, clock: PatientClock
) -> None:
    asked = await planned(operator, CHATS)
    async with app.database.transaction() as tx:
        broken = "BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
        await tx.statements.execute(
            sa.text(f"CREATE TRIGGER broken BEFORE INSERT ON finetune_watches {broken}")
        )
    await operator.press(asked, "Begin")
    begun = await seen(operator, "Its progress will be told")
    before = await rows(app, finetune_watches)
    async with app.database.transaction() as tx:
        await tx.statements.execute(sa.text("DROP TRIGGER broken"))

    await clock.advance(EVERY_S)
    await seen(operator, "follows the training to its end")

    [watch] = await rows(app, finetune_watches)
    assert before == []
    assert watch.job in begun.text
    assert len(posted(sandbox, JOBS)) == 1
    assert await rows(app, finetune_beginnings) == []


@modern
async def test_of_two_trainings_with_one_file_each_is_watched(
    app: App, sandbox: Sandbox, operator: User, clock: PatientClock
) -> None:
    upload = operator.upload("train.jsonl", lines(CHATS))
    await (await operator.slash("files upload", channel=SECOND, file=upload)).answer()
    await clock.advance(5)
    [file] = sandbox.openai.state.files.all(sandbox.openai.state.now())
    options = {"model": "gpt-4o-mini", "training_file": file.id}
    for cut in (False, True):
        asked = await (
            await operator.slash("finetune create", channel=SECOND, options=options)
        ).answer()
        if cut:
            sandbox.openai.faults.add(f"POST {JOBS}", "cut", after=0, times=1)
        await operator.press(asked, "Begin")
        await operator.until(
            SECOND, lambda _, asked=asked: "progress will be told" in asked.text, "the beginning"
        )

    watched = {row.job for row in await rows(app, finetune_watches)}

    listed = (await app.services.fine_tunes.tuning.list()).jobs
    assert watched == {job.id for job in listed}
    assert len(watched) == 2


@modern
async def test_one_that_is_looked_for_does_not_take_the_training_that_is_just_being_begun(
    app: App, sandbox: Sandbox, operator: User, clock: PatientClock
) -> None:
    upload = operator.upload("train.jsonl", lines(CHATS))
    await (await operator.slash("files upload", channel=SECOND, file=upload)).answer()
    await clock.advance(5)
    [file] = sandbox.openai.state.files.all(sandbox.openai.state.now())
    options = {"model": "gpt-4o-mini", "training_file": file.id}
    lost = await (await operator.slash("finetune create", channel=SECOND, options=options)).answer()
    sandbox.openai.faults.add(f"POST {JOBS}", "drop", times=1)
    await operator.press(lost, "Begin")
    await seen(operator, "did not say")
    [never_came] = await rows(app, finetune_beginnings)
    asked = await (
        await operator.slash("finetune create", channel=SECOND, options=options)
    ).answer()
    gate = sandbox.openai.answers.hold(route=f"POST {JOBS}")
    await operator.press(asked, "Begin")
    await gate.reached()

    await clock.advance(EVERY_S)
    gate.release()
    begun = await seen(operator, "Its progress will be told")

    [watch] = await rows(app, finetune_watches)
    assert watch.job in begun.text
    assert await rows(app, finetune_beginnings) == [never_came]


async def test_after_kill_9_between_the_servers_yes_and_ours_the_training_is_watched(
    real_time: Sandbox, process: BotProcess
) -> None:
    operator = real_time.user("operator")
    await process.start()
    await operator.can_use("finetune", channel=SECOND)
    asked = await planned(operator, CHATS)
    gate = real_time.openai.answers.hold(route=f"POST {JOBS}")
    await operator.press(asked, "Begin")
    await gate.reached()

    await process.kill()
    gate.release()
    await process.start()
    follows = await seen(operator, "follows the training to its end")

    await process.kill()
    assert "gpt-4o-mini" in follows.text
    assert len(posted(real_time, JOBS)) == 1
