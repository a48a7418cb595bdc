"""What README says is true."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from discord import app_commands

from bot.cli import app as command_line
from bot.client import Bot, Services
from bot.domain.clock import SystemClock
from bot.domain.preferences import SETTINGS
from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table that has this heading, without marks for code."""
    lines = README.splitlines()
    start = lines.index(heading) + 2
    table: list[list[str]] = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return table


def settings_rows() -> Iterator[list[str]]:
    for name, field in Settings.model_fields.items():
        default: Any = field.default
        shown = {True: "true", False: "false"}.get(default) if isinstance(default, bool) else None
        if field.is_required():
            shown = "required"
        elif shown is None:
            shown = f"`{default:g}`" if isinstance(default, float) else f"`{default}`"
            shown = "" if default is None or default == frozenset() else shown
        yield [f"`{name.upper()}`", shown, field.description or ""]


def test_the_table_of_settings_is_the_settings() -> None:
    assert rows("| setting | default | what it is |") == list(settings_rows())


async def test_the_table_of_commands_is_what_the_bot_registers() -> None:
    services = Services.unasked(SystemClock())
    async with Bot(services) as bot:
        await bot.build_commands()
        registered = {
            command.qualified_name
            for command in bot.tree.walk_commands()
            if isinstance(command, app_commands.Command)
        }

    named = named_in("\n## Commands\n")
    assert sorted(named) == sorted(f"/{name}" for name in registered)


def named_in(heading: str) -> list[str]:
    """What stands first in each row of all tables under a heading."""
    part = README.split(heading)[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)`", part, re.MULTILINE)


def test_the_table_of_the_command_line_is_the_command_line() -> None:
    named = set(named_in("\n### On the command line\n"))

    there = {
        f"python -m bot {command.name or getattr(command.callback, '__name__', '')}"
        for command in command_line.registered_commands
    }
    assert named == there


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_links_to_is_there(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")

    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)

    here = [link for link in links if "://" not in link]
    assert [link for link in here if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_have_one_sentence_per_line(document: str) -> None:
    prose = re.sub(r"```.*?```", "", (ROOT / document).read_text("utf-8"), flags=re.DOTALL)
    lines = [line for line in prose.splitlines() if not line.lstrip().startswith(("|", "#"))]

    two = [line for line in lines if re.search(r"[a-z)`*][.!?] [A-Z`*]", line)]

    assert two == []


def test_every_make_target_that_documents_name_is_there() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))

    for document in DOCUMENTS:
        named = re.findall(r"\bmake (\w+)(?=[`\s])", (ROOT / document).read_text("utf-8"))
        assert set(named) - {"sure"} <= targets, document


def test_the_table_of_what_a_server_decides_is_what_can_be_set() -> None:
    assert [row[0].strip("`") for row in rows("| key | what it is |")] == list(SETTINGS)
