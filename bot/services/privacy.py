"""What is stored about a person: shown to them, given to them, and erased for them."""

import asyncio
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import structlog

from bot.domain.clock import Clock
from bot.domain.conversations import Turn
from bot.domain.errors import FileError, FileFault, StorageError
from bot.domain.ids import TurnId, UserId
from bot.domain.preferences import TRAINING, user_scope
from bot.domain.privacy import Erased, Record, Stored
from bot.services.conversations import Conversations
from bot.services.preferences import Preferences
from storage.database import Database

NAME = "switchboard-my-data"
MOST_BYTES = 256 << 20
"""Of an export before it is packed; what is larger is for the operator to give out."""

PLAIN_BYTES = 512 << 10  # what is larger is packed
SCRUB_TRIES = 5
SCRUB_AGAIN_S = 1.0

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """left_out  pictures and sounds that did not fit in"""

    name: str
    data: bytes = field(repr=False)
    left_out: int = 0


class Privacy:
    def __init__(
        self,
        *,
        database: Database,
        conversations: Conversations,
        preferences: Preferences,
        clock: Clock,
    ) -> None:
        self._database = database
        self._conversations = conversations
        self._preferences = preferences
        self._clock = clock

    async def stored(self, person: UserId) -> Stored:
        async with self._database.reading() as tx:
            return await tx.people.stored(person)

    async def export(self, person: UserId, limit: int) -> Package:
        """All of it as JSON, packed with the pictures and sounds where that is much.

        limit  bytes that a file may have

        Raises:
            FileError: even without pictures it is more than that.
        """
        found: dict[str, list[Mapping[str, Any]]] = {}
        size = 0
        async with self._database.reading() as tx:
            async for record in tx.people.records(person):
                size += _size(record)
                if size > MOST_BYTES:
                    raise FileError(f"{NAME}.json", FileFault.TOO_LARGE, limit)
                found.setdefault(record.kind, []).append(record.values)
            digests = sorted(await tx.people.pictures(person))
        whole = {"person": str(person), "at": self._clock.now().isoformat(), **found}
        text = await asyncio.to_thread(_json, whole)
        if not digests and len(text) <= min(PLAIN_BYTES, limit):
            return Package(name=f"{NAME}.json", data=text)
        room = limit
        files: list[tuple[str, bytes]] = []
        packed = await asyncio.to_thread(_packed, text, ())
        room -= len(packed)
        if room < 0:
            raise FileError(f"{NAME}.zip", FileFault.TOO_LARGE, limit)
        for digest in digests:
            async with self._database.reading() as tx:
                data = await tx.blobs.get(digest)
            if data is not None and len(data) + _ENTRY <= room:
                files.append((digest, data))
                room -= len(data) + _ENTRY
        packed = await asyncio.to_thread(_packed, text, files)
        return Package(name=f"{NAME}.zip", data=packed, left_out=len(digests) - len(files))

    async def erase(self, person: UserId, *, take_back: bool) -> Erased:
        """Delete all of it. What they are being answered right now is stopped first.

        take_back  the answers in Discord are to be removed, too: they are the caller's to remove,
                   and whoever mends answers removes what the caller does not come to

        Raises:
            StorageError: nothing was erased.
        """
        await self._conversations.stop_all_of(person)
        before = self._clock.now()
        async with self._database.reading() as tx:
            pictures = await tx.people.only_theirs(person)
            orphans = await tx.people.orphans()
        async with self._database.transaction() as tx:
            erased = await tx.people.erase(
                person,
                self._database.owner,
                pictures=pictures,
                put_before=before,
                to_take_back=take_back,
            )
            await tx.blobs.drop(orphans, before)  # whose they were is not known any more
        try:
            await self._preferences.refresh()
            await self._scrub()
        except StorageError as error:
            # It is erased all the same; preferences are read again within seconds.
            log.warning("not_scrubbed", error=type(error).__name__)
        return erased

    async def turns(self, ids: Sequence[TurnId]) -> tuple[Turn, ...]:
        async with self._database.reading() as tx:
            return tuple([await tx.turns.get(each) for each in ids])

    async def allow_training(self, person: UserId, *, allow: bool) -> None:
        await self._preferences.put(
            user_scope(person), TRAINING, TRAINING.kind.write(allow), person
        )

    async def _scrub(self) -> None:
        """A long read may stand in the way for a moment; SQLite itself empties its log later."""
        for _ in range(SCRUB_TRIES):
            if await self._database.scrub():
                return
            await self._clock.sleep(SCRUB_AGAIN_S)
        log.warning("log_not_emptied")


_ENTRY = 400  # bytes that an entry of a zip file takes beside its data


def _size(record: Record) -> int:
    return len(_json(dict(record.values)))


def _json(value: Any) -> bytes:
    # Names of columns are a kind of str of their own.
    option = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(value, default=_plain, option=option)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _packed(text: bytes, files: Sequence[tuple[str, bytes]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{NAME}.json", text)
        for name, data in files:
            archive.writestr(f"files/{name}", data, zipfile.ZIP_STORED)
    return packed.getvalue()
