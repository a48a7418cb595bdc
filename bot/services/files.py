"""`/files`: what the API server keeps for the account."""

import asyncio
import io
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field

from bot.domain.calls import Audience, Caller, Estimate, Operation
from bot.domain.clock import Clock
from bot.domain.files import FilePage, FileStore, FileUpload, StoredFile
from bot.domain.operators import Acting, Change, ConfirmationId
from bot.services import training_data
from bot.services.calls import Call, Calls
from bot.services.operators import Operators
from bot.services.remembered import Remembered

PURPOSES = ("fine-tune", "assistants", "batch", "vision", "user_data", "evals")
OF_LINES = frozenset({"batch", "evals"})
FRESH_S = 60.0
"""How long a list serves autocomplete before it is fetched anew."""
MANY = 200


def caller_of(who: Acting) -> Caller:
    """Whoever acts on the whole account: other operators may look at the calls, too."""
    return Caller(
        user=who.user,
        guild=who.guild,
        channel=who.channel,
        asked=who.asked,
        audience=Audience.OPERATORS,
    )


@dataclass(slots=True)
class Files:
    """Changes are written to the audit table; every call is to the ledger."""

    store: FileStore
    calls: Calls
    operators: Operators
    clock: Clock
    _known: Remembered[StoredFile] = field(init=False)

    def __post_init__(self) -> None:
        self._known = Remembered("files", self._newest, self.clock, fresh_s=FRESH_S)

    async def page(
        self, who: Acting, *, purpose: str | None, limit: int, after: str | None
    ) -> FilePage:
        """As the server gives them, newest first; servers without paging give all at once.

        Raises:
            UpstreamError: one of its leaves.
        """
        async with self._call(who) as call:
            return await self.store.list(
                purpose=purpose, limit=limit, after=after, record=call.record
            )

    async def get(self, who: Acting, file: str) -> StoredFile:
        async with self._call(who) as call:
            return await self.store.get(file, record=call.record)

    async def upload(
        self,
        who: Acting,
        filename: str,
        data: bytes,
        purpose: str,
        *,
        expires_after: int | None = None,
    ) -> StoredFile:
        """Checked by line before it is sent; `expires_after` in seconds.

        Raises:
            TrainingDataError: lines that can't be used.
            UpstreamError: one of its leaves.
        """
        await asyncio.to_thread(check, filename, data, purpose)  # megabytes: others go on
        async with self.operators.changing(who, Change.FILE_UPLOAD, filename) as target:
            upload = FileUpload(
                filename=filename, data=data, purpose=purpose, expires_after=expires_after
            )
            made = await self.send(who, upload)
            target.name = f"{made.id} ({filename}, {purpose})"
        return made

    async def send(self, who: Acting, upload: FileUpload) -> StoredFile:
        """The upload itself, within a change that is written down already."""
        async with self._call(who) as call:
            made = await self.store.upload(upload, record=call.record)
        self._known.add(made)
        return made

    async def download(self, who: Acting, file: str, *, most: int) -> bytes:
        """The whole of it.

        Raises:
            FileError: over `most` bytes.
            UpstreamError: one of its leaves.
        """
        whole = io.BytesIO()
        async with (
            self._call(who) as call,
            aclosing(self.store.download(file, most=most, record=call.record)) as pieces,
        ):
            async for piece in pieces:
                whole.write(piece)
        return whole.getvalue()

    async def ask_to_delete(self, who: Acting, file: str) -> tuple[StoredFile, ConfirmationId]:
        """What it is, and the key that its deletion is confirmed with."""
        found = await self.get(who, file)
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
            self._call(who) as call,
        ):
            await self.store.delete(file, record=call.record)
        self._known.drop(lambda each: each.id == file)
        return name

    def suggest(
        self, typed: str, limit: int = 25, *, purpose: str | None = None
    ) -> tuple[StoredFile, ...]:
        """Files whose name or id fits, from memory only: Discord's autocomplete does not wait."""
        self._known.warm()
        wanted = typed.casefold()
        fitting = [
            each
            for each in self._known.items
            if wanted in f"{each.filename} {each.id}".casefold() and purpose in (None, each.purpose)
        ]
        return tuple(fitting[:limit])

    def _call(self, who: Acting) -> AbstractAsyncContextManager[Call]:
        return self.calls.paid(caller_of(who), Operation.FILES, "", Estimate())

    async def _newest(self) -> tuple[StoredFile, ...]:
        return (await self.store.list(limit=MANY)).files


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
