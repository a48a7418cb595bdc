"""What the database could not keep or give."""

from dataclasses import dataclass

from bot.domain.errors._base import BotError


class StorageError(BotError):
    """Base of what the database can do to us."""


class DatabaseBusyError(StorageError):
    """Locked by another program for too long."""


class DatabaseFullError(StorageError):
    """The disk is full, or the file may not grow."""


@dataclass
class DatabaseCorruptError(StorageError):
    where: str = ""


@dataclass
class DatabaseUnavailableError(StorageError):
    """Cannot be opened or reached; `where` without the password."""

    where: str = ""
    reason: str = ""


@dataclass
class NewerSchemaError(StorageError):
    """The file was written by a newer Switchboard: `found` is its revision."""

    found: str
    newest_known: str


@dataclass
class AlreadyRunningError(StorageError):
    """Another bot has this database file open."""

    where: str
