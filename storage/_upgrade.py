"""Bringing a database to the newest schema, at start, in one transaction."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import NewerSchemaError

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 7_236_838_116_411_077_729  # any number, the same in every version


async def upgrade(connection: AsyncConnection) -> None:
    """Run what is missing, in the transaction that is open: all of it, or nothing.

    Processes that start together come one after the other: SQLite's BEGIN IMMEDIATE sees to it,
    and an advisory lock on PostgreSQL.

    Raises:
        NewerSchemaError: the schema is one that this version has never heard of.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(
            sa.text("SET LOCAL lock_timeout = 0")
        )  # however long the other takes
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    await connection.run_sync(_upgrade)


def _upgrade(connection: sa.Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    current = MigrationContext.configure(connection).get_current_heads()
    for revision in current:
        if revision not in known:
            raise NewerSchemaError(revision, ", ".join(scripts.get_heads()))
    if set(current) != set(scripts.get_heads()):
        command.upgrade(config, "head")
