from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.chat import TextPart
from bot.domain.conversations import ConversationSummary, channel_place, direct_place
from bot.domain.errors import ConversationNotFoundError
from bot.domain.ids import ChannelId, ConversationId, PlaceKey, UserId
from storage._records import load_parts
from storage._statements import Statements
from storage.tables import LIVE, conversations, forks, messages, places, prompters, turns

FIRST_QUESTION_LENGTH = 100

_CURRENT = sa.select(places.c.current_conversation).where(places.c.key == sa.bindparam("place"))
_SYSTEM_PROMPT = sa.select(conversations.c.system_prompt).where(
    conversations.c.id == sa.bindparam("conversation")
)
_IDLE = (
    sa.select(conversations.c.system_prompt)
    .join(places, places.c.current_conversation == conversations.c.id)
    .where(
        places.c.key == sa.bindparam("place"),
        conversations.c.last_at < sa.bindparam("idle_since"),
        conversations.c.last_seq > 0,
    )
)


class Conversations:
    """What is talked about where: a place has many conversations, one of which is current."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def open(self, place: PlaceKey, at: datetime) -> ConversationId:
        """The current conversation of a place; both are made where there are none."""
        current = await self._current(place)
        if current is not None:
            return current
        await self._add_place(place)
        # Two processes may be here at once: the second waits for the first, and finds its row.
        current = await self._current(place, locked=True)
        return current if current is not None else await self._begin(place, at)

    async def renew(self, place: PlaceKey, at: datetime, idle_since: datetime) -> bool:
        """Begin afresh where nothing was asked since then, with the same system prompt.

        False where something was, or where there is nothing to leave behind.
        """
        values = {"place": place, "idle_since": idle_since}
        idle = (await self._statements.execute(_IDLE, values)).one_or_none()
        if idle is None:
            return False
        await self._begin(place, at, system_prompt=idle.system_prompt)
        return True

    async def begin(self, place: PlaceKey, at: datetime) -> ConversationId:
        """A fresh conversation that is the current one from now on; the one before stays."""
        await self._add_place(place)
        return await self._begin(place, at)

    async def fork(
        self, conversation: ConversationId, place: PlaceKey, at: datetime
    ) -> ConversationId:
        """A conversation that goes on elsewhere from all that was said so far.

        Nothing is copied but the system prompt: what is erased in one is gone from both.

        Raises:
            ConversationNotFoundError: there is no such conversation.
        """
        query = sa.select(conversations.c.system_prompt, conversations.c.last_seq).where(
            conversations.c.id == conversation
        )
        parent = (await self._statements.execute(query)).one_or_none()
        if parent is None:
            raise ConversationNotFoundError
        await self._add_place(place)
        begun = await self._begin(
            place, at, system_prompt=parent.system_prompt, last_seq=parent.last_seq
        )
        await self._statements.execute(
            forks.insert().values(
                conversation=begun, forked_from=conversation, until_seq=parent.last_seq
            )
        )
        writer = sa.select(sa.literal(begun), prompters.c.person).where(
            prompters.c.conversation == conversation
        )
        await self._statements.execute(
            prompters.insert().from_select(["conversation", "person"], writer)
        )
        return begun

    async def listed(
        self, place: PlaceKey, limit: int, offset: int
    ) -> tuple[ConversationSummary, ...]:
        """Newest use first."""
        remembered = (turns.c.conversation == conversations.c.id) & LIVE
        first_turn = (
            sa.select(turns.c.id)
            .where(remembered)
            .order_by(turns.c.seq)
            .limit(1)
            .correlate(conversations)
        )
        first_question = sa.select(messages.c.parts).where(
            messages.c.turn == first_turn.scalar_subquery(),
            messages.c.attempt == 0,
            messages.c.choice == 0,
        )
        count = sa.select(sa.func.count()).select_from(turns).where(remembered)
        query = (
            sa.select(
                conversations.c.id,
                conversations.c.created_at,
                conversations.c.last_at,
                conversations.c.system_prompt.is_not(None).label("system_prompt_set"),
                (conversations.c.id == places.c.current_conversation).label("current"),
                count.correlate(conversations).scalar_subquery().label("turns"),
                first_question.correlate(conversations).scalar_subquery().label("first"),
            )
            .join(places, places.c.key == conversations.c.place)
            .where(conversations.c.place == place)
            .order_by(conversations.c.last_at.desc(), conversations.c.id.desc())
            .limit(limit)
            .offset(offset)
        )
        return tuple(_summary(row) for row in await self._statements.execute(query))

    async def of_channel(self, channel: ChannelId) -> tuple[ConversationId, ...]:
        """Those that take place in a channel, oldest first; private ones are not of the channel."""
        shared, direct = channel_place(channel), direct_place(channel)
        query = (
            sa.select(conversations.c.id)
            .where(
                (conversations.c.place == shared)
                | (conversations.c.place == direct)
                | conversations.c.place.startswith(f"{shared}:", autoescape=True)
            )
            .order_by(conversations.c.id)
        )
        return tuple(ConversationId(row.id) for row in await self._statements.execute(query))

    async def resume(self, place: PlaceKey, conversation: ConversationId) -> bool:
        """Make an earlier conversation the current one; False when it is not of this place."""
        of_this_place = sa.exists().where(
            conversations.c.id == conversation, conversations.c.place == place
        )
        update = (
            places.update()
            .where(places.c.key == place, of_this_place)
            .values(current_conversation=conversation)
        )
        return (await self._statements.execute(update)).rowcount == 1

    async def system_prompt(self, conversation: ConversationId) -> str | None:
        return await self._statements.scalar(_SYSTEM_PROMPT, {"conversation": conversation})

    async def set_system_prompt(
        self, conversation: ConversationId, text: str | None, by: UserId | None = None
    ) -> None:
        """Set it, or take it away with None. `by` wrote it: it is erased with that person.

        Raises:
            ConversationNotFoundError: there is no such conversation.
        """
        update = (
            conversations.update()
            .where(conversations.c.id == conversation)
            .values(system_prompt=text)
        )
        if (await self._statements.execute(update)).rowcount == 0:
            raise ConversationNotFoundError
        await self._statements.execute(
            prompters.delete().where(prompters.c.conversation == conversation)
        )
        if text is not None and by is not None:
            await self._statements.execute(
                prompters.insert().values(conversation=conversation, person=by)
            )

    async def _current(self, place: PlaceKey, *, locked: bool = False) -> ConversationId | None:
        query = _CURRENT.with_for_update() if locked else _CURRENT
        return await self._statements.scalar(query, {"place": place})

    async def _add_place(self, place: PlaceKey) -> None:
        insert = self._statements.insert(places).values(key=place)
        await self._statements.execute(insert.on_conflict_do_nothing())

    async def _begin(self, place: PlaceKey, at: datetime, **more: Any) -> ConversationId:
        values = {"last_seq": 0, **more}
        insert = (
            conversations.insert()
            .values(place=place, created_at=at, last_at=at, **values)
            .returning(conversations.c.id)
        )
        conversation = ConversationId(await self._statements.scalar(insert))
        await self._statements.execute(
            places.update().where(places.c.key == place).values(current_conversation=conversation)
        )
        return conversation


def _summary(row: sa.Row[*tuple[Any, ...]]) -> ConversationSummary:
    return ConversationSummary(
        id=ConversationId(row.id),
        created_at=row.created_at,
        last_at=row.last_at,
        turns=row.turns,
        title=_shortened(row.first),
        has_system_prompt=bool(row.system_prompt_set),
        current=bool(row.current),
    )


def _shortened(stored_parts: Any) -> str:
    texts = [part.text for part in load_parts(stored_parts or ()) if isinstance(part, TextPart)]
    line = " ".join(" ".join(texts).split())
    if len(line) <= FIRST_QUESTION_LENGTH:
        return line
    return f"{line[: FIRST_QUESTION_LENGTH - 1]}…"
