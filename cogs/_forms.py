"""Forms that were sent: what was filled in, and who takes it. They outlive a restart."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import discord

from cogs._gates import OPEN, Gate

FORM_LIFE_S = 3600
"""How long discord.py remembers a form it opened; ours are taken by their custom_id after that."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file from a form, as `cogs._attachments` takes one. `size` in bytes."""

    filename: str
    size: int
    url: str
    content_type: str | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form was filled in with, by custom_id; every part of it may be forged."""

    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    files: Mapping[str, tuple[Uploaded, ...]] = field(
        default_factory=dict[str, tuple[Uploaded, ...]]
    )


Submit = Callable[[discord.Interaction, str, Sent], Awaitable[None]]
"""Interaction, key of the form's custom_id, and what was filled in."""


def _always(_: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Form:
    """What a sent form does.

    private  whether only the sender sees the answer, by the key of the form's custom_id
    """

    submit: Submit
    private: Callable[[str], bool] = _always
    gate: Gate = OPEN


def sent(data: Mapping[str, Any]) -> Sent:
    """From an interaction's data, however its rows and labels are nested."""
    texts: dict[str, str] = {}
    chosen: dict[str, tuple[str, ...]] = {}
    files: dict[str, tuple[Uploaded, ...]] = {}
    attachments: Mapping[str, Any] = data.get("resolved", {}).get("attachments", {})
    for control in _controls(data):
        name = str(control["custom_id"])
        if isinstance(control.get("value"), str):
            texts[name] = control["value"]
        elif isinstance(control.get("values"), list):
            values = tuple(str(value) for value in cast("list[object]", control["values"]))
            if control.get("type") == discord.ComponentType.file_upload.value:
                found = (attachments.get(value) for value in values)
                files[name] = tuple(_uploaded(each) for each in found if each)
            else:
                chosen[name] = values
    return Sent(texts, chosen, files)


def _controls(component: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    inner = component.get("component")
    children: Sequence[Mapping[str, Any]] = component.get("components", ())
    nested = (*children, *((inner,) if inner else ()))
    if "custom_id" in component and not nested:
        yield component
    for child in nested:
        yield from _controls(child)


def _uploaded(raw: Mapping[str, Any]) -> Uploaded:
    return Uploaded(raw["filename"], int(raw["size"]), raw["url"], raw.get("content_type"))
