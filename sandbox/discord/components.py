"""Finding one's way in components: messages and forms nest them."""

from collections.abc import Iterator
from itertools import count
from typing import cast

from sandbox.discord.model import Json


def walk(components: list[Json]) -> Iterator[Json]:
    """Every component, parents before what is in them."""
    for component in components:
        yield component
        yield from walk(cast("list[Json]", component.get("components") or []))
        for key in ("accessory", "component"):
            if isinstance(component.get(key), dict):
                yield from walk([component[key]])


def with_custom_id(components: list[Json], custom_id: str) -> Json | None:
    for component in walk(components):
        if component.get("custom_id") == custom_id:
            return component
    return None


def numbered(components: list[Json]) -> list[Json]:
    """A form's components, each with an `id`: its own, or the next that is not taken."""
    taken = {component.get("id") for component in walk(components)}
    numbers = (number for number in count(1) if number not in taken)
    return [_numbered(component, numbers) for component in components]


def _numbered(component: Json, numbers: Iterator[int]) -> Json:
    kept = {key: value for key, value in component.items() if value is not None}
    kept["id"] = component.get("id") or next(numbers)
    if "components" in kept:
        kept["components"] = [_numbered(child, numbers) for child in kept["components"]]
    if "component" in kept:
        kept["component"] = _numbered(kept["component"], numbers)
    return kept
