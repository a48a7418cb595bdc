"""`backup`, `restore` and `files`, as they are typed."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from bot.cli import _files
from bot.cli._words import explain
from bot.domain.errors import BackupError, TrainingDataError
from bot.settings import Settings
from sandbox.server import Sandbox
from tests.cli.test_command_line import bot

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
