"""The file that a training learns from: looked into before, and uploaded when it is begun."""

import asyncio
import io
from dataclasses import dataclass

import structlog

from bot.domain.errors import ConfirmationGoneError, FileError, RemoteNotFoundError, UpstreamError
from bot.domain.files import FileUpload
from bot.domain.operators import Acting
from bot.services.files import Files
from bot.services.training_data import FEWEST, Examples, as_chat, checked
from storage.database import Database

log = structlog.stdlib.get_logger(__name__)

MOST_COUNTED = 64 << 20
"""Bytes of a file that is fetched to count what is in it; larger ones are not counted."""


@dataclass(frozen=True, slots=True)
class TrainingFiles:
    files: Files
    database: Database

    async def fetched(self, who: Acting, file: str) -> tuple[str, bytes | None]:
        """Its name, and what is in it; None where that is too much, or not given out."""
        found = await self.files.get(who, file)
        if (found.size or 0) > MOST_COUNTED:
            return found.filename, None
        try:
            return found.filename, await self.files.download(who, file, most=MOST_COUNTED)
        except RemoteNotFoundError:
            raise
        except (FileError, UpstreamError) as error:  # 2023: not for free accounts
            log.info("training_file_not_counted", error=type(error).__name__)
            return found.filename, None

    async def uploaded(
        self, who: Acting, filename: str, *, blob: str | None, file: str, convert: bool
    ) -> str:
        """The id of a new file: of what was attached, or of another one's lines as messages.

        blob  what was attached, as it is kept; None: the file of that id is meant

        Raises:
            ConfirmationGoneError: what was attached is not kept any more.
            FileError, UpstreamError: it could not be fetched, or not uploaded.
        """
        if blob is None:
            data = await self.files.download(who, file, most=MOST_COUNTED)
        else:
            async with self.database.transaction() as tx:
                kept = await tx.blobs.get(blob)
            if kept is None:
                raise ConfirmationGoneError
            data = kept
        if convert:
            data = await asyncio.to_thread(_converted, data)
            filename = f"{filename.removesuffix('.jsonl')}.messages.jsonl"
        upload = FileUpload(filename=filename, data=data, purpose="fine-tune")
        return (await self.files.send(who, upload)).id


async def examined(filename: str, data: bytes) -> Examples:
    """What is in it, line by line.

    Raises:
        TrainingDataError: lines that no model can be trained with.
    """
    return await asyncio.to_thread(checked, filename, io.BytesIO(data), fewest=FEWEST)


def _converted(data: bytes) -> bytes:
    return b"".join(as_chat(io.BytesIO(data)))
