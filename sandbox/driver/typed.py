"""Slash commands as a line of text: /chat message:hello there temperature:0.2."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sandbox.discord.model import Json
from sandbox.driver.errors import ClientRefused
from sandbox.driver.options import ATTACHMENT, BOOLEAN, INTEGER, NUMBER, leaf
from sandbox.driver.uploads import Upload

CHAT_INPUT = 1


@dataclass(frozen=True, slots=True)
class Line:
    """What was typed: the command with its subcommands, and the texts given by option."""

    command: Json
    path: list[str]
    options: list[Json]
    given: dict[str, str]

    @property
    def name(self) -> str:
        return " ".join([self.command["name"], *self.path])

    def values(self, files: Sequence[Upload]) -> dict[str, Any]:
        """By option; the files go to the attachment options in their order.

        Raises:
            ClientRefused: a number or truth value is none, or there are too many files.
        """
        kinds = {option["name"]: option["type"] for option in self.options}
        values: dict[str, Any] = {
            name: _value(name, kinds[name], text) for name, text in self.given.items()
        }
        places = [name for name, kind in kinds.items() if kind == ATTACHMENT]
        if len(files) > len(places):
            raise ClientRefused(f"/{self.name} takes {len(places)} files")
        return values | dict(zip(places, files, strict=False))


def parse(text: str, commands: Sequence[Json]) -> Line:
    """Raises: ClientRefused where no such command is offered."""
    words = text.removeprefix("/").split()
    found = next(
        (one for one in commands if one["type"] == CHAT_INPUT and words[:1] == [one["name"]]), None
    )
    if found is None:
        raise ClientRefused(f"no command {text.split(maxsplit=1)[0]!r} is offered here")
    path: list[str] = []
    inner = cast("list[Json]", found.get("options") or [])
    for word in words[1:]:
        deeper = next((one for one in inner if one["name"] == word and one["type"] <= 2), None)  # noqa: PLR2004  subcommands and groups
        if deeper is None:
            break
        path.append(word)
        inner = cast("list[Json]", deeper.get("options") or [])
    options, _ = leaf(found, path)
    return Line(found, path, options, _given(text, options))


def _given(text: str, options: list[Json]) -> dict[str, str]:
    """A value reaches to the next `name:` of an option of this command."""
    names = "|".join(re.escape(option["name"]) for option in options)
    if not names:
        return {}
    parts = re.split(rf"(?:^|\s)({names}):", text)
    return {name: value.strip() for name, value in zip(parts[1::2], parts[2::2], strict=True)}


def _value(name: str, kind: int, text: str) -> Any:
    try:
        if kind == INTEGER:
            return int(text)
        if kind == NUMBER:
            return float(text)
    except ValueError:
        raise ClientRefused(f"{name!r} takes a number, not {text!r}") from None
    if kind == BOOLEAN:
        if text.lower() not in {"true", "false"}:
            raise ClientRefused(f"{name!r} is true or false, not {text!r}")
        return text.lower() == "true"
    return text
