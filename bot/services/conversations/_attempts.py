"""One attempt at an answer: made by who makes answers of its kind, to its end or till Stop."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.domain.calls import Operation
from bot.domain.chat import DocumentPart, Part
from bot.domain.conversations import Answering, Message, TurnState
from bot.domain.errors import BotError, FileError, FileFault
from bot.services.conversations._inputs import spoken, texts_of
from bot.services.conversations._live import LiveAnswer
from bot.services.conversations._words import as_texts
from bot.services.guard import ANSWERS, PROMPTS, Guard, drawn

WORDS = ("suffix", "instructions", "prompt")
"""Options of `Answering.details` that hold whatever somebody has typed."""


@dataclass(frozen=True, slots=True)
class Ended:
    state: TurnState
    error: BotError | None = None


class Maker(Protocol):
    """Makes answers of one operation. Knows nothing of queues and of what is kept afterwards."""

    async def make(self, live: LiveAnswer, question: Message) -> None:
        """Answer `question` into `live`, with every call that costs in `live.calls`.

        Cancelled when somebody presses Stop, so only the API's stream may be waited for without a
        shield; the database shields itself.

        Raises:
            BotError: why there is no answer, or no more of it.
        """
        ...


class Hearing(Protocol):
    """Writes down the sound in questions."""

    async def heard(self, live: LiveAnswer, question: Message) -> Message:
        """The question with what its recordings say, once it is kept with it.

        Raises:
            BotError: why it could not be heard.
        """
        ...


@dataclass(slots=True)
class Attempts:
    makers: Mapping[Operation, Maker]
    guard: Guard | None = None
    hearing: Hearing | None = None

    async def make(self, live: LiveAnswer, question: Message) -> Ended:
        """Answer `question` into `live` and say how it ended; raises only mistakes of ours."""
        answering = asyncio.ensure_future(self._guarded(live, question))
        stopping = asyncio.ensure_future(live.stopping.wait())
        try:
            await asyncio.wait((answering, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            # Only the API's stream is in there; the database shields itself from this.
            answering.cancel()
            await asyncio.gather(answering, stopping, return_exceptions=True)
        if live.veiled:  # nobody has judged what came so far
            live.begin_again()
            live.unveil()
        if answering.cancelled():
            return Ended(TurnState.INTERRUPTED if live.interrupted else TurnState.STOPPED)
        error = answering.exception()
        if error is None:
            return Ended(TurnState.DONE)
        if isinstance(error, BotError):
            return Ended(TurnState.FAILED, error)
        raise error

    async def _guarded(self, live: LiveAnswer, question: Message) -> None:
        """Have the answer made, with what goes in and comes out judged where that is wanted."""
        answering = live.turn.answering
        maker = self.makers[answering.operation]
        guard = self.guard
        if self.hearing is not None and answering.operation is Operation.CHAT:
            question = await self.hearing.heard(live, question)
        if guard is not None and answering.moderation in PROMPTS:
            question = replace(question, parts=_readable(question.parts))
            pictures = await guard.pictures(question)
            texts = (*texts_of(question), *_beside(answering))
            await guard.check(texts, live.caller, answer=False, pictures=pictures)
            await self._check_system(guard, live)
        if heard := spoken(question):
            live.hear(heard)
        if guard is None or answering.moderation not in ANSWERS:
            await maker.make(live, question)
            return
        live.veiled = True
        await maker.make(live, question)
        await guard.check(live.texts, live.caller, answer=True, pictures=drawn(live.files))
        live.unveil()

    async def _check_system(self, guard: Guard, live: LiveAnswer) -> None:
        """What stands behind the question; a prompt of its own is judged together with it."""
        answering = live.turn.answering
        if answering.operation is not Operation.CHAT or answering.system:
            return
        system = await guard.system_prompt(live.turn.conversation) or answering.usual_system
        if system:
            await guard.check_system(system, live.caller)


def _readable(parts: Sequence[Part]) -> tuple[Part, ...]:
    """With documents as their text: nobody judges the pages of one.

    Raises:
        FileError: one holds no text.
    """
    for part in parts:
        if isinstance(part, DocumentPart) and not part.text:
            raise FileError(part.name, FileFault.WITHOUT_TEXT)
    return as_texts(parts)


def _beside(answering: Answering) -> tuple[str, ...]:
    """What the person wrote beside the question, and goes to the model with it."""
    typed = (answering.system, *(answering.details.get(name) for name in WORDS))
    return tuple(each for each in typed if isinstance(each, str))
