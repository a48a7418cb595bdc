"""`backup`, `restore` and `files`, as they are typed."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from bot.cli import _files
from bot.cli._words import explain
from bot.domain.clock import SystemClock
from bot.domain.errors import (
    BackupError,
    DatabaseUnavailableError,
    RequestRejectedError,
    TrainingDataError,
)
from bot.domain.operators import COMMAND_LINE
from bot.services.operators import Operators
from bot.settings import Settings
from sandbox.clock import HandClock
from sandbox.server import Sandbox
from storage.database import Database
from storage.notes import new_note
from tests.cli.test_command_line import bot
from tests.factories import NOON
from tests.postgres import PostgresServer

LINE = json.dumps({"prompt": "a ->", "completion": " b"}).encode() + b"\n"


async def test_a_backup_is_made_and_put_back_by_hand(tmp_path: Path) -> None:
    variables = {"DISCORD_TOKEN": "x", "OPENAI_API_KEY": "y"}
    await bot("migrate", at=tmp_path, **variables)

    made = await bot("backup", "copy.db", at=tmp_path, **variables)
    back = await bot("restore", "copy.db", at=tmp_path, **variables)
    twice = await bot("backup", "copy.db", at=tmp_path, **variables)

    assert (made.code, back.code, twice.code) == (0, 0, 1), (made, back)
    assert "was read through" in made.output
    assert "is kept as" in " ".join(back.output.split())
    assert list((tmp_path / "data").glob("switchboard.db.before-*"))
    assert "is there already" in twice.errors


async def test_a_file_is_uploaded_from_the_disk_and_fetched_back(
    sandbox: Sandbox, sandboxed: Settings, tmp_path: Path
) -> None:
    file, fetched, said = tmp_path / "train.jsonl", tmp_path / "back.jsonl", io.StringIO()
    file.write_bytes(LINE * 50_000)
    console = Console(file=said, width=200)

    await _files.upload(sandboxed, console, file, "fine-tune")
    [kept] = sandbox.openai.state.files.all(sandbox.openai.state.now())
    await _files.download(sandboxed, console, kept.id, fetched)

    assert fetched.read_bytes() == file.read_bytes() == kept.data
    assert f"{kept.id} is uploaded" in said.getvalue()
    assert "checked line by line" in said.getvalue()
    with pytest.raises(BackupError):
        await _files.download(sandboxed, console, kept.id, fetched)


async def test_wrong_lines_are_named_before_anything_is_sent(
    sandbox: Sandbox, sandboxed: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "train.jsonl"
    file.write_bytes(LINE + b"nonsense\n")

    with pytest.raises(TrainingDataError) as refused:
        await _files.upload(sandboxed, Console(file=io.StringIO()), file, "fine-tune")

    assert "line 2: not json" in explain(refused.value)
    assert sandbox.openai.requests == []


async def test_uploads_by_hand_stand_in_the_audit_of_the_bot_that_runs(
    sandbox: Sandbox, sandboxed: Settings, tmp_path: Path
) -> None:
    file, clock = tmp_path / "train.jsonl", SystemClock()
    file.write_bytes(LINE)
    sandbox.openai.faults.add("POST /files", "status", status=400, times=1)
    async with Database.open(sandboxed.database_url, clock=clock) as database:
        operators = Operators((), database, clock)

        with pytest.raises(RequestRejectedError):
            await _files.upload(sandboxed, Console(file=io.StringIO()), file, "batch")
        await _files.upload(sandboxed, Console(file=io.StringIO()), file, "fine-tune")
        new_note(tmp_path / "test.db", "files upload", "killed", clock.now()).write()

        done, failed = await operators.audited(5)
        again = await operators.audited(5)

    [kept] = sandbox.openai.state.files.all(sandbox.openai.state.now())
    assert (done.user, done.change, done.outcome) == (COMMAND_LINE, "files upload", "done")
    assert done.target == f"{kept.id} (train.jsonl, fine-tune)"
    assert (failed.target, failed.outcome) == ("train.jsonl", "RequestRejectedError")
    assert again == (done, failed)
    assert [path.suffix for path in (tmp_path / "test.db.changes").iterdir()] == [".json"]


async def test_an_upload_whose_process_died_is_told_of_the_next_day(tmp_path: Path) -> None:
    clock = HandClock(NOON)
    new_note(tmp_path / "test.db", "files upload", "killed", NOON).write()
    async with Database.open(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}", clock=clock) as opened:
        operators = Operators((), opened, clock)
        before = await operators.audited(5)
        await clock.advance(25 * 3600)
        [died] = await operators.audited(5)

    assert before == ()
    assert (died.target, died.outcome, died.at) == ("killed", "begun", NOON)


async def test_on_postgresql_an_upload_is_written_down_at_once(
    sandbox: Sandbox, sandboxed: Settings, tmp_path: Path, postgres: PostgresServer
) -> None:
    file, clock = tmp_path / "train.jsonl", SystemClock()
    file.write_bytes(LINE)
    async with postgres.database() as url:
        settings = sandboxed.model_copy(update={"database_url": url})
        await _files.upload(settings, Console(file=io.StringIO()), file, "fine-tune")

        async with Database.open(url, clock=clock) as database:
            [done] = await Operators((), database, clock).audited(5)

    assert (done.user, done.outcome) == (COMMAND_LINE, "done")
    assert sandbox.openai.requests


async def test_where_nothing_can_be_written_down_nothing_is_sent(
    sandbox: Sandbox, sandboxed: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "train.jsonl"
    file.write_bytes(LINE)
    (tmp_path / "test.db.changes").write_text("in the way")

    with pytest.raises(DatabaseUnavailableError):
        await _files.upload(sandboxed, Console(file=io.StringIO()), file, "fine-tune")

    assert sandbox.openai.requests == []
