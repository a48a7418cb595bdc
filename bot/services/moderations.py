"""What the moderation model says, asked for by a person; nothing of it is kept but the call."""

from dataclasses import dataclass

from bot.domain.calls import Caller, Operation
from bot.domain.chat import ImageData
from bot.domain.moderations import Moderation, ModerationRequest, Moderator
from bot.services.calls import Calls


@dataclass(frozen=True, slots=True)
class Moderations:
    moderator: Moderator
    calls: Calls
    model: str

    async def judge(self, text: str | None, picture: ImageData | None, by: Caller) -> Moderation:
        """One verdict on all of it. Free of charge at OpenAI; the ledger has its row all the same.

        What was judged is for the eyes of who asked: others see no more than the verdict, also of
        the call.

        Raises:
            TooFastError: see `Calls.asked`.
            UpstreamError: one of its leaves.
            BudgetExceededError: elsewhere it costs, and could cost more than is left.
        """
        texts = () if text is None else (text,)
        request = ModerationRequest(model=self.model, texts=texts, picture=picture)
        async with self.calls.asked(by, Operation.MODERATION, self.model) as call:
            if text is not None:
                call.kept.add_private(text)
            return await self.moderator.moderate(request, record=call.record)
