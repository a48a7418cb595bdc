"""What models refused before: kept by the caller, so that it outlives the process."""

from collections.abc import Mapping
from typing import Protocol


class LearnedParameters(Protocol):
    """What was learnt about one model of one server, in the API's own parameter names.

    A name maps to the name it has to be sent under, or to None where it has to be left out. A name
    that maps to itself is known to be taken.
    """

    async def of(self, base_url: str, model: str) -> Mapping[str, str | None]: ...

    async def learn(
        self, base_url: str, model: str, parameter: str, renamed_to: str | None
    ) -> None: ...


class InMemoryParameters:
    """Forgets when the process ends."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], dict[str, str | None]] = {}

    async def of(self, base_url: str, model: str) -> Mapping[str, str | None]:
        return dict(self._known.get((base_url, model), {}))

    async def learn(
        self, base_url: str, model: str, parameter: str, renamed_to: str | None
    ) -> None:
        self._known.setdefault((base_url, model), {})[parameter] = renamed_to
