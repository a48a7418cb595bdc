"""`python -m bot docs`: the pages of docs/ that follow from the code."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bot import wire
from bot.ai.operations import document
from bot.client import Bot, Services
from bot.domain.clock import SystemClock
from cogs import _registration

Json = dict[str, Any]
_TYPES: Final = {
    3: "text",
    4: "whole number",
    5: "true or false",
    6: "person",
    7: "channel",
    8: "role",
    10: "number",
    11: "file",
}
_PARTS: Final = (1, 2)  # subcommands and their groups
_ON_MESSAGES: Final = 3


async def write(folder: Path) -> None:
    """operations.md and commands.md; the folder has to be there."""
    (folder / "operations.md").write_text(document(), "utf-8")
    (folder / "commands.md").write_text(await commands(), "utf-8")


async def commands() -> str:
    """docs/commands.md."""
    async with Bot(Services.unasked(SystemClock()), api=wire.DISCORD) as bot:
        await bot.build_commands()
        found = await _registration.payload(bot.tree)
    return "\n".join(
        [
            "# Commands",
            "",
            "Every command with all of its options, as Discord gets them.",
            "Options in bold have to be given.",
            "Written by `python -m bot docs`; change the cogs instead.",
            "",
            *(line for each in sorted(found, key=_order) for line in _command(each)),
            "## In the menu of a message",
            "",
            *(f"- *{each['name']}*" for each in found if each["type"] == _ON_MESSAGES),
            "",
        ]
    )


def _order(command: Json) -> str:
    return str(command["name"])


def _command(command: Json) -> Iterator[str]:
    if command["type"] != 1:
        return
    for name, node in _leaves(command, ""):
        yield f"## /{name}"
        yield ""
        yield str(node["description"])
        yield ""
        options: list[Json] = node.get("options") or []
        if options:
            yield "| option | takes | what for |"
            yield "|---|---|---|"
            yield from (
                f"| {_name(each)} | {_takes(each)} | {_cell(each['description'])} |"
                for each in options
            )
            yield ""


def _leaves(node: Json, above: str) -> Iterator[tuple[str, Json]]:
    """What can be typed, by its whole name."""
    name = f"{above} {node['name']}".strip()
    parts = [each for each in node.get("options") or () if each["type"] in _PARTS]
    if not parts:
        yield name, node
    for part in parts:
        yield from _leaves(part, name)


def _name(option: Json) -> str:
    name = f"`{option['name']}`"
    return f"**{name}**" if option.get("required") else name


def _takes(option: Json) -> str:
    if choices := option.get("choices"):
        return ", ".join(f"`{_cell(each['name'])}`" for each in choices)
    takes = _TYPES[option["type"]]
    least, most = option.get("min_value"), option.get("max_value")
    if least is not None or most is not None:
        takes += f", {_range(least, most)}"
    shortest, longest = option.get("min_length"), option.get("max_length")
    if shortest is not None or longest is not None:
        takes += f", {_range(shortest, longest)} characters"
    return f"{takes}, suggested" if option.get("autocomplete") else takes


def _range(least: float | None, most: float | None) -> str:
    if least is None:
        return f"up to {most:,g}"
    return f"from {least:,g}" if most is None else f"{least:,g} to {most:,g}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
