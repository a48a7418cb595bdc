"""Which process a turn belongs to, and whether that process is alive.

SQLite: the file lock lets one process in, so every other owner is dead.
PostgreSQL: an owner is dead when the advisory lock of its number is free, or when its lease on the
turn is over by the server's clock (a process that hangs, or lost its way to the server, still
holds the lock).
"""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain.storage import OwnerId
from storage.tables import turns

LEASE = timedelta(seconds=60)
"""How long a process may be silent; Database.renew has to be called well within it."""


def lease(*, postgresql: bool) -> sa.ColumnElement[Any]:
    """What to put in lease_until."""
    if not postgresql:
        return sa.null()
    return _server_now() + LEASE // timedelta(microseconds=1)


def dead(me: OwnerId, *, postgresql: bool) -> sa.ColumnElement[bool]:
    """Whether the turn's owner is somebody else, and gone."""
    another = turns.c.owner != me
    if not postgresql:
        return another
    return another & ((turns.c.lease_until < _server_now()) | turns.c.owner.not_in(_held_locks()))


def gone(owner: sa.ColumnElement[int], me: OwnerId, *, postgresql: bool) -> sa.ColumnElement[bool]:
    """Whether a row's owner is somebody else who has died: without a lease, by the lock alone."""
    another = owner != me
    return another & owner.not_in(_held_locks()) if postgresql else another


def _server_now() -> sa.ColumnElement[int]:
    # clock_timestamp, not now(): now() stands still while a transaction waits for a lock
    epoch = sa.func.extract("epoch", sa.func.clock_timestamp())
    return sa.cast(epoch * 1_000_000, sa.BigInteger)


def _held_locks() -> sa.Select[Any]:
    # A key of 64 bits is shown as two halves with objsubid 1:
    # https://www.postgresql.org/docs/current/view-pg-locks.html
    return (
        sa.text(
            "SELECT (classid::bigint << 32) | objid::bigint AS owner FROM pg_locks"
            " WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        .columns(sa.column("owner", sa.BigInteger))
        .subquery()
        .select()
    )
