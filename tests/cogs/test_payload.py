"""The whole set of commands, as it is sent to Discord."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import discord
import jsonschema
import pytest
from discord import app_commands
from discord.ext import commands
from yarl import URL

from bot.client import Bot, Services
from bot.domain.clock import SystemClock
from cogs import _registration
from cogs._audience import for_operators

SHARED = Path(__file__).resolve().parents[2] / "../shared"
MANAGE_SERVER = 1 << 5
ADMINS = {"settings"}
OPERATORS = {"files", "finetune", "operator"}
MENU = 3
OWN = {"private": (5, False, False, False)}  # of /conversation: an addition to the interface
MORE: dict[str, dict[str, tuple[int, bool, bool, bool]]] = {
    "audio transcribe": {"logprobs": (5, False, False, False)},
    "image edit": {"input_fidelity": (3, False, False, True)},
}
"""Options of the API that the interface does not name: additions, too."""
LOCALES = ("zh-CN", "zh-TW")
NAME = re.compile(r"^[-_'\w]{1,32}$")
TYPES = {"s": 3, "i": 4, "b": 5, "u": 6, "c": 7, "r": 8, "n": 10, "a": 11}
Json = dict[str, Any]


@pytest.fixture
async def payload() -> list[Json]:
    services = Services.unasked(SystemClock())
    async with Bot(services, api=URL("http://127.0.0.1:1")) as bot:
        await bot.build_commands()
        return await _registration.payload(bot.tree)


def nodes(node: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """A command and everything below it, by its path."""
    path = f"{path} {node['name']}".strip()
    yield path, node
    for child in node.get("options") or ():
        yield from nodes(child, path)


def leaves(payload: list[Json]) -> dict[str, Json]:
    """What can be typed: commands and subcommands by name."""
    found: dict[str, Json] = {}
    for command in payload:
        for path, node in nodes(command):
            options = node.get("options") or []
            if node["type"] == 1 and all(option["type"] > 2 for option in options):
                found[path] = node
    return found


async def test_everything_is_within_discords_limits(payload: list[Json]) -> None:
    assert len(payload) <= 100
    for command in payload:
        for path, node in nodes(command):
            options, choices = node.get("options") or [], node.get("choices") or []
            if command["type"] == MENU:
                assert all(1 <= len(name) <= 32 for name in in_all_languages(node)), path
                continue
            assert NAME.match(node["name"]), path
            assert node["name"] == node["name"].lower(), path
            assert 1 <= len(node["description"]) <= 100, path
            assert len(options) <= 25, path
            assert len(choices) <= 25, path
            assert not (choices and node.get("autocomplete")), path
            required = [bool(option.get("required")) for option in options]
            assert required == sorted(required, reverse=True), path
            for translated in (node.get("description_localizations") or {}).values():
                assert 1 <= len(translated) <= 100, path


async def test_names_and_choices_are_unique_in_every_language(payload: list[Json]) -> None:
    menus = [command for command in payload if command["type"] == MENU]
    assert len(menus) <= 5
    for locale in (None, *LOCALES):
        shown = [(menu.get("name_localizations") or {}).get(locale, menu["name"]) for menu in menus]
        assert len(set(shown)) == len(shown)
    assert len({command["name"] for command in payload}) == len(payload)
    for command in payload:
        for path, node in nodes(command):
            names = [option["name"] for option in node.get("options") or []]
            assert len(set(names)) == len(names), path
            for locale in (None, *LOCALES):
                shown = [
                    (choice.get("name_localizations") or {}).get(locale, choice["name"])
                    for choice in node.get("choices") or []
                ]
                assert len(set(shown)) == len(shown), (path, locale)
                assert all(1 <= len(name) <= 100 for name in shown), (path, locale)


async def test_no_command_is_too_large_in_its_longest_language(payload: list[Json]) -> None:
    for command in payload:
        size = 0
        for _, node in nodes(command):
            size += longest(node, "name") + longest(node, "description")
            for choice in node.get("choices") or []:
                size += longest(choice, "name") + len(str(choice["value"]))
        assert size <= 8000, command["name"]


async def test_names_stay_english_and_descriptions_are_translated(payload: list[Json]) -> None:
    for command in payload:
        for path, node in nodes(command):
            if command["type"] == MENU:
                assert set(node["name_localizations"]) == set(LOCALES), path
                continue
            assert not node.get("name_localizations"), path
            assert set(node.get("description_localizations") or {}) == set(LOCALES), path


async def test_commands_work_in_servers_direct_and_group_messages(payload: list[Json]) -> None:
    for command in payload:
        audience = (
            command["contexts"],
            command["integration_types"],
            command["default_member_permissions"],
        )
        expected: Any = ([0, 1, 2], [0, 1], None)
        if command["name"] in ADMINS | OPERATORS:
            needed = MANAGE_SERVER if command["name"] in ADMINS else 0
            expected = ([0], [0], needed)
        assert audience == expected, command["name"]


async def test_families_for_operators_are_hidden_from_all_but_administrators() -> None:
    @for_operators
    class Family(commands.GroupCog, group_name="family"):
        @app_commands.command()
        async def one(self, _: discord.Interaction) -> None:
            """Do something."""

    async with Bot(Services.unasked(SystemClock()), api=URL("http://127.0.0.1:1")) as bot:
        await bot.add_cog(Family())
        (sent,) = await _registration.payload(bot.tree)

    assert (sent["contexts"], sent["integration_types"]) == ([0], [0])
    assert sent["default_member_permissions"] == 0


@pytest.mark.skipif(not SHARED.exists(), reason="the descriptions are not here")
async def test_the_options_are_those_of_the_interface(payload: list[Json]) -> None:
    promised = interface((SHARED / "COMMANDS.md").read_text("utf-8"))

    for name, node in leaves(payload).items():
        options = {
            option["name"]: (
                option["type"],
                bool(option.get("required")),
                bool(option.get("autocomplete")),
                bool(option.get("choices")),
            )
            for option in node.get("options") or []
        }
        assert options == promised[name] | MORE.get(name, {}), name


@pytest.mark.skipif(not SHARED.exists(), reason="the descriptions are not here")
async def test_discords_own_description_accepts_the_commands(payload: list[Json]) -> None:
    description = json.loads((SHARED / "discord/openapi.json").read_text("utf-8"))
    put = description["paths"]["/applications/{application_id}/commands"]["put"]
    schema = put["requestBody"]["content"]["application/json"]["schema"]
    validator = jsonschema.Draft202012Validator({**schema, "components": description["components"]})

    assert [error.message for error in validator.iter_errors(payload)] == []


def in_all_languages(menu: Json) -> list[str]:
    return [menu["name"], *(menu.get("name_localizations") or {}).values()]


def longest(node: Json, field: str) -> int:
    translations = (node.get(f"{field}_localizations") or {}).values()
    return max(len(text) for text in (node.get(field, ""), *translations))


def interface(text: str) -> dict[str, dict[str, tuple[int, bool, bool, bool]]]:
    """The options that COMMANDS.md promises: type, required, autocomplete, choices."""
    chat = options_of(row(text, "| `/chat` |"))
    groups = row(text, "| `/conversation show`")
    operator = row(text, "| `/operator status`")
    _, export, resume = re.split(r"export: |; resume: ", groups)
    subcommands = ("show", "new", "undo", "list")
    transcribe = options_of(row(text, "| `/audio transcribe` |"))
    drawn = options_of(row(text, "| `/image generate` |"))
    as_above = ("file", "prompt", "format", "temperature", "model", "private")
    return {
        "audio transcribe": transcribe,
        "audio translate": only(transcribe, *as_above),
        "audio speak": options_of(row(text, "| `/audio speak` |")),
        "chat": chat,
        "complete": options_of(row(text, "| `/complete` |")),
        "edit": options_of(row(text, "| `/edit` |")),
        "image generate": drawn,
        "image edit": options_of(row(text, "| `/image edit` |"))
        | only(drawn, "quality", "background", "output_format", "response_format"),
        "image variation": options_of(row(text, "| `/image variation` |")),
        "moderate": options_of(row(text, "| `/moderate` |")) | OWN,
        "models list": options_of(row(text, "| `/models list` |")),
        "models info": options_of(row(text, "| `/models info` |")),
        "help": options_of(row(text, "| `/help` |")),
        "write": options_of(row(text, "| `/write` |")),
        **{f"conversation {name}": OWN for name in subcommands},
        "conversation export": options_of(export) | OWN,
        "conversation resume": options_of(resume) | OWN,
        "conversation system": options_of(row(text, "| `/conversation system` |")) | OWN,
        "preferences show": {},
        "preferences set": options_of(row(text, "| `/preferences show`")),
        "preferences reset": only(options_of(row(text, "| `/preferences show`")), "key"),
        "settings show": options_of(row(text, "| `/settings show` |")),
        "settings set": options_of(row(text, "| `/settings set` `reset` |")),
        "settings reset": only(
            options_of(row(text, "| `/settings set` `reset` |")), "key", "channel", "role"
        ),
        "settings panel": {},
        **{f"privacy {name}": {} for name in ("show", "export", "erase")},
        "privacy training": options_of(row(text, "| `/privacy show`")),
        "usage me": options_of(row(text, "| `/usage me`")),
        "usage server": options_of(row(text, "| `/usage me`")),
        "conversation thread": options_of(row(text, "| `/conversation thread` |")),
        "finetune create": {
            **options_of(row(text, "| `/finetune create` |")),
            "grader": (11, False, False, False),
            "wandb_project": (3, False, False, False),
            "metadata": (3, False, False, False),
        },
        "finetune list": {},
        **{
            f"finetune {name}": options_of(row(text, "| `/finetune list` `info`"))
            for name in ("info", "cancel", "pause", "resume", "checkpoints")
        },
        "finetune events": options_of(row(text, "| `/finetune events` |")),
        "finetune delete": options_of(row(text, "| `/finetune delete` |")),
        "finetune dataset": options_of(row(text, "| `/finetune dataset` |")),
        **{f"operator {name}": {} for name in ("status", "backup", "sync", "servers")},
        "operator usage": {"period": (3, False, False, True)},  # as /usage has it
        "operator budget": {
            **options_of(re.split(r"budget: |; audit: ", operator)[1]),
            "clear": (5, False, False, False),
        },
        "operator audit": options_of(re.split(r"audit: |; block: ", operator)[1]),
        "operator block": {
            **options_of(operator.split("block: ")[1]),
            "lift": (5, False, False, False),
        },
        "files list": options_of(row(text, "| `/files list` |")),
        "files upload": {
            **options_of(row(text, "| `/files upload` |")),
            "expires_after": (3, False, False, False),
        },
        **{
            f"files {name}": options_of(row(text, "| `/files info` `download` `delete` |"))
            for name in ("info", "download", "delete")
        },
    }


Options = dict[str, tuple[int, bool, bool, bool]]


def only(options: Options, *names: str) -> Options:
    return {name: options[name] for name in names}


def row(text: str, start: str) -> str:
    """The options' cell of the row that begins so."""
    (line,) = [line for line in text.splitlines() if line.startswith(start)]
    return line.split(" | ")[1].rstrip("| ")


def options_of(cell: str) -> dict[str, tuple[int, bool, bool, bool]]:
    found: dict[str, tuple[int, bool, bool, bool]] = {}
    for name, kind, star, mark in re.findall(r"`(\w+)` ([sinbacru])(\*?)(\[ac\]|\[ch\])?", cell):
        found[name] = (TYPES[kind], star == "*", mark == "[ac]", mark == "[ch]")
    return found
