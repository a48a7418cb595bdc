"""Sound in a question to the chat model: written down first, then part of what is asked."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from bot.domain.audio import SoundEvent, SoundInput, SoundModel, TranscriptionRequest
from bot.domain.calls import Operation, Record
from bot.domain.chat import Part, SoundPart, TextPart
from bot.domain.conversations import Message
from bot.domain.errors import FileError, FileFault
from bot.services.conversations import LiveAnswer
from bot.services.sound._listening import Listener, Task
from storage.database import Database

MAX_SECONDS = 3600.0
"""Of a recording that is part of a question: more words than fit a model's window."""


@dataclass(slots=True)
class Hearing:
    """Implements bot.services.conversations.Hearing."""

    model: SoundModel
    listener: Listener
    database: Database
    default_model: str

    async def heard(self, live: LiveAnswer, question: Message) -> Message:
        """The question with what its recordings say; kept, so that each is heard and paid once.

        Without a text of its own the first recording is what is asked.

        Raises:
            FileError: no words in the recording that should have been the question.
            BudgetExceededError, MediaError, InputsGoneError, UpstreamError
        """
        unheard = [
            part
            for part in question.parts
            if isinstance(part, SoundPart) and part.transcript is None
        ]
        if not unheard:
            return question
        name = live.turn.answering.details.get("transcription_model") or self.default_model
        task = Task(
            operation=Operation.TRANSCRIPTION,
            model=name,
            ask=self._ask(name),
            shown=False,
            max_seconds=MAX_SECONDS,
        )
        chat_model = live.model
        words: dict[str, str] = {}
        for part, data in await self.listener.sounds(question):
            if part.transcript is None:
                heard = await self.listener.listen(live, part, data, task)
                words[part.sha256] = heard.transcript.text.strip()
                if part is unheard[0]:  # it may be the question's own text
                    live.calls[-1].kept.add(heard.transcript.text, live.turn.id)
                for notice in heard.notices:
                    live.notice(notice)
        live.model = chat_model
        parts = _with(question.parts, words)
        if not any(isinstance(part, TextPart) and part.text.strip() for part in parts):
            raise FileError(unheard[0].name, FileFault.WITHOUT_WORDS)
        async with self.database.transaction() as tx:
            await tx.messages.set_question(live.turn.id, parts)
        return replace(question, parts=parts)

    def _ask(self, name: str):  # noqa: ANN202  an Ask
        def ask(sound: SoundInput, record: Record) -> AsyncGenerator[SoundEvent, None]:
            return self.model.transcribe(TranscriptionRequest(model=name, sound=sound), record)

        return ask


def _with(parts: tuple[Part, ...], words: dict[str, str]) -> tuple[Part, ...]:
    """A question without text gets the words of the first recording as its text."""
    found: list[Part] = []
    texts = [part for part in parts if isinstance(part, TextPart) and part.text.strip()]
    taken = bool(texts)
    for part in parts:
        if not isinstance(part, SoundPart) or part.sha256 not in words:
            found.append(part)
        elif taken:
            found.append(replace(part, transcript=words[part.sha256]))
        else:
            found = [each for each in found if not isinstance(each, TextPart)]
            found.insert(0, TextPart(words[part.sha256]))
            found.append(replace(part, transcript=""))
            taken = bool(words[part.sha256])
    return tuple(found)
