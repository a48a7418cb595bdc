"""/files: list, get, upload, delete, download."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus
from typing import Any

from bot.ai._deadlines import Deadlines
from bot.ai._form import given
from bot.ai._lists import Pages, moment, words
from bot.ai._sending import Method, Sending, Upload
from bot.ai._values import number
from bot.ai.api import Api, quoted
from bot.domain.calls import Operation, Record, unrecorded
from bot.domain.errors import (
    BadAnswerError,
    Damage,
    EndpointMissingError,
    FileError,
    FileFault,
    RemoteNotFoundError,
)
from bot.domain.files import FilePage, FileUpload, StoredFile

PATH = "/files"


class OpenAIFiles:
    """Implements bot.domain.files.FileStore."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._pages = Pages(api)

    async def list(
        self,
        *,
        purpose: str | None = None,
        limit: int | None = None,
        after: str | None = None,
        record: Record = unrecorded,
    ) -> FilePage:
        """One page; what a server does not sort out by purpose is sorted out here."""
        sending = Sending(
            operation=Operation.FILES,
            method="GET",
            path=PATH,
            route=PATH,
            query=given(purpose=purpose, limit=limit, after=after),
        )
        async with self._api.deadlines() as deadlines:
            items, more = await self._pages.page(sending, deadlines, record)
        files = (stored_file(item) for item in items)
        return FilePage(
            files=tuple(each for each in files if each and purpose in (None, each.purpose)),
            after=more,
        )

    async def get(self, file: str, record: Record = unrecorded) -> StoredFile:
        async with self._api.deadlines() as deadlines:
            found = stored_file(await self._one("GET", file, deadlines, record))
        if found is None:
            raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.WRONG_SHAPE)
        return found

    async def upload(self, upload: FileUpload, record: Record = unrecorded) -> StoredFile:
        """Never sent twice: there would be two files.

        Raises:
            UpstreamError: one of its leaves.
        """
        sending = Sending(
            operation=Operation.FILES,
            path=PATH,
            route=PATH,
            body={"purpose": upload.purpose, **_expiry(upload.expires_after)},
            files=(("file", Upload(upload.filename, upload.data, upload.mime)),),
            patient=True,
        )
        async with self._api.deadlines() as deadlines:
            answer = await self._api.fields(sending, deadlines, record, creates=True)
        made = stored_file(answer)
        if made is None:
            raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.WRONG_SHAPE)
        return made

    async def delete(self, file: str, record: Record = unrecorded) -> None:
        async with self._api.deadlines() as deadlines:
            answer = await self._one("DELETE", file, deadlines, record)
        if answer.get("deleted") is False:
            raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.WRONG_SHAPE)

    async def download(
        self, file: str, *, most: int, record: Record = unrecorded
    ) -> AsyncGenerator[bytes, None]:
        """The content in pieces, counted while they come.

        Raises:
            FileError: TOO_LARGE, over `most` bytes.
            UpstreamError: one of its leaves.
        """
        sending = Sending(
            operation=Operation.FILES, method="GET", path=f"{PATH}/{quoted(file)}/content"
        )
        try:
            async with (
                self._api.deadlines() as deadlines,
                self._api.exchange(sending, deadlines, record, identifier=file) as answer,
            ):
                size = 0
                kind = answer.content_type or "application/octet-stream"
                if (answer.announced or 0) > most:
                    answer.note({"content_type": kind, "bytes": answer.announced})
                    raise FileError(file, FileFault.TOO_LARGE, most)
                async with aclosing(answer.chunks()) as pieces:
                    async for piece in pieces:
                        size += len(piece)
                        answer.note({"content_type": kind, "bytes": size})
                        if size > most:
                            raise FileError(file, FileFault.TOO_LARGE, most)
                        yield piece
        except EndpointMissingError as error:
            async with self._api.deadlines() as deadlines:
                await self._decide(file, error, deadlines, record)
            raise

    async def _one(
        self, method: Method, file: str, deadlines: Deadlines, record: Record
    ) -> dict[str, Any]:
        sending = Sending(operation=Operation.FILES, method=method, path=f"{PATH}/{quoted(file)}")
        try:
            return await self._api.fields(
                sending, deadlines, record, identifier=file, creates=method == "DELETE"
            )
        except EndpointMissingError as error:
            await self._decide(file, error, deadlines, record)
            raise

    async def _decide(
        self, file: str, missing: EndpointMissingError, deadlines: Deadlines, record: Record
    ) -> None:
        """A 404 without a word: where the list is there, it is the file that is not."""
        if missing.status != HTTPStatus.NOT_FOUND:
            return
        listing = Sending(operation=Operation.FILES, method="GET", path=PATH, route=PATH)
        try:
            items, _ = await self._pages.page(listing, deadlines, record)
        except EndpointMissingError:
            return
        if file not in [item.get("id") for item in items]:
            raise RemoteNotFoundError(
                missing.detail, missing.status, missing.request_id, file
            ) from missing


def _expiry(seconds: int | None) -> dict[str, Any]:
    if seconds is None:
        return {}
    return {"expires_after": {"anchor": "created_at", "seconds": seconds}}


def stored_file(fields: dict[str, Any]) -> StoredFile | None:
    """None for what has no id."""
    found = words(fields, "id")
    if found is None:
        return None
    return StoredFile(
        id=found,
        filename=words(fields, "filename") or found,
        purpose=words(fields, "purpose"),
        size=number(fields.get("bytes")),
        created=moment(fields, "created_at"),
        status=words(fields, "status"),
        expires=moment(fields, "expires_at"),
    )
