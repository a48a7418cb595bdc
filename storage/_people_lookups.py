"""What is stored about one person, across all tables."""

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bot.domain.ids import TurnId, UserId
from bot.domain.privacy import Record, Stored
from storage._statements import Statements
from storage.tables import (
    KEPT,
    OPEN,
    api_log,
    attempts,
    audit,
    blobs,
    confirmations,
    conversations,
    ledger,
    messages,
    preferences,
    prompters,
    turns,
)

_DIGEST = re.compile(r"[0-9a-f]{64}")
_AT_ONCE = 100


class PeopleLookups:
    """Everything of one person is found by an index."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def stored(self, person: UserId) -> Stored:
        """Meant for `reading()`."""
        asked = sa.select(
            sa.func.count(),
            sa.func.count(turns.c.conversation.distinct()),
            sa.func.min(turns.c.created_at),
        ).where(turns.c.asker == person, KEPT)
        row = (await self._statements.execute(asked)).one()
        answers = messages.c.turn.in_(turns_of(person)) & (messages.c.attempt > 0)
        return Stored(
            questions=row[0],
            conversations=row[1],
            since=row[2],
            answers=await self._count(messages, answers),
            pictures=len(await self._digests(turns.c.asker == person)),
            prompts=await self._count(prompters, prompters.c.person == person),
            preferences=await self._count(preferences, preferences.c.scope == f"user:{person}"),
            settings=await self._count(preferences, _set_for_servers(person)),
            calls=await self._count(ledger, ledger.c.payer == person),
            logged=await self._count(api_log, api_log.c.payer == person),
            audited=await self._count(audit, audit.c.actor == person),
        )

    async def records(self, person: UserId) -> AsyncGenerator[Record, None]:
        """All of it, row by row; no secrets. Meant for `reading()`."""
        mine, theirs = preferences.c.scope == f"user:{person}", _set_for_servers(person)
        async for row in self._rows(preferences, mine, ("key", "value", "set_at")):
            yield Record(kind="preferences", values=row)
        async for row in self._rows(preferences, theirs, ("scope", "key", "value", "set_at")):
            yield Record(kind="settings", values=row)
        prompts = sa.select(conversations.c.id, conversations.c.system_prompt).where(
            conversations.c.id.in_(
                sa.select(prompters.c.conversation).where(prompters.c.person == person)
            )
        )
        for row in (await self._statements.execute(prompts)).mappings():
            yield Record(kind="system_prompts", values=dict(row))
        async for turn in self._turns(person):
            yield Record(kind="questions", values=turn)
        bare = ("owner", "state", "reserved", "payer")
        async for row in self._rows(ledger, ledger.c.payer == person, _all_but(ledger, *bare)):
            yield Record(kind="calls", values=row)
        async for row in self._rows(api_log, api_log.c.payer == person, _all_but(api_log, "payer")):
            yield Record(kind="api_log", values=row)
        async for row in self._rows(audit, audit.c.actor == person, _all_but(audit, "actor")):
            yield Record(kind="audit", values=row)

    async def open_turns(self, person: UserId) -> tuple[TurnId, ...]:
        """Those that wait or are being answered, in whatever process."""
        query = sa.select(turns.c.id).where(turns.c.asker == person, OPEN)
        return tuple(TurnId(row.id) for row in await self._statements.execute(query))

    async def pictures(self, person: UserId) -> set[str]:
        """Digests of all blobs that their turns name."""
        return await self._digests(turns.c.asker == person)

    async def only_theirs(self, person: UserId) -> tuple[str, ...]:
        """Digests of the blobs of theirs that nobody else's turns name; meant for `reading()`."""
        mine = await self._digests(turns.c.asker == person)
        mine |= await self._waiting(confirmations.c.asked_of == person)
        if not mine:
            return ()
        others = await self._digests(turns.c.asker != person)
        return tuple(mine - others - await self._waiting(confirmations.c.asked_of != person))

    async def orphans(self) -> tuple[str, ...]:
        """Digests of the blobs that nothing names any more; meant for `reading()`.

        Of questions that were deleted, taken back by nobody but time, or confirmed long ago.
        """
        kept = {row.sha256 for row in await self._statements.execute(sa.select(blobs.c.sha256))}
        if not kept:
            return ()
        named = await self._digests(sa.true()) | await self._waiting(sa.true())
        return tuple(kept - named)

    async def _count(self, table: sa.Table, condition: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).select_from(table).where(condition)
        return await self._statements.scalar(query)

    async def _digests(self, whose: sa.ColumnElement[bool]) -> set[str]:
        """Of blobs that the messages of these turns name."""
        text = sa.cast(messages.c.parts, sa.Text)
        query = (
            sa.select(text.label("parts"))
            .join(turns, turns.c.id == messages.c.turn)
            .where(whose, KEPT, text.like('%"sha256"%'))
        )
        rows = await self._statements.execute(query)
        return {digest for row in rows for digest in _DIGEST.findall(row.parts)}

    async def _waiting(self, whose: sa.ColumnElement[bool]) -> set[str]:
        """Of files that wait for a confirmation."""
        details = sa.cast(confirmations.c.details, sa.Text)
        query = sa.select(details.label("details")).where(whose, details.like('%"blob"%'))
        rows = await self._statements.execute(query)
        return {digest for row in rows for digest in _DIGEST.findall(row.details)}

    async def _turns(self, person: UserId) -> AsyncGenerator[Mapping[str, Any], None]:
        after, found = 0, _AT_ONCE
        while found == _AT_ONCE:
            query = (
                sa.select(turns)
                .where(turns.c.asker == person, KEPT, turns.c.id > after)
                .order_by(turns.c.id)
                .limit(_AT_ONCE)
            )
            rows = (await self._statements.execute(query)).mappings().all()
            found = len(rows)
            names = ("id", "conversation", "guild", "channel", "created_at", "state", "locale")
            names += ("private", "options")
            for row in rows:
                after = row["id"]
                said = messages.c.turn == after
                tried = attempts.c.turn == after
                yield {
                    **{name: row[name] for name in names},
                    "messages": [
                        each async for each in self._rows(messages, said, _all_but(messages))
                    ],
                    "attempts": [
                        each async for each in self._rows(attempts, tried, _all_but(attempts))
                    ],
                }

    async def _rows(
        self, table: sa.Table, condition: sa.ColumnElement[bool], names: Sequence[str]
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        """By their primary key, page by page where that is one number."""
        (first, *_) = table.primary_key.columns
        query = sa.select(*(table.c[name] for name in names)).where(condition)
        if first.name != "id":
            ordered = query.order_by(*table.primary_key.columns)
            for row in (await self._statements.execute(ordered)).mappings():
                yield dict(row)
            return
        after, found = 0, _AT_ONCE
        while found == _AT_ONCE:
            page = query.where(first > after).order_by(first).limit(_AT_ONCE)
            rows = (await self._statements.execute(page)).mappings().all()
            found = len(rows)
            for row in rows:
                after = row["id"]
                yield dict(row)


def turns_of(person: UserId) -> sa.Select[tuple[Any]]:
    return sa.select(turns.c.id).where(turns.c.asker == person)


def _all_but(table: sa.Table, *names: str) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if column.name not in names)


def _set_for_servers(person: UserId) -> sa.ColumnElement[bool]:
    return (preferences.c.set_by == person) & (preferences.c.scope != f"user:{person}")
