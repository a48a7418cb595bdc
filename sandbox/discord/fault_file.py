"""Faults as JSON, from a file or the control route: read in one place, refused with every reason.

    {"rest": [{"route": "POST /channels/*/messages", "status": 503, "times": 2}],
     "gateway": [{"action": "drop", "event": "MESSAGE_CREATE"}]}

Keys are the fields of Fault and GatewayFault in faults.py. A file has this under "discord".
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, cast, get_args

from sandbox.discord.faults import Drop, Fault, GatewayAction, GatewayFault, Scope

if TYPE_CHECKING:
    from sandbox.discord.model import Json

_STATUSES = range(200, 600)  # below stand answers that are none yet
_Rule = tuple[Callable[[Any], bool], str]


class FaultsError(ValueError):
    """problems: one sentence each, beginning with the place, such as `rest[2].times`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def parse(raw: Any) -> list[Fault | GatewayFault]:
    """All that are described.

    Raises:
        FaultsError: with everything that is wrong with it.
    """
    if not isinstance(raw, dict):
        raise FaultsError(["must be an object with 'rest' and 'gateway'"])
    described = cast("Json", raw)
    problems = [
        f"{name}: unknown; there are {', '.join(_KINDS)}"
        for name in described
        if name not in _KINDS
    ]
    faults: list[Fault | GatewayFault] = []
    for name, kind in _KINDS.items():
        listed: object = described.get(name, [])
        if not isinstance(listed, list):
            problems.append(f"{name}: must be a list of objects")
            continue
        for at, item in enumerate(cast("list[Any]", listed)):
            found = _problems(f"{name}[{at}]", item, kind)
            problems += found
            if not found:
                faults.append(kind(**item))
    if problems:
        raise FaultsError(problems)
    return faults


def _problems(place: str, item: Any, kind: type[Fault | GatewayFault]) -> list[str]:
    if not isinstance(item, dict):
        return [f"{place}: must be an object"]
    names = [each.name for each in fields(kind)]
    given = cast("Json", item)
    found = [
        f"{place}.{name}: unknown; there are {', '.join(names)}"
        for name in given
        if name not in names
    ]
    needed = "route" if kind is Fault else "action"
    if needed not in given:
        found.append(f"{place}.{needed}: {_RULES[needed][1]}")
    for name, (fits, sentence) in _RULES.items():
        if name in names and name in given and not fits(given[name]):
            found.append(f"{place}.{name}: {sentence}")
    return found


def _whole(low: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and value >= low


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _seconds(value: Any) -> bool:
    return type(value) in {int, float} and value >= 0


def _texts(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_text, cast("Json", value).values()))


def _or_null(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


def _one_of(literal: Any) -> _Rule:
    values: tuple[str, ...] = get_args(literal)
    return lambda value: value in values, f"must be one of {', '.join(values)}"


_KINDS: Mapping[str, type[Fault | GatewayFault]] = {"rest": Fault, "gateway": GatewayFault}
_RULES: Mapping[str, _Rule] = {
    "route": (_text, "must be like 'POST /channels/*/messages', or '*'"),
    "action": _one_of(GatewayAction),
    "event": (_text, "must be the name of an event, or '*'"),
    "times": (_or_null(_whole(1)), "must be a whole number of at least 1, or null for always"),
    "skip": (_whole(0), "must be a whole number of at least 0"),
    "status": (
        _or_null(lambda value: type(value) is int and value in _STATUSES),
        "must be a whole number from 200 to 599",
    ),
    "headers": (_texts, "must be an object of texts"),
    "content_type": (_or_null(_text), "must be a text"),
    "retry_after": (_or_null(_seconds), "must be a number of seconds"),
    "scope": _one_of(Scope),
    "delay": (_seconds, "must be a number of seconds"),
    "drop": (_or_null(_one_of(Drop)[0]), _one_of(Drop)[1]),
}
