"""Bringing a database to the newest schema, at start, in one transaction."""

import sqlalchemy as sa

from storage import _revisions
from storage._connections import Connection

LOCK = 7_236_838_116_411_077_729  # any number, the same in every version


async def upgrade(connection: Connection) -> None:
    """Run what is missing, in the transaction that is open: all of it, or nothing.

    Processes that start together come one after the other: SQLite's BEGIN IMMEDIATE sees to it,
    and an advisory lock on PostgreSQL.

    Raises:
        NewerSchemaError: the schema is one that this version has never heard of.
    """
    if connection.postgresql:
        patience = sa.text("SET LOCAL lock_timeout = 0")  # however long the other takes
        await connection.execute(patience, None)
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)), None)
    await connection.call(_upgrade)


def _upgrade(connection: sa.Connection) -> None:
    current: list[str] = []
    if sa.inspect(connection).has_table("alembic_version"):
        current += connection.scalars(sa.text("SELECT version_num FROM alembic_version"))
    if _revisions.is_newest(current):
        return
    from alembic import command  # noqa: PLC0415  not needed at other starts, and heavy
    from alembic.config import Config  # noqa: PLC0415  likewise

    config = Config()
    config.set_main_option("script_location", str(_revisions.MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
