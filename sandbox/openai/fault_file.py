"""Faults as JSON, from a file or the control route: read in one place, refused with every reason.

    [{"route": "POST /chat/completions", "kind": "status", "error": "rate_limit", "times": 2},
     {"route": "POST /images/*", "kind": "slow_first_byte", "seconds": 30},
     {"route": "*", "kind": "cut", "after": 5, "times": 1}]

Keys, those of Fault in faults.py: `route` and `kind` (needed); `times` (whole number above 0;
without it, until cleared); `after` (whole number); `seconds` (number); and for `status`: `status`
(200 to 599) or `error` (a name of PRESETS), `body` (any JSON; a text is sent as it is), `headers`
(an object of texts). `body` also replaces the error of error_event and error_object.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sandbox.openai.faults import PRESETS, Fault, FaultKind
from sandbox.openai.params import as_list, as_object
from sandbox.openai.routes import Pattern

_KEYS = ("route", "kind", "times", "status", "error", "body", "headers", "after", "seconds")
_ONLY_STATUS = ("status", "error", "headers")
_STATUSES = range(200, 600)  # below stand answers that are none yet


class FaultsError(ValueError):
    """problems: one sentence each, beginning with the place, such as `faults[2].times`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def parse(raw: Any) -> list[Fault]:
    """The faults of a list.

    Raises:
        FaultsError: with everything that is wrong with it.
    """
    given = as_list(raw)
    if given is None:
        raise FaultsError(["faults: must be a list of objects"])
    problems = [each for at, item in enumerate(given) for each in _problems(f"faults[{at}]", item)]
    if problems:
        raise FaultsError(problems)
    return [_fault(as_object(item) or {}) for item in given]


def shown(fault: Fault) -> dict[str, Any]:
    """The fault as `parse` reads it, without what is not set."""
    made = asdict(fault) | {"headers": dict(fault.headers), "kind": fault.kind.value}
    if fault.kind is not FaultKind.STATUS or fault.error is not None:
        del made["status"]
    return {name: value for name, value in made.items() if value not in (None, {})}


def _fault(item: Mapping[str, Any]) -> Fault:
    details: dict[str, Any] = {**item, "kind": FaultKind(item["kind"])}
    return Fault(**details)


def _problems(place: str, raw: Any) -> list[str]:
    item = as_object(raw)
    if item is None:
        return [f"{place}: must be an object"]
    kinds = ", ".join(FaultKind)
    found = [
        f"{place}.{name}: unknown; there are {', '.join(_KEYS)}"
        for name in item
        if name not in _KEYS
    ]
    if not _is_route(item.get("route")):
        found.append(f"{place}.route: must be like 'POST /chat/completions', 'GET /files*' or '*'")
    if item.get("kind") not in set(FaultKind):
        found.append(f"{place}.kind: must be one of {kinds}")
    for name, low in (("times", 1), ("after", 0)):
        if name in item and not (type(item[name]) is int and item[name] >= low):
            found.append(f"{place}.{name}: must be a whole number of at least {low}")
    seconds = item.get("seconds", 0)
    if type(seconds) not in {int, float} or seconds < 0:
        found.append(f"{place}.seconds: must be a number of at least 0")
    return found + _status_problems(place, item)


def _status_problems(place: str, item: dict[str, Any]) -> list[str]:
    found: list[str] = []
    if item.get("kind") != FaultKind.STATUS:
        found += [
            f"{place}.{each}: only for kind 'status'" for each in _ONLY_STATUS if each in item
        ]
        return found
    if "status" in item and (type(item["status"]) is not int or item["status"] not in _STATUSES):
        found.append(f"{place}.status: must be a whole number from 200 to 599")
    if "error" in item and item["error"] not in PRESETS:
        found.append(f"{place}.error: must be one of {', '.join(PRESETS)}")
    headers = as_object(item.get("headers", {}))
    if headers is None or not all(isinstance(each, str) for each in headers.values()):
        found.append(f"{place}.headers: must be an object of texts")
    return found


def _is_route(route: Any) -> bool:
    if not isinstance(route, str):
        return False
    try:
        Pattern(route)
    except ValueError:
        return False
    return True
