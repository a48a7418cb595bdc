from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa

from storage._statements import Statements
from storage.tables import blobs


class Blobs:
    """Bytes that are needed again, each kept once: within a size, and only for a time."""

    def __init__(self, statements: Statements, *, limit: int) -> None:
        self._statements = statements
        self._limit = limit

    async def put(self, data: bytes, at: datetime) -> str:
        """Keep the bytes and return their key; the longest unused others make room for them."""
        digest = sha256(data).hexdigest()
        insert = self._statements.insert(blobs).values(
            sha256=digest, size=len(data), used_at=at, bytes=data
        )
        await self._statements.execute(
            insert.on_conflict_do_update(
                index_elements=[blobs.c.sha256], set_={"used_at": insert.excluded.used_at}
            )
        )
        await self._make_room(digest)
        return digest

    async def get(self, digest: str) -> bytes | None:
        """None when it had to make room, or its time was over."""
        query = sa.select(blobs.c.bytes).where(blobs.c.sha256 == digest)
        return await self._statements.scalar(query)

    async def drop(self, digests: Sequence[str], put_before: datetime) -> int:
        """Delete these, but what was put in again since that moment; how many there were."""
        gone = 0
        for digest in digests:
            delete = blobs.delete().where(blobs.c.sha256 == digest, blobs.c.used_at <= put_before)
            gone += (await self._statements.execute(delete)).rowcount
        return gone

    async def purge(self, before: datetime) -> int:
        """Delete what was last put in before that moment; how many there were."""
        old = blobs.delete().where(blobs.c.used_at < before)
        return (await self._statements.execute(old)).rowcount

    async def _make_room(self, newest: str) -> None:
        total = await self._statements.scalar(sa.select(sa.func.sum(blobs.c.size)))
        if total <= self._limit:
            return
        # Whatever does not fit beneath the limit, counted from the youngest one down, is too much.
        sizes = sa.select(
            blobs.c.sha256,
            sa.func.sum(blobs.c.size)
            .over(
                order_by=(
                    sa.case((blobs.c.sha256 == newest, 0), else_=1),
                    blobs.c.used_at.desc(),
                    blobs.c.sha256,
                )
            )
            .label("so_far"),
        ).subquery()
        too_much = sa.select(sizes.c.sha256).where(
            sizes.c.so_far > self._limit, sizes.c.sha256 != newest
        )
        await self._statements.execute(blobs.delete().where(blobs.c.sha256.in_(too_much)))
