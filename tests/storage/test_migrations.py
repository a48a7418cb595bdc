"""Migrations from nothing build what tables.py says: all of it, or nothing."""

import asyncio
import itertools
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event, exc
from sqlalchemy.ext.asyncio import create_async_engine

from bot.domain.errors import NewerSchemaError, StorageError
from sandbox.clock import HandClock
from storage._revisions import MIGRATIONS, known
from storage.database import Database
from storage.tables import metadata

WHOLE = sorted([*metadata.tables, "alembic_version"])

SQLITE_SCHEMA = """
    SELECT type, name, tbl_name, sql FROM sqlite_master
    WHERE tbl_name != 'alembic_version' ORDER BY type, name
"""
POSTGRESQL_SCHEMA = """
    SELECT table_name, ordinal_position::text, column_name, data_type, is_nullable, column_default
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name != 'alembic_version'
    UNION ALL SELECT tablename, '', indexname, indexdef, '', '' FROM pg_indexes
    WHERE schemaname = 'public' AND tablename != 'alembic_version'
    UNION ALL SELECT conrelid::regclass::text, '', conname, pg_get_constraintdef(oid), '', ''
    FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid != 'alembic_version'::regclass
    ORDER BY 1, 2, 3, 4
"""


async def schema(url: str) -> list[tuple[object, ...]]:
    query = SQLITE_SCHEMA if url.startswith("sqlite") else POSTGRESQL_SCHEMA
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        rows = [tuple(map(_plain, row)) for row in await connection.execute(sa.text(query))]
    await engine.dispose()
    return rows


def _plain(value: object) -> object:
    """SQLite keeps the words of CREATE TABLE, and puts a new column behind them in its own way."""
    return re.sub(r"\s*([,()])\s*", r"\1 ", value) if isinstance(value, str) else value


async def tables_in(url: str) -> list[str]:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    await engine.dispose()
    return sorted(names)


async def test_migrations_build_exactly_the_tables_that_the_code_expects(
    url: str, empty_url: str
) -> None:
    engine = create_async_engine(empty_url)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.execute(sa.text("CREATE TABLE alembic_version (version_num text)"))
    await engine.dispose()

    assert await schema(url) == await schema(empty_url)
    assert len(await schema(url)) > len(WHOLE)


async def test_opening_again_changes_nothing(url: str, clock: HandClock) -> None:
    before = await schema(url)

    async with Database.open(url, clock=clock):
        pass

    assert await schema(url) == before


async def test_a_schema_of_a_newer_version_is_refused_and_left_alone(
    empty_url: str, clock: HandClock
) -> None:
    async with Database.open(empty_url, clock=clock) as database, database.transaction() as tx:
        await tx.statements.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(NewerSchemaError) as caught:
        async with Database.open(empty_url, clock=clock):
            pass

    assert caught.value.found == "9999"
    assert caught.value.newest_known == max(
        path.name[:4] for path in MIGRATIONS.glob("versions/0*")
    )


async def test_a_failure_at_any_statement_leaves_the_schema_as_it_was(
    empty_url: str, clock: HandClock
) -> None:
    failed = 0
    while True:
        statements = itertools.count()

        def fail(*_: object, last: int = failed, statements: Iterator[int] = statements) -> None:
            if next(statements) == last:
                raise exc.OperationalError("", None, OSError("made to fail"))

        event.listen(Engine, "before_cursor_execute", fail)
        try:
            async with Database.open(empty_url, clock=clock):
                break
        except StorageError:
            failed += 1
        finally:
            event.remove(Engine, "before_cursor_execute", fail)
        assert await tables_in(empty_url) in ([], WHOLE)

    assert failed > 20


async def test_two_processes_that_start_together_migrate_once(
    postgresql_empty_url: str, clock: HandClock
) -> None:
    async def start() -> int:
        async with Database.open(postgresql_empty_url, clock=clock) as database:
            return database.owner

    owners = await asyncio.gather(*(start() for _ in range(4)))

    assert len(set(owners)) == 4
    assert set(await tables_in(postgresql_empty_url)) == set(WHOLE)


def test_the_history_is_one_line() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [known()[-1]]
    assert known() == sorted(each.revision for each in scripts.walk_revisions())
