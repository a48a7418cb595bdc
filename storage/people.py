"""One person across all tables, erased in one transaction."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from bot.domain.calls import Operation
from bot.domain.conversations import TurnState
from bot.domain.ids import TurnId, UserId
from bot.domain.privacy import Erased
from bot.domain.storage import OwnerId
from storage._emptying import empty_turns
from storage._owners import lease
from storage._people_lookups import PeopleLookups, turns_of
from storage.tables import (
    ERASED,
    KEPT,
    TURNLESS,
    api_log,
    attempts,
    audit,
    blobs,
    blocks,
    budgets,
    caps,
    confirmations,
    conversations,
    finetune_beginnings,
    finetune_watches,
    forks,
    interaction_tokens,
    ledger,
    messages,
    places,
    posts,
    preferences,
    prompters,
    turns,
)

NOBODY = 0
"""Who asked an erased turn; no person of Discord's has this id."""

NOWHERE = "erased"
"""The place of conversations that nobody can come back to."""

_CHUNK = 5_000

Id = TypeVar("Id", bound=int)


class People(PeopleLookups):
    """What others share with a person has to be looked for; all else is found by an index."""

    async def erase(
        self,
        person: UserId,
        owner: OwnerId,
        *,
        pictures: Sequence[str],
        put_before: datetime,
        to_take_back: bool,
    ) -> Erased:
        """All of it, in the transaction at hand: a kill leaves all or nothing.

        pictures      what `only_theirs` has found, and when: what was put in since stays
        to_take_back  answers count as not shown until their messages are gone, which are `owner`'s
                      to remove; else they are left where they are
        """
        await self._empty_what_others_sent(person)
        alone = [row.id for row in await self._statements.execute(_alone(person))]
        erased = await self._emptied(person, owner, to_take_back=to_take_back)
        await self._without_prompts(person)
        for some in _chunks(alone):
            await self._leave(some)
        gone = 0
        for digest in pictures:
            delete = blobs.delete().where(blobs.c.sha256 == digest, blobs.c.used_at <= put_before)
            gone += (await self._statements.execute(delete)).rowcount
        calls = await self._no_payer(person)
        await self._no_preferences(person)
        await self._no_operator(person)
        return Erased(
            questions=len(erased),
            conversations=len(alone),
            pictures=gone,
            calls=calls,
            shown=erased if to_take_back else (),
        )

    async def _emptied(
        self, person: UserId, owner: OwnerId, *, to_take_back: bool
    ) -> tuple[TurnId, ...]:
        rows = await self._statements.execute(turns_of(person).order_by(turns.c.id.desc()))
        found = [TurnId(row.id) for row in rows]
        for some in _chunks(found):
            await self._empty(some, owner, to_take_back=to_take_back)
        return tuple(found)

    async def _empty(self, some: Sequence[int], owner: OwnerId, *, to_take_back: bool) -> None:
        gone = [interaction_tokens.delete().where(interaction_tokens.c.turn.in_(some))]
        if not to_take_back:
            gone.append(posts.delete().where(posts.c.turn.in_(some)))
        for delete in gone:
            await self._statements.execute(delete)
        now = sa.literal(self._statements.clock.now(), turns.c.shown_at.type)
        stands = sa.exists().where(posts.c.turn == turns.c.id)
        await self._statements.execute(
            turns.update()
            .where(turns.c.id.in_(some))
            .values(
                state=TurnState.ERASED.value,
                options={},
                asker=NOBODY,
                # The channel of direct messages is the person.
                channel=sa.case((turns.c.guild.is_(None), NOBODY), else_=turns.c.channel),
                owner=owner,
                lease_until=lease(postgresql=self._statements.postgresql),
                shown_at=sa.case((stands, sa.null()), else_=now),
            )
        )
        await empty_turns(self._statements, some)
        await self._statements.execute(
            messages.update().where(messages.c.turn.in_(some)).values(author=None)
        )
        await self._statements.execute(
            attempts.update().where(attempts.c.turn.in_(some)).values(request_id=None)
        )

    async def _empty_what_others_sent(self, person: UserId) -> None:
        """Requests for others in the same conversations hold this person's name and prompts."""
        spoken = sa.select(turns.c.conversation.label("id")).where(turns.c.asker == person)
        prompted = sa.select(prompters.c.conversation).where(prompters.c.person == person)
        first = spoken.union(prompted).subquery()
        family = sa.select(first.c.id).cte("family", recursive=True)
        family = family.union(
            sa.select(forks.c.conversation).join(family, forks.c.forked_from == family.c.id)
        )
        theirs = sa.select(turns.c.id).where(turns.c.conversation.in_(sa.select(family.c.id)))
        await self._statements.execute(
            api_log.update().where(api_log.c.turn.in_(theirs)).values(request=ERASED)
        )
        await self._statements.execute(
            api_log.update()
            .where(api_log.c.payer == person)
            .values(
                request=ERASED,
                response=ERASED,
                payer=None,
                request_id=None,
                # Whoever asks for a model writes its name, and it stands in the path.
                path=sa.case((TURNLESS, ERASED), else_=api_log.c.path),
                model=sa.case((TURNLESS, ""), else_=api_log.c.model),
                channel=sa.case((api_log.c.guild.is_(None), sa.null()), else_=api_log.c.channel),
            )
        )

    async def _without_prompts(self, person: UserId) -> None:
        prompted = sa.select(prompters.c.conversation).where(prompters.c.person == person)
        await self._statements.execute(
            conversations.update()
            .where(conversations.c.id.in_(prompted))
            .values(system_prompt=None)
        )
        await self._statements.execute(prompters.delete().where(prompters.c.person == person))

    async def _leave(self, alone: Sequence[int]) -> None:
        """Take conversations away from their places, and with them the places that are empty."""
        which = conversations.c.id.in_(alone)
        left = [
            row.place
            for row in await self._statements.execute(
                sa.select(conversations.c.place).where(which).distinct()
            )
        ]
        nowhere = self._statements.insert(places).values(key=NOWHERE)
        await self._statements.execute(nowhere.on_conflict_do_nothing())
        await self._statements.execute(
            conversations.update().where(which).values(place=NOWHERE, system_prompt=None)
        )
        await self._statements.execute(
            prompters.delete().where(prompters.c.conversation.in_(alone))
        )
        empty = places.c.key.in_(left) & ~sa.exists().where(conversations.c.place == places.c.key)
        await self._statements.execute(
            places.update()
            .where(places.c.key.in_(left), places.c.current_conversation.in_(alone))
            .values(current_conversation=None)
        )
        await self._statements.execute(places.delete().where(empty))

    async def _no_payer(self, person: UserId) -> int:
        """The ledger keeps its sums; whose Retry of other people's turns it was, nobody does."""
        paid = sa.select(ledger.c.turn).where(ledger.c.payer == person, ledger.c.turn.is_not(None))
        query = sa.select(turns.c.id, turns.c.options).where(turns.c.id.in_(paid))
        for row in await self._statements.execute(query):
            if row.options.get("payer") == person:
                options = {name: each for name, each in row.options.items() if name != "payer"}
                await self._statements.execute(
                    turns.update().where(turns.c.id == row.id).values(options=options)
                )
        asked_about = ledger.c.operation == Operation.MODELS.value  # by a name that they wrote
        forgotten = await self._statements.execute(
            ledger.update()
            .where(ledger.c.payer == person)
            .values(
                payer=None,
                request_id=None,
                model=sa.case((asked_about, ""), else_=ledger.c.model),
                channel=sa.case((ledger.c.guild.is_(None), sa.null()), else_=ledger.c.channel),
            )
        )
        return forgotten.rowcount

    async def _no_preferences(self, person: UserId) -> None:
        """What they set for servers is the servers'; that they did is forgotten.

        What they cost today stays with their id until the day is over, see Budgets.purge: else
        erasing would be a way around a budget.
        """
        await self._statements.execute(
            preferences.delete().where(preferences.c.scope == f"user:{person}")
        )
        await self._statements.execute(
            preferences.update().where(preferences.c.set_by == person).values(set_by=NOBODY)
        )
        today = self._statements.clock.now().date().isoformat()
        mine = (budgets.c.scope == f"user:{person}") | budgets.c.scope.like(f"user:{person}:%")
        await self._statements.execute(budgets.delete().where(mine, budgets.c.period < today))

    async def _no_operator(self, person: UserId) -> None:
        """That something was changed stays written down; who did it and what they wrote does not.

        What operators decided about this person (a block, a budget) is not theirs, and stays.
        """
        for change in (
            audit.update().where(audit.c.actor == person).values(actor=NOBODY, target=ERASED),
            confirmations.delete().where(confirmations.c.asked_of == person),
            blocks.update().where(blocks.c.set_by == person).values(set_by=NOBODY, reason=""),
            caps.update().where(caps.c.set_by == person).values(set_by=NOBODY),
            finetune_watches.update()
            .where(finetune_watches.c.starter == person)
            .values(starter=NOBODY),
            finetune_beginnings.update()
            .where(finetune_beginnings.c.starter == person)
            .values(starter=NOBODY),
        ):
            await self._statements.execute(change)


def _chunks(ids: Sequence[Id]) -> Iterator[Sequence[Id]]:
    """As many as a statement may have parameters, and fewer."""
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _alone(person: UserId) -> sa.Select[tuple[Any]]:
    """Conversations that nobody else has said anything in that is still kept."""
    others = sa.exists().where(
        turns.c.conversation == conversations.c.id, turns.c.asker != person, KEPT
    )
    spoken = sa.select(turns.c.conversation).where(turns.c.asker == person)
    own = [conversations.c.place.like(f"{kind}:%:{person}") for kind in _OWN]
    return sa.select(conversations.c.id).where(
        conversations.c.id.in_(spoken) | sa.or_(*own), ~others
    )


_OWN = ("private", "install", "channel")
"""Places that hold the person's id, see bot.domain.conversations."""
