import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.conversations import channel_place
from bot.domain.errors import AlreadyRunningError, BackupError, BackupFault, NewerSchemaError
from bot.domain.ids import ChannelId
from sandbox.clock import HandClock
from storage.backup import back_up, restore, verify
from storage.database import Database
from storage.tables import places
from tests.factories import NOON

HERE = channel_place(ChannelId(7))


def opened(path: Path):  # noqa: ANN201  a context manager of Database
    return Database.open(f"sqlite+aiosqlite:///{path}", clock=HandClock(NOON))


def places_in(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT key FROM places ORDER BY key")]


async def test_a_backup_is_made_beside_the_running_bot_and_put_back(tmp_path: Path) -> None:
    path, kept = tmp_path / "bot.db", tmp_path / "bot.db.before"
    async with opened(path) as database:
        async with database.transaction() as tx:
            await tx.conversations.begin(HERE, NOON)
        target, size = await database.backup("one.db")
        async with database.transaction() as tx:  # and the bot goes on
            await tx.statements.execute(places.insert().values(key="channel:8"))

    assert size == target.stat().st_size
    assert target.stat().st_mode & 0o077 == 0
    assert restore(target, path, kept=kept)
    assert places_in(path) == [HERE]
    assert places_in(kept) == [HERE, "channel:8"]
    async with opened(path) as database, database.transaction() as tx:
        await tx.conversations.begin(channel_place(ChannelId(9)), NOON)


async def test_tokens_of_interactions_are_in_no_backup(tmp_path: Path) -> None:
    async with opened(tmp_path / "bot.db") as database:
        with closing(sqlite3.connect(tmp_path / "bot.db")) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute(
                "INSERT INTO interaction_tokens VALUES (1, 2, 'a-secret-of-discord', 3)"
            )
            connection.commit()
        target, _ = await database.backup("one.db")

    assert b"a-secret-of-discord" in (tmp_path / "bot.db").read_bytes() + (
        (tmp_path / "bot.db-wal").read_bytes() if (tmp_path / "bot.db-wal").exists() else b""
    )
    assert b"a-secret-of-discord" not in target.read_bytes()


async def test_a_running_bot_keeps_its_database(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    async with opened(path) as database:
        target, _ = await database.backup("one.db")

        with pytest.raises(AlreadyRunningError):
            restore(target, path, kept=tmp_path / "kept")

        await database.writable()


async def test_what_is_no_backup_or_damaged_or_newer_is_refused_and_nothing_changes(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bot.db"
    async with opened(path) as database:
        good, _ = await database.backup("good.db")
    before = path.read_bytes()
    text = tmp_path / "text.db"
    text.write_text("hello, this is not a database at all, but it is long enough to be read")
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE things (id)")
    cut = tmp_path / "cut.db"
    cut.write_bytes(good.read_bytes()[: -40 * 1024])
    newer = tmp_path / "newer.db"
    newer.write_bytes(good.read_bytes())
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    faults: dict[str, object] = {}
    for file in (text, other, cut, newer, tmp_path / "nothing.db"):
        try:
            restore(file, path, kept=tmp_path / "kept")
        except (BackupError, NewerSchemaError) as error:
            faults[file.name] = getattr(error, "fault", type(error))

    assert faults == {
        "text.db": BackupFault.NOT_A_BACKUP,
        "other.db": BackupFault.NOT_A_BACKUP,
        "cut.db": BackupFault.DAMAGED,
        "newer.db": NewerSchemaError,
        "nothing.db": BackupFault.NOT_A_FILE,
    }
    assert path.read_bytes() == before


async def test_a_backup_writes_over_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path / "bot.db") as database:
        target, _ = await database.backup("one.db")

        with pytest.raises(BackupError) as refused:
            back_up(tmp_path / "bot.db", target)

    assert refused.value.fault is BackupFault.EXISTS
    verify(target)
