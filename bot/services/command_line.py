"""What the command line changes of the whole account is written down like what operators change."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.domain.clock import Clock
from bot.domain.errors import DatabaseUnavailableError
from bot.domain.ids import ChannelId, SourceId
from bot.domain.operators import COMMAND_LINE, DONE, Acting, Change
from bot.services.operators import Operators, Target
from storage.database import Database, sqlite_file
from storage.notes import Note, new_note

WHO = Acting(user=COMMAND_LINE, guild=None, channel=ChannelId(0), source=SourceId(0))


@asynccontextmanager
async def changing_by_command(
    url: str, change: Change, target: str, *, clock: Clock
) -> AsyncGenerator[Target, None]:
    """As `Operators.changing`, also while a bot runs on that database.

    Raises:
        StorageError: it could not be written down, and nothing was done.
    """
    path = sqlite_file(url)
    if path is None:
        async with Database.open(url, clock=clock) as database:
            operators = Operators((COMMAND_LINE,), database, clock)
            async with operators.changing(WHO, change, target) as named:
                yield named
        return
    note = new_note(path, change, target, clock.now())
    await _write(note)
    named = Target(target, DONE)
    try:
        yield named
    except BaseException as error:
        named.outcome = type(error).__name__
        raise
    finally:
        await _write(replace(note, target=named.name, outcome=named.outcome))


async def _write(note: Note) -> None:
    try:
        await asyncio.to_thread(note.write)
    except OSError as error:
        raise DatabaseUnavailableError(str(note.path.parent), str(error.strerror)) from error
