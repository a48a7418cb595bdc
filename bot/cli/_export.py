"""`python -m bot export CHANNEL`: what was said there, to a file or to the standard output."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from bot.domain.clock import SystemClock
from bot.domain.ids import ChannelId
from bot.services.conversations import ExportForm, channel_pieces
from bot.settings import Settings
from storage.database import Database


def _opened(stack: ExitStack, output: Path | None) -> BinaryIO:
    return stack.enter_context(output.open("wb")) if output else sys.stdout.buffer


async def export(settings: Settings, channel: int, form: ExportForm, output: Path | None) -> bool:
    """False where nothing is kept of that channel; no file is made then."""
    with ExitStack() as stack:
        target: BinaryIO | None = None
        async with Database.look(settings.database_url, clock=SystemClock()) as database:
            async for piece in channel_pieces(database, ChannelId(channel), form):
                target = target or _opened(stack, output)
                target.write(piece)
        if target is None:
            sys.stderr.write(f"Nothing is kept of channel {channel}.\n")
            return False
        target.flush()
    return True
