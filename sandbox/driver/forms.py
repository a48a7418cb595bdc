"""Modals as one fills them in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sandbox.discord.components import walk
from sandbox.discord.interactions.model import Interaction
from sandbox.discord.model import Json
from sandbox.discord.validation.controls import TEXT_INPUT
from sandbox.driver.errors import ClientRefused
from sandbox.driver.options import OptionValues
from sandbox.driver.selecting import picked

ACTION_ROW, TEXT_DISPLAY, LABEL, FILE_UPLOAD = 1, 10, 18, 19
RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 21, 22, 23
MAX_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in; `value` is what stands there already."""

    label: str
    custom_id: str
    type: int
    required: bool
    value: Any
    raw: Json


class Form:
    """A modal that an interaction opened."""

    def __init__(self, interaction: Interaction) -> None:
        if interaction.modal is None:
            raise AssertionError("only an interaction with a modal has a form")
        self.interaction = interaction
        self.raw: Json = interaction.modal

    @property
    def title(self) -> str:
        return str(self.raw["title"])

    @property
    def custom_id(self) -> str:
        return str(self.raw["custom_id"])

    @property
    def text(self) -> str:
        """The texts between its fields."""
        rows = cast("list[Json]", self.raw["components"])
        return "\n".join(str(row["content"]) for row in rows if row["type"] == TEXT_DISPLAY)

    @property
    def fields(self) -> list[Field]:
        found: list[Field] = []
        for row in cast("list[Json]", self.raw["components"]):
            for control in _controls(row):
                label = row.get("label") or control.get("label") or ""
                found.append(
                    Field(
                        label=str(label),
                        custom_id=str(control["custom_id"]),
                        type=control["type"],
                        required=control.get("required") is not False,
                        value=_standing(control),
                        raw=control,
                    )
                )
        return found

    def field(self, name: str) -> Field:
        """By its label or custom_id."""
        for field in self.fields:
            if name in {field.label, field.custom_id}:
                return field
        names = [field.label for field in self.fields]
        raise ClientRefused(f"the form has no field {name!r}; it has {names}")

    def data(self, given: Mapping[str, Any], values: OptionValues) -> Json:
        """What is sent when it is submitted; what is not given stays as it stands.

        Raises:
            ClientRefused: an unknown field, something required left empty, or too much.
        """
        filled = {field.custom_id: field.value for field in self.fields}
        for name, value in given.items():
            filled[self.field(name).custom_id] = value
        rows = cast("list[Json]", self.raw["components"])
        return {
            "custom_id": self.custom_id,
            "components": [_row(row, filled, values) for row in rows],
        }


def _controls(row: Json) -> list[Json]:
    return [one for one in walk([row]) if "custom_id" in one]


def _row(row: Json, filled: Mapping[str, Any], values: OptionValues) -> Json:
    sent: Json = {"type": row["type"], "id": row["id"]}
    controls = [
        {"type": one["type"], "id": one["id"], "custom_id": one["custom_id"]}
        | _filled(one, filled[one["custom_id"]], values)
        for one in _controls(row)
    ]
    if row["type"] == ACTION_ROW:
        sent["components"] = controls
    elif row["type"] == LABEL:
        sent["component"] = controls[0]
    return sent


def _standing(control: Json) -> Any:
    kind = control["type"]
    if kind == TEXT_INPUT:
        return control.get("value") or ""
    if kind == CHECKBOX:
        return bool(control.get("default"))
    options = cast("list[Json]", control.get("options") or [])
    chosen = [str(one["value"]) for one in options if one.get("default")]
    if kind == RADIO_GROUP:
        return chosen[0] if chosen else None
    defaults = cast("list[Json]", control.get("default_values") or [])
    return chosen or [str(one["id"]) for one in defaults]


def _filled(control: Json, value: Any, values: OptionValues) -> Json:
    match control["type"]:
        case 4:
            return {"value": _text(control, value)}
        case 23:
            return {"value": bool(value)}
        case 21:
            _refuse_missing(control, given=value is not None)
            return {"value": None if value is None else picked(control, [value], values)[0]}
        case kind:
            chosen = cast("list[Any]", value if isinstance(value, list) else [value])
            _refuse_missing(control, given=bool(chosen))
            if not chosen:
                return {"values": []}
            if kind == FILE_UPLOAD:
                return {"values": _files(control, chosen, values)}
            return {"values": picked(control, chosen, values)}


def _files(control: Json, files: list[Any], values: OptionValues) -> list[str]:
    least, most = control.get("min_values", 1), control.get("max_values") or 1
    if not least <= len(files) <= most:
        name = control["custom_id"]
        raise ClientRefused(f"{name!r} takes {least} to {most} files, not {len(files)}")
    return [str(values.upload(one).id) for one in files]


def _refuse_missing(control: Json, *, given: bool) -> None:
    if not given and control.get("required") is not False:
        raise ClientRefused(f"{control['custom_id']!r} is required")


def _text(control: Json, value: Any) -> str:
    text = str(value)
    _refuse_missing(control, given=bool(text))
    least, most = control.get("min_length") or 0, control.get("max_length") or MAX_TEXT
    if text and not least <= len(text) <= most:
        name = control["custom_id"]
        raise ClientRefused(f"{name!r} takes {least} to {most} characters, not {len(text)}")
    return text
