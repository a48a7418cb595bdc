"""`python -m bot backup FILE` and `restore FILE`."""

import asyncio
from pathlib import Path

from rich.console import Console

from bot.domain.clock import SystemClock
from bot.domain.errors import BackupError, BackupFault
from bot.settings import Settings
from storage import backup
from storage.database import sqlite_file


async def back_up(settings: Settings, console: Console, target: Path) -> None:
    source = _source(settings)
    size = await asyncio.to_thread(backup.back_up, source, target)
    console.print(f"{target} is made and was read through ({size:,} bytes).")


async def restore(settings: Settings, console: Console, source: Path) -> None:
    """Refused while a bot is running: it would go on with the old file."""
    target = _source(settings)
    kept = target.with_name(f"{target.name}.before-{SystemClock().now():%Y%m%d-%H%M%S}")
    was_there = await asyncio.to_thread(backup.restore, source, target, kept=kept)
    console.print(f"{target} is now what was in {source}.")
    if was_there:
        console.print(f"What was there before is kept as {kept}.")


def _source(settings: Settings) -> Path:
    path = sqlite_file(settings.database_url)
    if path is None:
        raise BackupError(BackupFault.NOT_SQLITE)
    return path
