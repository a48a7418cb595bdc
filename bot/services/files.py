"""`/files`: what the API server keeps for the account."""

import asyncio
import io
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import structlog

from bot import tasks
from bot.domain.calls import Caller, Estimate, Operation
from bot.domain.clock import Clock
from bot.domain.errors import UpstreamError
from bot.domain.files import FilePage, FileStore, FileUpload, StoredFile
from bot.domain.operators import Acting, Change, ConfirmationId
from bot.services import training_data
from bot.services.calls import Calls
from bot.services.operators import Operators

log = structlog.stdlib.get_logger(__name__)

PURPOSES = ("fine-tune", "assistants", "batch", "vision", "user_data", "evals")
OF_LINES = frozenset({"batch", "evals"})
FRESH_S = 60.0
"""How long a list serves autocomplete before it is fetched anew."""
MANY = 200


def caller_of(who: Acting) -> Caller:
    return Caller(user=who.user, guild=who.guild, channel=who.channel)


@dataclass(slots=True)
class Files:
    """Changes are written to the audit table, and to the ledger as every other call."""

    store: FileStore
    calls: Calls
    operators: Operators
    clock: Clock
    _known: Sequence[StoredFile] = ()
    _asked_at: float | None = None
    _asking: bool = field(default=False)

    async def page(self, *, purpose: str | None, limit: int, after: str | None) -> FilePage:
        """As the server gives them, newest first; servers without paging give all at once.

        Raises:
            UpstreamError: one of its leaves.
        """
        return await self.store.list(purpose=purpose, limit=limit, after=after)

    async def get(self, file: str) -> StoredFile:
        return await self.store.get(file)

    async def upload(self, who: Acting, filename: str, data: bytes, purpose: str) -> StoredFile:
        """Checked by line before it is sent.

        Raises:
            TrainingDataError: lines that can't be used.
            UpstreamError: one of its leaves.
        """
        await asyncio.to_thread(check, filename, data, purpose)  # megabytes: others go on
        async with self.operators.changing(who, Change.FILE_UPLOAD, filename) as target:
            made = await self.send(who, FileUpload(filename=filename, data=data, purpose=purpose))
            target.name = f"{made.id} ({filename}, {purpose})"
        return made

    async def send(self, who: Acting, upload: FileUpload) -> StoredFile:
        """The upload itself, within a change that is written down already."""
        async with self.calls.paid(caller_of(who), Operation.FILES, "", Estimate()) as call:
            made = await self.store.upload(upload, record=call.record)
        self._known = (made, *self._known)
        return made

    async def download(self, file: str, *, most: int) -> bytes:
        """The whole of it.

        Raises:
            FileError: over `most` bytes.
            UpstreamError: one of its leaves.
        """
        whole = io.BytesIO()
        async with aclosing(self.store.download(file, most=most)) as pieces:
            async for piece in pieces:
                whole.write(piece)
        return whole.getvalue()

    async def ask_to_delete(self, who: Acting, file: str) -> tuple[StoredFile, ConfirmationId]:
        """What it is, and the key that its deletion is confirmed with."""
        found = await self.store.get(file)
        details = {"file": found.id, "filename": found.filename}
        return found, await self.operators.ask(who, Change.FILE_DELETE, details)

    async def delete(self, who: Acting, confirmation: ConfirmationId) -> str:
        """Its name; once, however often the press comes.

        Raises:
            ConfirmationGoneError: see `Operators.confirmed`.
            UpstreamError: one of its leaves.
        """
        details = await self.operators.confirmed(confirmation, who, Change.FILE_DELETE)
        file = str(details["file"])
        name = f"{file} ({details['filename']})"
        async with (
            self.operators.changing(who, Change.FILE_DELETE, name),
            self.calls.paid(caller_of(who), Operation.FILES, "", Estimate()) as call,
        ):
            await self.store.delete(file, record=call.record)
        self._known = tuple(each for each in self._known if each.id != file)
        return name

    def suggest(
        self, typed: str, limit: int = 25, *, purpose: str | None = None
    ) -> tuple[StoredFile, ...]:
        """Files whose name or id fits, from memory only: Discord's autocomplete does not wait."""
        self.warm()
        wanted = typed.casefold()
        fitting = [
            each
            for each in self._known
            if wanted in f"{each.filename} {each.id}".casefold() and purpose in (None, each.purpose)
        ]
        return tuple(fitting[:limit])

    def warm(self) -> None:
        """Fetch the newest in the background where the list is missing or old."""
        now = self.clock.monotonic()
        if self._asking or (self._asked_at is not None and now - self._asked_at < FRESH_S):
            return
        self._asking = True
        tasks.spawn(self._refresh(), name="files")

    async def _refresh(self) -> None:
        try:
            self._known = (await self.store.list(limit=MANY)).files
        except UpstreamError as error:
            log.warning("files_not_listed", error=type(error).__name__, status=error.status)
        finally:
            self._asked_at = self.clock.monotonic()
            self._asking = False


def check(filename: str, data: bytes, purpose: str) -> training_data.Examples | None:
    """What is wrong with a file of this purpose, before it is sent; what is known of it.

    Raises:
        TrainingDataError: lines that can't be used.
    """
    lines = io.BytesIO(data)
    if purpose == "fine-tune":
        return training_data.checked(filename, lines)
    if purpose in OF_LINES:
        training_data.is_jsonl(filename, lines)
    return None
