"""Parameters and their documented ranges, checked in OpenAI's words of 2023 or of today.

A null counts as absent, as it does there; absent values are filled in by the handlers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from sandbox.openai.errors import ApiError


class Dialect(StrEnum):
    MODERN = "modern"
    LEGACY = "legacy"
    BOTH = "both"


class Kind(StrEnum):
    TEXT = "string"
    INTEGER = "integer"
    NUMBER = "decimal"
    BOOLEAN = "boolean"
    OBJECT = "object"
    LIST = "array"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Param:
    """low and high bound a number's value, a text's characters or a list's length."""

    kind: Kind
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    required: bool = False


_NAMES: Mapping[str, str] = {
    "str": "a string",
    "bool": "a boolean",
    "int": "an integer",
    "float": "a decimal",
    "dict": "an object",
    "list": "an array",
}


def text(low: int | None = None, high: int | None = None, *, required: bool = False) -> Param:
    return Param(Kind.TEXT, low, high, required=required)


def choice(*choices: str, required: bool = False) -> Param:
    return Param(Kind.TEXT, choices=choices, required=required)


def integer(low: int | None = None, high: int | None = None) -> Param:
    return Param(Kind.INTEGER, low, high)


def number(low: float | None = None, high: float | None = None) -> Param:
    return Param(Kind.NUMBER, low, high)


def boolean() -> Param:
    return Param(Kind.BOOLEAN)


def mapping() -> Param:
    return Param(Kind.OBJECT)


def items(low: int | None = None, high: int | None = None, *, required: bool = False) -> Param:
    return Param(Kind.LIST, low, high, required=required)


def anything(*, required: bool = False) -> Param:
    return Param(Kind.ANY, required=required)


Params = Mapping[str, Param]


def check(body: Mapping[str, Any], params: Params, dialect: Dialect) -> dict[str, Any]:
    """The body without its nulls.

    Raises:
        ApiError: 400; an unknown or missing parameter, a wrong type, a value out of range.
    """
    legacy = dialect is Dialect.LEGACY
    unknown = [name for name in body if name not in params]
    if unknown:
        raise _unknown(unknown, legacy=legacy)
    for name, param in params.items():
        if param.required and body.get(name) is None:
            raise _missing(name, legacy=legacy)
    kept = {name: value for name, value in body.items() if value is not None}
    for name, value in kept.items():
        check_value(name, value, params[name], legacy=legacy)
    return kept


def check_value(name: str, value: Any, param: Param, *, legacy: bool = False) -> None:
    if not _fits(value, param.kind):
        raise _wrong_type(name, value, param.kind, legacy=legacy)
    if param.choices and value not in param.choices:
        raise _wrong_choice(name, value, param.choices, legacy=legacy)
    if param.kind in {Kind.BOOLEAN, Kind.OBJECT, Kind.ANY}:
        return
    size: float = value if param.kind in {Kind.INTEGER, Kind.NUMBER} else len(value)
    if param.low is not None and size < param.low:
        raise _out_of_range(name, value, size, param, below=True, legacy=legacy)
    if param.high is not None and size > param.high:
        raise _out_of_range(name, value, size, param, below=False, legacy=legacy)


def coerce(values: Mapping[str, Any], params: Params) -> dict[str, Any]:
    """Form fields are text; those that stand for something else become it where they can."""
    made: dict[str, Any] = {}
    for name, value in values.items():
        param = params.get(name)
        made[name] = _coerced(value, param.kind) if param and isinstance(value, str) else value
    return made


def as_object(value: object) -> dict[str, Any] | None:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[Any] | None:
    return cast("list[Any]", value) if isinstance(value, list) else None


def _coerced(value: str, kind: Kind) -> Any:
    match kind:
        case Kind.INTEGER if re.fullmatch(r"[+-]?\d{1,20}", value):
            return int(value)
        case Kind.NUMBER if re.fullmatch(r"[+-]?\d{1,20}(\.\d{1,20})?", value):
            return float(value)
        case Kind.BOOLEAN if value.lower() in {"true", "false"}:
            return value.lower() == "true"
        case Kind.LIST:
            return [value]
        case _:
            return value


_TYPES: Mapping[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str,),
    Kind.INTEGER: (int,),
    Kind.NUMBER: (int, float),
    Kind.BOOLEAN: (bool,),
    Kind.OBJECT: (dict,),
    Kind.LIST: (list,),
    Kind.ANY: (object,),
}


def named(value: object) -> str:
    return _NAMES.get(type(value).__name__, "null")


def _fits(value: Any, kind: Kind) -> bool:
    """A boolean is no number, although Python counts it as one."""
    if isinstance(value, bool) and kind in {Kind.INTEGER, Kind.NUMBER}:
        return False
    return isinstance(value, _TYPES[kind])


def _unknown(names: list[str], *, legacy: bool) -> ApiError:
    if not legacy:
        return ApiError(
            f"Unknown parameter: '{names[0]}'.", param=names[0], code="unknown_parameter"
        )
    plural = "s" if len(names) > 1 else ""
    return ApiError(f"Unrecognized request argument{plural} supplied: {', '.join(names)}")


def _missing(name: str, *, legacy: bool) -> ApiError:
    if not legacy:
        return ApiError(
            f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter"
        )
    if name == "model":
        return ApiError("you must provide a model parameter")
    return ApiError(f"'{name}' is a required property")


def _wrong_type(name: str, value: Any, kind: Kind, *, legacy: bool) -> ApiError:
    if legacy:
        json_type = "number" if kind is Kind.NUMBER else kind.value
        return ApiError(f"{value!r} is not of type '{json_type}' - '{name}'")
    got = named(value)
    article = "an" if kind.value[0] in "aeiou" else "a"
    return ApiError(
        f"Invalid type for '{name}': expected {article} {kind.value}, but got {got} instead.",
        param=name,
        code="invalid_type",
    )


def _wrong_choice(name: str, value: object, choices: tuple[str, ...], *, legacy: bool) -> ApiError:
    if legacy:
        return ApiError(f"{value!r} is not one of {list(choices)!r} - '{name}'")
    quoted = [f"'{each}'" for each in choices]
    listed = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])}, and {quoted[-1]}"
    return ApiError(
        f"Invalid value: '{value}'. Supported values are: {listed}.",
        param=name,
        code="invalid_value",
    )


def _out_of_range(
    name: str, value: Any, size: float, param: Param, *, below: bool, legacy: bool
) -> ApiError:
    bound = param.low if below else param.high
    sign = ">=" if below else "<="
    edge = "below minimum" if below else "above maximum"
    code = "below_min" if below else "above_max"
    if legacy:
        shown = value if param.kind in {Kind.INTEGER, Kind.NUMBER} else f"length {size:g}"
        relation = "less than the minimum of" if below else "greater than the maximum of"
        return ApiError(f"{shown} is {relation} {bound:g} - '{name}'")
    match param.kind:
        case Kind.TEXT:
            length = "minimum" if below else "maximum"
            word = "short" if below else "long"
            return ApiError(
                f"Invalid '{name}': string too {word}. Expected a string with {length} length"
                f" {bound:.0f}, but got a string with length {size:.0f} instead.",
                param=name,
                code=f"string_{code}_length",
            )
        case Kind.LIST:
            length = "minimum" if below else "maximum"
            word = "short" if below else "long"
            return ApiError(
                f"Invalid '{name}': array too {word}. Expected an array with {length} length"
                f" {bound:.0f}, but got an array with length {size:.0f} instead.",
                param=name,
                code=f"array_{code}_length",
            )
        case _:
            return ApiError(
                f"Invalid '{name}': {param.kind.value} {edge} value. Expected a value {sign}"
                f" {bound:g}, but got {value} instead.",
                param=name,
                code=f"{param.kind.value}_{code}_value",
            )
