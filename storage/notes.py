"""Changes that the command line makes while a bot has SQLite's file, which lets nobody else write.

Each is a small file in a folder beside the database, written before the change and again when it
has ended. The bot takes them into the audit table: a kill in between may put one there twice, and
never loses one.
"""

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.domain.operators import BEGUN

FORGOTTEN = timedelta(days=1)
"""After that long a change that has not ended never will: its process died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    path: Path
    at: datetime
    change: str
    target: str
    outcome: str

    def write(self) -> None:
        """Whole or not at all, and for nobody else on this machine to read.

        Raises:
            OSError: it could not be written.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fields = {
            "at": self.at.isoformat(),
            "change": self.change,
            "target": self.target,
            "outcome": self.outcome,
        }
        beside = self.path.with_suffix(".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(fields, file)
            file.flush()
            os.fsync(descriptor)
        beside.replace(self.path)


def new_note(database: Path, change: str, target: str, at: datetime) -> Note:
    path = _folder(database) / f"{secrets.token_hex(8)}.json"
    return Note(path=path, at=at, change=change, target=target, outcome=BEGUN)


def notes_to_take(database: Path, now: datetime) -> Iterator[Note]:
    """Those that have ended, oldest first; what can't be read is left where it is.

    Raises:
        OSError: the folder can't be read.
    """
    found: list[Note] = []
    for path in _folder(database).glob("*.json"):
        try:
            fields = json.loads(path.read_text("utf-8"))
            note = Note(
                path=path,
                at=datetime.fromisoformat(fields["at"]),
                change=str(fields["change"]),
                target=str(fields["target"]),
                outcome=str(fields["outcome"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if note.outcome != BEGUN or now - note.at > FORGOTTEN:
            found.append(note)
    yield from sorted(found, key=lambda note: note.at)


def _folder(database: Path) -> Path:
    return database.with_name(f"{database.name}.changes")
