"""The program as a process: what it prints, where, and what it ends with."""

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import unused_port

from bot.settings import Settings
from sandbox.server import Sandbox

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    output: str
    errors: str


async def started(*arguments: str, at: Path, **variables: str) -> asyncio.subprocess.Process:
    """`python -m bot` in the folder `at`, with no settings but `variables`."""
    names = {name.upper() for name in Settings.model_fields}
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=at,
        env={**inherited, "PYTHONPATH": str(ROOT), **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def bot(*arguments: str, at: Path, **variables: str) -> Ended:
    """The same, until it has ended."""
    process = await started(*arguments, at=at, **variables)
    output, errors = await process.communicate()
    return Ended(process.returncode or 0, output.decode(), errors.decode())


@pytest.mark.parametrize("command", [[], ["check"]])
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


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
async def test_a_running_bot_is_healthy_and_ends_well_when_it_is_told_to(
    tmp_path: Path, sandbox: Sandbox, name: str
) -> None:
    port = unused_port()
    process = await started(
        "run",
        at=tmp_path,
        DISCORD_TOKEN=sandbox.discord_token,
        DISCORD_API_URL=sandbox.discord_api_url,
        OPENAI_API_KEY=sandbox.openai_api_key,
        OPENAI_BASE_URL=sandbox.openai_base_url,
        HTTP_PORT=str(port),
        LOG_FORMAT="json",
    )
    assert process.stderr is not None
    log: list[bytes] = []
    try:
        # Its own words, not a time limit: starting takes as long as the machine takes.
        while b"connected to Gateway" not in (line := await process.stderr.readline()):
            assert line, b"".join(log).decode()
            log.append(line)
        async with ClientSession() as http, http.get(f"http://127.0.0.1:{port}/healthz") as answer:
            report = await answer.json()
    finally:
        if process.returncode is None:
            process.send_signal(signal.Signals[name])
        _, rest = await process.communicate()

    errors = b"".join(log) + rest
    assert report["database"] == "ok"
    assert report["gateway"] == "ok"
    assert process.returncode == 0, errors.decode()
    assert {json.loads(line)["level"] for line in errors.splitlines()} <= {"info", "warning"}
    assert sandbox.discord_token not in errors.decode()


async def test_a_token_that_discord_refuses_is_one_line(tmp_path: Path, sandbox: Sandbox) -> None:
    ended = await bot(
        "run",
        at=tmp_path,
        DISCORD_TOKEN="not-this-one",
        DISCORD_API_URL=sandbox.discord_api_url,
        OPENAI_BASE_URL=sandbox.openai_base_url,
        HTTP_PORT="0",
        LOG_LEVEL="ERROR",
    )

    assert ended.code == 1
    assert ended.errors.startswith("Discord refused DISCORD_TOKEN.")
    assert ended.errors.count("\n") == 1
