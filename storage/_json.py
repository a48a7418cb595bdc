"""JSON as both databases take it."""

import json
import math
from typing import Any, cast


def dumped(value: Any) -> str:
    """`value` in JSON, with numbers that JSON has no words for as texts.

    Servers send NaN and -Infinity all the same, as how likely a token was. PostgreSQL refuses them,
    and with them the answer that they came with.
    """
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_sayable(value), allow_nan=False)


def _sayable(value: Any) -> Any:
    match value:
        case float() if not math.isfinite(value):
            return json.dumps(value)  # as JavaScript calls it
        case dict():
            fields = cast("dict[str, Any]", value)
            return {name: _sayable(each) for name, each in fields.items()}
        case list() | tuple():
            return [_sayable(each) for each in cast("list[Any]", value)]
        case _:
            return value
