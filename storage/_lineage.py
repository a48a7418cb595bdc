"""A conversation with those it was forked from."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import sqlalchemy as sa

from bot.domain.ids import ConversationId
from storage._statements import Statements
from storage.tables import forks

_FORK = sa.select(forks.c.forked_from, forks.c.until_seq).where(
    forks.c.conversation == sa.bindparam("conversation")
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A conversation, as far as it belongs to one that was forked from it."""

    conversation: ConversationId
    before_seq: int | None


async def lineage(
    statements: Statements, conversation: ConversationId
) -> AsyncGenerator[Stretch, None]:
    """The conversation, then what it was forked from, and so on; asked for one by one."""
    part = Stretch(conversation, None)
    while True:
        yield part
        values = {"conversation": part.conversation}
        fork = (await statements.execute(_FORK, values)).one_or_none()
        if fork is None:
            return
        part = Stretch(ConversationId(fork.forked_from), fork.until_seq + 1)
