"""`python -m bot files`: for what is too large for Discord, and never held in memory."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from rich.console import Console

from bot.ai.api import Api
from bot.ai.client import Timeouts, open_client
from bot.ai.files import OpenAIFiles
from bot.domain.clock import SystemClock
from bot.domain.errors import BackupError, BackupFault
from bot.domain.files import FileUpload
from bot.domain.operators import Change
from bot.services.command_line import changing_by_command
from bot.services.files import OF_LINES
from bot.services.training_data import checked, is_jsonl
from bot.settings import Settings

MOST = 1 << 50
"""Bytes: whatever the disk holds."""


async def upload(settings: Settings, console: Console, file: Path, purpose: str) -> None:
    if await asyncio.to_thread(_checked, file, purpose):
        console.print(f"{file.name} was checked line by line.")
    async with (
        _store(settings) as store,
        changing_by_command(
            settings.database_url, Change.FILE_UPLOAD, file.name, clock=SystemClock()
        ) as target,
    ):
        with file.open("rb") as opened:
            made = await store.upload(FileUpload(filename=file.name, data=opened, purpose=purpose))
        target.name = f"{made.id} ({file.name}, {purpose})"
    console.print(f"{made.id} is uploaded ({made.size or 0:,} bytes, {purpose}).")


async def download(settings: Settings, console: Console, file: str, to: Path | None) -> None:
    async with _store(settings) as store:
        found = await store.get(file)
        target = to or Path(Path(found.filename).name)
        if target.exists():
            raise BackupError(BackupFault.EXISTS, str(target))
        partial = target.with_name(f"{target.name}.part")
        size = 0
        try:
            with partial.open("wb") as opened:
                async with aclosing(store.download(file, most=MOST)) as pieces:
                    async for piece in pieces:
                        size += opened.write(piece)
            partial.rename(target)
        finally:
            partial.unlink(missing_ok=True)
    console.print(f"{target} is written ({size:,} bytes).")


def _checked(file: Path, purpose: str) -> bool:
    """Whether there was something to check: lines that are sent as they are."""
    if not file.is_file():
        raise BackupError(BackupFault.NOT_A_FILE, str(file))
    if purpose != "fine-tune" and purpose not in OF_LINES:
        return False
    with file.open("rb") as lines:
        if purpose in OF_LINES:
            is_jsonl(file.name, lines)
        else:
            checked(file.name, lines)
    return True


@asynccontextmanager
async def _store(settings: Settings) -> AsyncGenerator[OpenAIFiles, None]:
    key = settings.openai_api_key
    timeouts = Timeouts(overall=settings.openai_timeout)
    async with open_client(
        base_url=settings.openai_base_url,
        api_key=key.get_secret_value() if key else None,
        organization=settings.openai_org_id,
        project=settings.openai_project_id,
        timeouts=timeouts,
    ) as client:
        yield OpenAIFiles(Api(client, clock=SystemClock(), timeouts=timeouts))
