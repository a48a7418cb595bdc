"""Files kept by the API server (/files)."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Protocol

from bot.domain.calls import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One file. Fields the server left out are None.

    size  bytes
    """

    id: str
    filename: str
    purpose: str | None = None
    size: int | None = None
    created: datetime | None = None
    status: str | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUpload:
    """A file to send; an open one is read while it is sent.

    purpose        fine-tune (the only one of 2023), assistants, batch, vision, user_data, evals
    expires_after  seconds until the server deletes it, 3600..2592000; None: it stays
    """

    filename: str
    data: bytes | BinaryIO = field(repr=False)
    purpose: str
    expires_after: int | None = None
    mime: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePage:
    """`after` goes on behind this page; None: there is no more."""

    files: tuple[StoredFile, ...]
    after: str | None = None


class FileStore(Protocol):
    """All raise UpstreamError, one of its leaves; an unknown id is a RemoteNotFoundError."""

    async def list(
        self,
        *,
        purpose: str | None = None,
        limit: int | None = None,
        after: str | None = None,
        record: Record = ...,
    ) -> FilePage:
        """One page, newest first where the server sorts; servers without paging give all."""
        ...

    async def get(self, file: str, record: Record = ...) -> StoredFile: ...

    async def upload(self, upload: FileUpload, record: Record = ...) -> StoredFile: ...

    async def delete(self, file: str, record: Record = ...) -> None: ...

    def download(
        self, file: str, *, most: int, record: Record = ...
    ) -> AsyncGenerator[bytes, None]:
        """The content in pieces.

        Raises:
            FileError: TOO_LARGE, over `most` bytes, known before or while reading.
        """
        ...
