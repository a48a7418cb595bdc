"""The one door for errors: what the drivers raise leaves as bot.domain.errors.StorageError."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

import asyncpg  # pyright: ignore[reportMissingTypeStubs]  it ships none
from sqlalchemy import exc

from bot.domain.errors import (
    DatabaseBusyError,
    DatabaseCorruptError,
    DatabaseFullError,
    DatabaseUnavailableError,
    StorageError,
)

# Primary result codes: https://www.sqlite.org/rescode.html
_SQLITE_BUSY = {5, 6}  # BUSY, LOCKED
_SQLITE_CORRUPT = {11, 26}  # CORRUPT, NOTADB
_SQLITE_UNAVAILABLE = {3, 7, 8, 10, 14, 15, 23}
# PERM, NOMEM, READONLY, IOERR, CANTOPEN, PROTOCOL, AUTH
_SQLITE_FULL = 13
_SQLITE_SHARED_MEMORY_FULL = 4874  # IOERR_SHMSIZE: the disk is full while the -shm file grows

# SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL_BUSY = {"40001", "40P01", "55P03", "57014"}
_POSTGRESQL_FULL = {"53100"}
_POSTGRESQL_CORRUPT = {"XX001", "XX002"}
# Connection, authorization, no such database, resources, operator's doing, system error
_POSTGRESQL_UNAVAILABLE = ("08", "25006", "28", "3D", "42501", "53", "57P", "58")


@contextmanager
def translated(where: str) -> Generator[None, None, None]:
    """Turn driver errors into ours; `where` names the database, without its password."""
    try:
        yield
    except exc.TimeoutError as error:  # all pooled connections stayed in use
        raise DatabaseBusyError from error
    except exc.DBAPIError as error:
        raise _ours(error.orig, where) from error
    except (exc.SQLAlchemyError, sqlite3.Error, asyncpg.PostgresError) as error:
        raise _ours(error, where) from error
    except (asyncpg.InterfaceError, OSError) as error:  # refused, no such host, dropped, no folder
        raise DatabaseUnavailableError(where, _said(error)) from error


def _ours(error: BaseException | None, where: str) -> StorageError:
    if isinstance(error, sqlite3.Error):
        return _from_sqlite(error, where)
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str):
        return _from_postgresql(sqlstate, _said(error), where)
    if type(error).__name__ == "InterfaceError":  # SQLAlchemy's wrapper for "connection is closed"
        return DatabaseUnavailableError(where, _said(error))
    return StorageError(type(error).__name__)


def _from_sqlite(error: sqlite3.Error, where: str) -> StorageError:
    extended = getattr(error, "sqlite_errorcode", None)
    if extended is None:  # raised by the module itself, such as for a closed connection
        return StorageError(type(error).__name__)
    primary = extended & 0xFF
    if primary in _SQLITE_BUSY:
        return DatabaseBusyError()
    if primary == _SQLITE_FULL or extended == _SQLITE_SHARED_MEMORY_FULL:
        return DatabaseFullError()
    if primary in _SQLITE_CORRUPT:
        return DatabaseCorruptError(where)
    if primary in _SQLITE_UNAVAILABLE:
        return DatabaseUnavailableError(where, _said(error))
    return StorageError(error.sqlite_errorname)


def _from_postgresql(sqlstate: str, said: str, where: str) -> StorageError:
    if sqlstate in _POSTGRESQL_BUSY:
        return DatabaseBusyError()
    if sqlstate in _POSTGRESQL_FULL:
        return DatabaseFullError()
    if sqlstate in _POSTGRESQL_CORRUPT:
        return DatabaseCorruptError(where)
    if sqlstate.startswith(_POSTGRESQL_UNAVAILABLE):
        return DatabaseUnavailableError(where, said)
    return StorageError(sqlstate)


def _said(error: BaseException | None) -> str:
    """The driver's own words: these errors are about the server or the file, not about content."""
    return str(error) or type(error).__name__
