"""What is remembered of the past: the newest, up to a size."""

from collections.abc import MutableSequence
from typing import Protocol, TypeVar


class Sized(Protocol):
    """`size` in bytes, as on the wire."""

    @property
    def size(self) -> int: ...


_S = TypeVar("_S", bound=Sized)


def trim(kept: MutableSequence[_S], limit: int) -> None:
    """Let the oldest go until the rest has at most `limit` bytes; the newest always stays."""
    total = sum(one.size for one in kept)
    while total > limit and len(kept) > 1:
        total -= kept[0].size
        del kept[0]
