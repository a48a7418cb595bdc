"""`python -m bot export`, as a process beside a bot that has the database open."""

import json
from pathlib import Path

import pytest

from bot.domain.clock import SystemClock
from bot.domain.conversations import own_place, private_place
from bot.domain.errors import StorageError
from storage.database import Database
from tests.cli.test_command_line import Ended, bot
from tests.factories import ADA, GENERAL
from tests.storage.asking import answered


@pytest.fixture
async def url(tmp_path: Path) -> str:
    url = f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
    async with Database.open(url, clock=SystemClock()) as database:
        await answered(database, "Shared wires.", text="What is a bus?")
        await answered(database, "Yours.", text="And mine?", place=own_place(GENERAL, ADA))
        await answered(database, "Hush.", text="A secret", place=private_place(GENERAL, ADA))
    return url


async def exported(url: str, *arguments: str, at: Path) -> Ended:
    return await bot(
        "export",
        *arguments,
        at=at,
        DATABASE_URL=url,
        DISCORD_TOKEN="x",
        OPENAI_API_KEY="sk-x",
    )


async def test_a_channel_is_printed_while_the_bot_runs_without_what_is_private(
    url: str, tmp_path: Path
) -> None:
    async with Database.open(url, clock=SystemClock()):
        ended = await exported(url, str(GENERAL), at=tmp_path)

    assert ended.code == 0
    assert ended.errors == ""
    assert "## ada\n\nWhat is a bus?\n\n## assistant\n\nShared wires." in ended.output
    assert "Yours." in ended.output
    assert "secret" not in ended.output


@pytest.mark.parametrize("form", ["json", "jsonl"])
async def test_the_forms_for_machines_have_a_conversation_a_line(
    url: str, tmp_path: Path, form: str
) -> None:
    file = tmp_path / "out"

    ended = await exported(url, str(GENERAL), "--format", form, "--output", str(file), at=tmp_path)

    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert (ended.code, ended.output) == (0, "")
    assert [line["messages"][1]["content"] for line in lines] == ["Shared wires.", "Yours."]
    assert ("conversation" in lines[0]) is (form == "json")


async def test_a_channel_of_which_nothing_is_kept_is_named_and_makes_no_file(
    url: str, tmp_path: Path
) -> None:
    ended = await exported(url, "30", "--output", "out", at=tmp_path)

    assert ended.code == 1
    assert ended.errors == "Nothing is kept of channel 30.\n"
    assert not (tmp_path / "out").exists()


async def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    ended = await exported(f"sqlite+aiosqlite:///{tmp_path / 'none.db'}", "30", at=tmp_path)

    assert ended.code == 1
    assert "none.db" in ended.errors
    assert not (tmp_path / "none.db").exists()


async def test_what_is_opened_to_look_can_not_be_written(url: str) -> None:
    async with Database.look(url, clock=SystemClock()) as database:
        with pytest.raises(StorageError):
            await answered(database)
