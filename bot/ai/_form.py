"""A question of any operation but chat: fields that the server may refuse one by one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.ai._sending import Sending
from bot.domain.chat import ParameterChanged, StreamingDropped

UNASKED = frozenset(
    {"user", "safety_identifier", "stream", "stream_options", "partial_images", "chunking_strategy"}
)
"""What this program adds of itself: nobody misses it where a server does not take it."""


@dataclass(slots=True)
class Form:
    """How one question is put: changed as the server refuses parts of it.

    sending   with `body` as the person wants it; what was not set is not in it
    kept      without these there is no question
    changes   refusals that were answered by putting it differently
    left_out  in the API's names
    """

    sending: Sending
    kept: frozenset[str]
    changes: int = 0
    left_out: set[str] = field(default_factory=set[str])

    @property
    def scope(self) -> str:
        """What lessons are kept under: another endpoint may take what this one refuses."""
        return f"{self.sending.model} {self.sending.path}"

    @property
    def streams(self) -> bool:
        return bool(self.put().body and "stream" in (self.put().body or {}))

    def put(self) -> Sending:
        """As it is sent now."""
        body = self.sending.body or {}
        return replace(self.sending, body={k: v for k, v in body.items() if k not in self.left_out})

    def names(self) -> Mapping[str, str]:
        names: dict[str, str] = {}
        for name, value in (self.sending.body or {}).items():
            if name in self.kept or name in self.left_out:
                continue
            names[name] = name
            if isinstance(value, list | tuple):
                names[f"{name}[]"] = name
        return names

    def apply(self, known: Mapping[str, str | None]) -> list[ParameterChanged]:
        """Leave out what was refused before; say so."""
        names = self.names()
        refused = [name for name, sent_as in known.items() if sent_as is None and name in names]
        return [change for name in refused for change in self.refuse(name)[1]]

    def refuse(self, name: str) -> tuple[None, list[ParameterChanged]]:
        self.left_out.add(name)
        return None, [] if name in UNASKED else [ParameterChanged(parameter=name)]

    def unstream(self) -> list[StreamingDropped]:
        self.left_out |= {"stream", "stream_options", "partial_images"}
        return [StreamingDropped()]


def given(**fields: Any) -> dict[str, Any]:
    """What the person set: neither None nor empty lists."""
    return {
        name: list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType]  JSON knows no tuples
        for name, value in fields.items()
        if value is not None and value != ()
    }
