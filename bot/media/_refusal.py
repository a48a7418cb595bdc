"""What a job says when the file can't be used."""

from typing import Any

from bot.domain.errors import FileFault


class Refusal(Exception):  # noqa: N818  it is an answer, not a failure
    """Becomes a FileError of the file at `blob` among those given, or a MaskSizeError."""

    def __init__(self, kind: str, **facts: Any) -> None:
        super().__init__(kind)
        self.kind = kind
        self.facts = facts


def refused(fault: FileFault, *, blob: int = 0, limit: int | None = None) -> Refusal:
    return Refusal("file", fault=fault.value, blob=blob, limit=limit)
