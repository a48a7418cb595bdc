"""JSON as servers write it, which is not always as it should be."""

import math
from json import JSONDecodeError, loads

import orjson


def json(data: bytes) -> object:
    """JSON as servers write it: also NaN, half surrogate pairs and broken UTF-8.

    Raises:
        ValueError: it is none.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            return loads(data.decode("utf-8", "replace"))
        except (JSONDecodeError, RecursionError) as error:
            raise ValueError from error


def number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value)
