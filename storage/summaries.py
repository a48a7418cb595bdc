from collections.abc import Sequence

import sqlalchemy as sa

from bot.domain.conversations import Exchange, Summary
from bot.domain.ids import ConversationId, SummaryId
from storage._lineage import lineage
from storage._statements import Statements
from storage.tables import LIVE, summaries, turns

_END = 2**63 - 1  # after every seq
_NEWEST = (
    sa.select(summaries)
    .where(
        summaries.c.conversation == sa.bindparam("conversation"),
        summaries.c.upto_seq < sa.bindparam("before"),
    )
    .order_by(summaries.c.upto_seq.desc())
    .limit(1)
)


class Summaries:
    """What stands in for exchanges that the window does not hold; the exchanges stay.

    One whose exchanges change or go is dropped with that, see `storage._covered`.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def newest(
        self, conversation: ConversationId, before_seq: int | None = None
    ) -> Summary | None:
        """The one that reaches farthest, of what came before that turn; None for all."""
        async for part in lineage(self._statements, conversation):
            ends = [each for each in (before_seq, part.before_seq) if each is not None]
            values = {"conversation": part.conversation, "before": min(ends, default=_END)}
            row = (await self._statements.execute(_NEWEST, values)).one_or_none()
            if row is not None:
                return Summary(
                    id=SummaryId(row.id),
                    upto_seq=row.upto_seq,
                    exchanges=row.exchanges,
                    whole=row.whole,
                    text=row.text,
                )
        return None

    async def text(self, summary: SummaryId) -> str | None:
        """None where it was dropped."""
        query = sa.select(summaries.c.text).where(summaries.c.id == summary)
        return await self._statements.scalar(query)

    async def put(
        self,
        conversation: ConversationId,
        text: str,
        *,
        of: Sequence[Exchange],
        upto_seq: int,
        whole: bool,
        before: Summary | None,
    ) -> Summary | None:
        """Keep a summary of these exchanges and of the summary before them.

        None, and nothing is kept, where one of them was taken back, erased or answered anew
        meanwhile, or where another process was faster.

        upto_seq  the newest turn that it stands for
        whole     it stands for all that was said before, too
        """
        # Held until the end: whoever changes them now finds this summary, and drops it.
        held = sa.select(turns.c.id, turns.c.chosen_attempt, turns.c.chosen_choice).where(
            turns.c.id.in_([each.turn for each in of]), LIVE
        )
        rows = await self._statements.execute(held.order_by(turns.c.id).with_for_update(read=True))
        now = {(row.id, row.chosen_attempt, row.chosen_choice) for row in rows}
        if now != {(each.turn, each.attempt, each.choice) for each in of}:
            return None
        if before is not None:
            there = sa.select(summaries.c.id).where(summaries.c.id == before.id)
            if await self._statements.scalar(there.with_for_update()) is None:
                return None
        exchanges = len(of) + (before.exchanges if before else 0)
        insert = (
            self._statements.insert(summaries)
            .values(
                conversation=conversation,
                upto_seq=upto_seq,
                exchanges=exchanges,
                whole=whole,
                text=text,
                made_at=self._statements.clock.now(),
            )
            .on_conflict_do_nothing()
            .returning(summaries.c.id)
        )
        number = await self._statements.scalar(insert)
        if number is None:
            return None
        return Summary(
            id=SummaryId(number), upto_seq=upto_seq, exchanges=exchanges, whole=whole, text=text
        )
