"""The program as a process: what it prints, where, and what it ends with."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    output: str
    errors: str


async def bot(*arguments: str, at: Path, **variables: str) -> Ended:
    """Run `python -m bot` in the folder `at`, with no settings but `variables`."""
    names = {name.upper() for name in Settings.model_fields}
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=at,
        env={**inherited, "PYTHONPATH": str(ROOT), **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    return Ended(process.returncode or 0, output.decode(), errors.decode())


@pytest.mark.parametrize("command", [[], ["run"], ["check"], ["migrate"], ["commands"]])
async def test_wrong_settings_stop_every_command_with_all_that_is_wrong(
    tmp_path: Path, command: list[str]
) -> None:
    ended = await bot(*command, at=tmp_path, HTTP_PORT="many")

    assert ended.code == 2
    assert ended.output == ""
    assert [line.split()[0] for line in ended.errors.splitlines()] == [
        "DISCORD_TOKEN",
        "HTTP_PORT",
        "OPENAI_API_KEY",
    ]


async def test_a_command_that_is_none_is_refused(tmp_path: Path) -> None:
    ended = await bot("walk", at=tmp_path)

    assert ended.code == 2
    assert "No such command 'walk'" in ended.errors


async def test_check_ends_with_one_when_something_is_to_be_done(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"

    ended = await bot(
        "check",
        at=tmp_path,
        DISCORD_TOKEN="x",
        DISCORD_API_URL=nowhere,
        OPENAI_BASE_URL=nowhere,
        NO_COLOR="1",
    )

    assert ended.code == 1
    assert "ok   settings" in ended.output
    assert "fix  discord     failed: Discord can't be reached" in ended.output
    assert "fix  api         failed: The API can't be reached" in ended.output
    assert ended.errors == ""


async def test_migrate_makes_the_database_and_can_be_run_again(tmp_path: Path) -> None:
    variables = {"DISCORD_TOKEN": "x", "OPENAI_API_KEY": "y"}

    first = await bot("migrate", at=tmp_path, **variables)
    second = await bot("migrate", at=tmp_path, **variables)

    assert (tmp_path / "data" / "switchboard.db").exists()
    assert first.code == second.code == 0
    assert "has this version's schema" in second.output


async def test_a_database_that_cannot_be_opened_is_one_line_and_no_password(
    tmp_path: Path,
) -> None:
    ended = await bot(
        "migrate",
        at=tmp_path,
        DISCORD_TOKEN="x",
        OPENAI_API_KEY="y",
        DATABASE_URL="postgresql+asyncpg://bot:hush-hush@127.0.0.1:9/none",
    )

    assert ended.code == 1
    assert ended.errors.count("\n") == 1
    assert "Look at DATABASE_URL" in ended.errors
    assert "hush" not in ended.errors
