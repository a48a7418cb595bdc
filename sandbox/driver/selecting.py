"""Choosing in selects, radio buttons and checkboxes."""

from collections.abc import Sequence
from typing import Any, cast

from sandbox.discord.model import Json
from sandbox.driver.errors import ClientRefused
from sandbox.driver.options import CHANNEL, MENTIONABLE, ROLE, USER, OptionValues

# component type -> the option type that takes the same things
_LIKE_OPTION = {5: USER, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL}


def picked(control: Json, wanted: Sequence[Any], values: OptionValues) -> list[str]:
    """Values of what was chosen: options by label or value; people, roles, channels by name.

    Raises:
        ClientRefused: it is not there, or too few or too many were chosen.
    """
    name = control["custom_id"]
    options = cast("list[Json]", control.get("options") or [])
    kind = control["type"]
    usual_most = len(options) if kind == 22 else 1  # noqa: PLR2004  checkboxes: all of them
    least, most = control.get("min_values", 1), control.get("max_values") or usual_most
    if not least <= len(wanted) <= most:
        raise ClientRefused(f"{name!r} takes {least} to {most} values, not {len(wanted)}")
    if kind in _LIKE_OPTION:
        like = {"name": name, "type": _LIKE_OPTION[kind]}
        like |= {"channel_types": control.get("channel_types")}
        return [sent["value"] for one in wanted for sent in values.all([like], {name: one})]
    found: list[str] = []
    for one in wanted:
        value = next(
            (each["value"] for each in options if one in {each["label"], each["value"]}), None
        )
        if value is None:
            labels = [each["label"] for each in options]
            raise ClientRefused(f"{name!r} has no option {one!r}; it has {labels}")
        found.append(str(value))
    return found
