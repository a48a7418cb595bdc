"""Pages of a list: so many rows after the row with an id."""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class HasId(Protocol):
    @property
    def id(self) -> str: ...


Row = TypeVar("Row", bound=HasId)


def paged(rows: Sequence[Row], after: str | None, limit: int) -> tuple[list[Row], bool]:
    """The page and whether more follow. An id that is not there starts from the beginning."""
    start = next((at for at, row in enumerate(rows, 1) if row.id == after), 0) if after else 0
    return list(rows[start : start + limit]), len(rows) > start + limit
