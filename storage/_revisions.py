"""Which schemas this version knows, by the names of its migrations: without Alembic.

Alembic, with its templates and their highlighter, is 12 MiB and a sixth of a second, and a database
that has the newest schema does not need it.
"""

from collections.abc import Iterable
from pathlib import Path

from bot.domain.errors import NewerSchemaError

MIGRATIONS = Path(__file__).parent / "migrations"


def known() -> list[str]:
    """From the oldest to the newest: a migration's file begins with its revision."""
    files = (MIGRATIONS / "versions").glob("[0-9]*.py")
    return sorted(path.name.partition("_")[0] for path in files)


def is_newest(current: Iterable[str]) -> bool:
    """Whether nothing is missing. `current` is what the database says it has.

    Raises:
        NewerSchemaError: the schema is one that this version has never heard of.
    """
    all_known, found = known(), set(current)
    for revision in found.difference(all_known):
        raise NewerSchemaError(revision, all_known[-1])
    return found == {all_known[-1]}
