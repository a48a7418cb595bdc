"""Moderation where a server wants it: of prompts before they go, of answers before they show."""

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import sha256

from bot.domain.calls import Caller, Estimate, Operation
from bot.domain.chat import ImageData, ImagePart
from bot.domain.conversations import Message, Produced
from bot.domain.errors import ContentFlaggedError
from bot.domain.ids import ConversationId
from bot.domain.moderations import ModerationRequest, Moderator
from bot.services.calls import Calls

PROMPTS = frozenset({"prompts", "all"})
ANSWERS = frozenset({"all"})

PASSED_KEPT = 1_000
"""System prompts whose passing is remembered; what is flagged is judged anew each time."""

SEES = "omni-moderation"
"""What the names of models begin with that take pictures; others would refuse the whole request.
Source: OpenAI's guide on moderation."""


class Guard:
    """Where the judge can't be asked, nothing passes: its error is the answer's."""

    def __init__(self, *, moderator: Moderator, model: str, calls: Calls) -> None:
        self._moderator = moderator
        self._model = model
        self._calls = calls
        self._passed: OrderedDict[bytes, None] = OrderedDict()

    async def check(
        self,
        texts: Sequence[str],
        caller: Caller,
        *,
        answer: bool,
        pictures: Sequence[ImageData] = (),
    ) -> None:
        """Judge texts and pictures; nothing is asked where there is none.

        A model that takes no pictures judges the texts alone.

        Raises:
            ContentFlaggedError: one of them is flagged.
            UpstreamError, BudgetExceededError: they could not be judged.
        """
        said = tuple(text for text in texts if text.strip())
        seen = pictures if self._sees else ()
        # One picture is all that a request takes; the texts go with the first one.
        for number, picture in enumerate(seen):
            words = said if number == 0 else ()
            request = ModerationRequest(model=self._model, texts=words, picture=picture)
            await self._judge(request, caller, answer=answer)
        if said and not seen:
            await self._judge(
                ModerationRequest(model=self._model, texts=said), caller, answer=answer
            )

    async def check_system(self, prompt: str, caller: Caller) -> None:
        """Judge a system prompt that stands behind many questions: once in a process.

        Raises:
            ContentFlaggedError: with `system`.
            UpstreamError, BudgetExceededError: it could not be judged.
        """
        digest = sha256(prompt.encode("utf-8", "replace")).digest()
        if digest in self._passed:
            return
        request = ModerationRequest(model=self._model, texts=(prompt,))
        await self._judge(request, caller, answer=False, system=True)
        self._passed[digest] = None
        while len(self._passed) > PASSED_KEPT:
            self._passed.popitem(last=False)

    async def system_prompt(self, conversation: ConversationId) -> str | None:
        """The one that is set for a conversation."""
        async with self._calls.database.transaction() as tx:
            return await tx.conversations.system_prompt(conversation)

    async def pictures(self, question: Message) -> Sequence[ImageData]:
        """Those of a question, as far as they are kept and looked at."""
        if not self._sees:
            return ()
        found: list[ImageData] = []
        for part in question.parts:
            if isinstance(part, ImagePart):
                async with self._calls.database.transaction() as tx:
                    data = await tx.blobs.get(part.sha256)
                if data is not None:
                    found.append(ImageData(part.mime, data))
        return found

    @property
    def _sees(self) -> bool:
        return self._model.startswith(SEES)

    async def _judge(
        self, request: ModerationRequest, caller: Caller, *, answer: bool, system: bool = False
    ) -> None:
        async with self._calls.paid(caller, Operation.MODERATION, self._model, Estimate()) as call:
            judged = await self._moderator.moderate(request, record=call.record)
        if judged.flagged:
            categories = {
                name
                for verdict in judged.verdicts
                for name, flagged in verdict.categories.items()
                if flagged
            }
            raise ContentFlaggedError(self._model, tuple(sorted(categories)), answer, system)


def drawn(files: Sequence[Produced]) -> Sequence[ImageData]:
    """The pictures among what an answer consists of."""
    return [ImageData(each.mime, each.data) for each in files if each.mime.startswith("image/")]
