"""Dropping the summaries that stand for what has changed or is gone."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from storage._statements import Statements
from storage.tables import forks, summaries, turns


async def drop_summaries(
    statements: Statements, which: Sequence[int] | sa.Select[tuple[Any]]
) -> None:
    """Those that stand for one of these turns, in the conversations that read it from there, too.

    To be called after the turns were changed, in the same transaction: a summary that is about to
    be put holds either the turn or the summary it goes on from, and is waited for here.
    """
    covering = _covering(which)
    found = await statements.execute(covering.with_for_update(of=summaries))
    if found.first() is not None:
        # Once more: what was put while the lock was waited for is there only now.
        await statements.execute(summaries.delete().where(summaries.c.id.in_(covering)))


def _covering(which: Sequence[int] | sa.Select[tuple[Any]]) -> sa.Select[tuple[int]]:
    changed = (
        sa.select(turns.c.conversation, sa.func.min(turns.c.seq).label("seq"))
        .where(turns.c.id.in_(which))
        .group_by(turns.c.conversation)
        .cte("changed", recursive=True)
    )
    changed = changed.union_all(
        sa.select(forks.c.conversation, changed.c.seq)
        .join(changed, forks.c.forked_from == changed.c.conversation)
        .where(forks.c.until_seq >= changed.c.seq)
    )
    return sa.select(summaries.c.id).join(
        changed,
        (summaries.c.conversation == changed.c.conversation)
        & (summaries.c.upto_seq >= changed.c.seq),
    )
