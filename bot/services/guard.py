"""Moderation where a server wants it: of prompts before they go, of answers before they show."""

from collections.abc import Sequence

from bot.domain.calls import Caller, Estimate, Operation
from bot.domain.errors import ContentFlaggedError
from bot.domain.moderations import ModerationRequest, Moderator
from bot.services.calls import Calls

PROMPTS = frozenset({"prompts", "all"})
ANSWERS = frozenset({"all"})


class Guard:
    """Where the judge can't be asked, nothing passes: its error is the answer's."""

    def __init__(self, *, moderator: Moderator, model: str, calls: Calls) -> None:
        self._moderator = moderator
        self._model = model
        self._calls = calls

    async def check(self, texts: Sequence[str], caller: Caller, *, answer: bool) -> None:
        """Judge the texts; nothing is asked where there is none.

        Raises:
            ContentFlaggedError: one of them is flagged.
            UpstreamError, BudgetExceededError: they could not be judged.
        """
        said = tuple(text for text in texts if text.strip())
        if not said:
            return
        request = ModerationRequest(model=self._model, texts=said)
        async with self._calls.paid(caller, Operation.MODERATION, self._model, Estimate()) as call:
            judged = await self._moderator.moderate(request, record=call.record)
        if judged.flagged:
            categories = {
                name
                for verdict in judged.verdicts
                for name, flagged in verdict.categories.items()
                if flagged
            }
            raise ContentFlaggedError(self._model, tuple(sorted(categories)), answer)
