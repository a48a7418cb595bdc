"""Taking out of a turn all that somebody wrote. Its row stays, for its seq and its source."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from storage._covered import drop_summaries
from storage._statements import Statements
from storage.tables import ERASED, api_log, attempts, messages

Which = Sequence[int] | sa.Select[tuple[Any]]
"""Turns: by their ids, or by a query for them."""


async def empty_turns(statements: Statements, turns: Which) -> None:
    """Messages, names, thoughts, likely tokens, names of files, what went over the wire, summaries.

    To be called after the turns were changed, see `drop_summaries`.
    """
    await statements.execute(
        messages.update().where(messages.c.turn.in_(turns)).values(parts=[], author_name="")
    )
    await statements.execute(
        attempts.update()
        .where(attempts.c.turn.in_(turns))
        .values(reasoning=[], logprobs=None, error=None, notices=[])
    )
    await statements.execute(
        api_log.update().where(api_log.c.turn.in_(turns)).values(request=ERASED, response=ERASED)
    )
    await drop_summaries(statements, turns)
