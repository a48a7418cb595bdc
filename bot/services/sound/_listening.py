"""One recording through the API: paid for, in as many pieces as it takes, and one transcript."""

import math
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from bot.domain.audio import SoundEvent, SoundInput, Transcript
from bot.domain.calls import Estimate, FallbackUsed, Operation, Record
from bot.domain.chat import (
    Delta,
    DocumentsAsText,
    Finished,
    ParameterChanged,
    SoundPart,
    StreamingDropped,
    Usage,
)
from bot.domain.conversations import Message, Progress
from bot.domain.errors import InputsGoneError, RequestRejectedError
from bot.domain.media import SoundPiece
from bot.services.calls import Call, Calls
from bot.services.conversations import USUAL_ANSWER, LiveAnswer
from bot.services.sound._joining import Piece, joined
from bot.services.sound._recordings import Recordings, named
from storage.database import Database

MAX_TRIES = 3  # with other pieces, after a refusal that said what would be taken
ASKED = 200  # tokens of what the chat model is told to do
SPOKEN = 10.0  # tokens that nobody says in a second, numbers of lines counted
TOO_SHORT_S = 0.2
"""A last piece shorter than this holds no word, and servers refuse it."""

Ask = Callable[[SoundInput, Record], AsyncGenerator[SoundEvent, None]]


@dataclass(slots=True)
class Heard:
    """What came of one recording."""

    transcript: Transcript
    end: Finished
    notices: list[ParameterChanged | FallbackUsed] = field(
        default_factory=list[ParameterChanged | FallbackUsed]
    )
    whole: bool = False  # the server did not stream, whatever was asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """How a recording is asked about.

    shown    False keeps its words out of the answer's text
    standby  what stands in where the endpoint is gone: a model that writes down, one that chats
    """

    operation: Operation
    model: str
    ask: Ask
    shown: bool = True
    max_seconds: float | None = None
    standby: tuple[str, str] | None = None


class Listener:
    def __init__(self, *, recordings: Recordings, calls: Calls, database: Database) -> None:
        self._recordings = recordings
        self._calls = calls
        self._database = database

    def person(self, live: LiveAnswer) -> str | None:
        """Who asks, for a chat model that stands in."""
        return self._calls.person(live.caller.user)

    async def sounds(self, question: Message) -> list[tuple[SoundPart, bytes]]:
        """The recordings of a question.

        Raises:
            InputsGoneError: they are not kept any more.
        """
        found: list[tuple[SoundPart, bytes]] = []
        for part in question.parts:
            if isinstance(part, SoundPart):
                async with self._database.transaction() as tx:
                    data = await tx.blobs.get(part.sha256)
                if data is None:
                    raise InputsGoneError((part.name,))
                found.append((part, data))
        return found

    async def listen(self, live: LiveAnswer, part: SoundPart, data: bytes, task: Task) -> Heard:
        """One recording to its end. Its words go into the answer as they come, where it may show.

        Raises:
            FileError, MediaError: it can't be read, or is too long.
            BudgetExceededError: it could cost more than is left.
            UpstreamError: one of its leaves.
        """
        facts = await self._recordings.facts(part.name, data)
        estimate = Estimate(sound_s=facts.seconds)
        call = await self._calls.reserve(
            live.caller,
            task.operation,
            task.model,
            estimate,
            together=_by_two(task.standby, facts.seconds) if task.standby else (),
            chosen=live.turn.answering.model is not None,
        )
        live.calls.append(call)
        cost = self._calls.prices.most(task.model, estimate, at=self._calls.clock.now())
        progress = Progress(piece=1, of=1, seconds=facts.seconds, microusd=cost or None)
        live.progress(progress)
        tries = 0
        while True:
            pieces = await self._recordings.pieces(
                part.name, data, model=task.model, max_seconds=task.max_seconds
            )
            run = _Run(live, call, task, replace(progress, of=len(pieces)))
            try:
                return await run.through(part.name, pieces)
            except RequestRejectedError as error:
                tries += 1
                first = run.at == 0
                if not first or tries == MAX_TRIES:
                    raise
                if not self._recordings.learn(task.model, error, pieces[0]):
                    raise
            finally:
                live.progress(None)


def _by_two(models: tuple[str, str], seconds: float) -> tuple[tuple[str, Estimate], ...]:
    """What writing down and then translating takes: numbered lines are longer than words alone."""
    writes, chats = models
    words = ASKED + math.ceil(seconds * SPOKEN)
    return (
        (writes, Estimate(sound_s=seconds)),
        (chats, Estimate(prompt=words, completion=max(USUAL_ANSWER, words))),
    )


class _Run:
    """The pieces of one recording, one after the other."""

    def __init__(self, live: LiveAnswer, call: Call, task: Task, progress: Progress) -> None:
        self._live = live
        self._call = call
        self._task = task
        self._progress = progress
        self.at = 0

    async def through(self, name: str, pieces: tuple[SoundPiece, ...]) -> Heard:
        found: list[Piece] = []
        ends: list[Finished] = []
        heard: Heard | None = None
        for self.at, sound in enumerate(_worth_hearing(pieces)):
            self._live.progress(replace(self._progress, piece=self.at + 1))
            if found and self._task.shown:
                self._live.take(Delta(choice=0, text="\n"))
            heard = await self._one(name, sound, heard)
            found.append((sound.start, heard.transcript))
            ends.append(heard.end)
        assert heard is not None  # noqa: S101  there is a first piece
        heard.transcript = joined(found)
        heard.end = replace(ends[-1], usage=_together(ends))
        return heard

    async def _one(self, name: str, sound: SoundPiece, before: Heard | None) -> Heard:
        filename = named(name, sound.container)
        upload = SoundInput(filename=filename, data=sound.data, mime=sound.mime)
        notices = before.notices if before else []
        whole = False
        transcript: Transcript | None = None
        end: Finished | None = None
        async with aclosing(self._task.ask(upload, self._call.record)) as events:
            async for event in events:
                match event:
                    case Delta():
                        if self._task.shown:
                            self._live.take(event)
                    case Transcript():
                        transcript = event
                    case Finished():
                        end = event
                    case StreamingDropped():  # nobody asked for it
                        whole = True
                    case DocumentsAsText():  # none is sent
                        pass
                    case ParameterChanged() | FallbackUsed():
                        if event not in notices:
                            notices.append(event)
        assert transcript is not None  # noqa: S101  so bot.domain.audio says
        assert end is not None  # noqa: S101  for the type checker
        return Heard(transcript, end, notices, whole)


def _worth_hearing(pieces: tuple[SoundPiece, ...]) -> Iterator[SoundPiece]:
    yield pieces[0]
    for piece in pieces[1:]:
        if piece.seconds >= TOO_SHORT_S:
            yield piece


def _together(ends: list[Finished]) -> Usage | None:
    """The sum; None where the server did not count all of them."""
    used = [end.usage for end in ends if end.usage is not None]
    if len(used) < len(ends):
        return None
    return Usage(
        prompt=sum(each.prompt or 0 for each in used),
        completion=sum(each.completion or 0 for each in used),
        prompt_audio=sum(each.prompt_audio or 0 for each in used),
    )
