"""Backups of SQLite: made while the bot runs, looked through before anybody relies on them."""

import os
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from bot.domain.errors import BackupError, BackupFault
from storage import _revisions, _sqlite


def back_up(source: Path, target: Path) -> int:
    """Copy a database that may be in use, and read the copy through; its size in bytes.

    Tokens of interactions are left out: whoever has one may speak for the bot.

    Raises:
        BackupError: `target` is there already, or can't be written, or came out wrong.
    """
    if target.exists():
        raise BackupError(BackupFault.EXISTS, str(target))
    partial = target.with_name(f"{target.name}.part")
    if not source.is_file():
        raise BackupError(BackupFault.NOT_A_FILE, str(source))
    with _writing(target):
        partial.unlink(missing_ok=True)
        _sqlite.create_file(partial)  # so that nobody else on this machine may read it
        with closing(_reading(source)) as connection:
            connection.execute("VACUUM INTO ?", (str(partial),))
        with closing(sqlite3.connect(partial, isolation_level=None)) as copy:
            copy.execute("PRAGMA secure_delete = ON")
            copy.execute("DELETE FROM interaction_tokens")
        verify(partial)
        partial.rename(target)
    return target.stat().st_size


def verify(path: Path) -> None:
    """Read all of it.

    Raises:
        BackupError: it is no database of this bot, or damaged.
        NewerSchemaError: it was written by a newer version.
    """
    if not path.is_file():
        raise BackupError(BackupFault.NOT_A_FILE, str(path))
    try:
        with closing(_reading(path)) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.OperationalError:
        raise BackupError(BackupFault.NOT_A_BACKUP, str(path)) from None
    except sqlite3.DatabaseError as error:
        fault = BackupFault.NOT_A_BACKUP if "not a database" in str(error) else BackupFault.DAMAGED
        raise BackupError(fault, str(path)) from None
    if not sound:
        raise BackupError(BackupFault.DAMAGED, str(path))
    _revisions.is_newest(revision for (revision,) in rows)


def restore(source: Path, target: Path, *, kept: Path) -> bool:
    """Put a backup in the database's place; the old one stays as `kept`. False: there was none.

    Raises:
        AlreadyRunningError: a bot has the database open.
        BackupError, NewerSchemaError: see `verify`; nothing has changed.
    """
    verify(source)
    if kept.exists():
        raise BackupError(BackupFault.EXISTS, str(kept))
    with _writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with _sqlite.file_lock(target):
            partial = target.with_name(f"{target.name}.restoring")
            partial.unlink(missing_ok=True)
            _sqlite.create_file(partial)
            shutil.copyfile(source, partial)
            verify(partial)
            _flush(partial)
            was_there = target.exists()
            if was_there:
                for ending in ("-wal", "-shm"):  # what was written last is there, and goes along
                    beside = target.with_name(f"{target.name}{ending}")
                    if beside.exists():
                        beside.rename(kept.with_name(f"{kept.name}{ending}"))
                target.rename(kept)
            partial.rename(target)
            _flush(target.parent)
    return was_there


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _writing(target: Path) -> Generator[None, None, None]:
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        raise BackupError(BackupFault.NO_ROOM, str(target)) from error
