"""A turn that is waiting or being answered, as its watchers see it."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bot.domain.calls import Caller
from bot.domain.chat import ChatEvent, Delta, Finished, TokenLogprob, Usage
from bot.domain.conversations import (
    Input,
    Message,
    Notice,
    Produced,
    Progress,
    Turn,
    TurnState,
    TurnView,
)
from bot.domain.errors import BotError

if TYPE_CHECKING:
    from bot.services.calls import Call


Fetch = Callable[[], Coroutine[Any, Any, Sequence[Input]]]
"""Fetches the attachments and makes them fit for the model."""


@dataclass(slots=True)
class _Choice:
    """One of the n answers while it grows; pieces are joined only when somebody looks."""

    text: str = ""
    reasoning: str = ""
    pieces: list[str] = field(default_factory=list[str])
    thoughts: list[str] = field(default_factory=list[str])
    logprobs: list[TokenLogprob] = field(default_factory=list[TokenLogprob])

    def joined(self) -> str:
        if self.pieces:
            self.text += "".join(self.pieces)
            self.pieces.clear()
        return self.text

    def thought(self) -> str:
        if self.thoughts:
            self.reasoning += "".join(self.thoughts)
            self.thoughts.clear()
        return self.reasoning


@dataclass(frozen=True, slots=True)
class Partial:
    """An answer that was cut short and is continued in `choice`; the others stay as they are."""

    texts: tuple[str, ...]
    attempt: int
    choice: int
    finish_reasons: tuple[str | None, ...] = ()

    @property
    def text(self) -> str:
        return self.texts[self.choice]


class LiveAnswer:
    """The one writer is the engine; any number may watch, none of them is ever waited for."""

    def __init__(self, turn: Turn, *, place: int, partial: Partial | None = None) -> None:
        self.turn = turn
        self.question: Message | None = None  # as it was kept; None: it has to be read
        self.stopping = asyncio.Event()
        self.interrupted = False  # stopped by the process's end rather than by a person
        self.fetch: Fetch | None = None
        self.inputs: asyncio.Future[Sequence[Input]] | None = None
        self.usage: Usage | None = None
        self.model = turn.answering.model or ""
        self.request_id: str | None = None
        self.partial = partial
        self.veiled = False  # the text is not shown before it was judged
        self.size = 0  # characters so far
        self.drafted = 0  # how many of them are kept already
        self.calls: list[Call] = []  # settled when the attempt is kept
        self.files: tuple[Produced, ...] = ()
        self.asked: tuple[str, ...] = ()
        self.heard = ""
        self._progress: Progress | None = None
        self._choices = self._first_choices()
        self._notices: list[Notice] = []
        self._finish_reasons: dict[int, str] = {}
        self._error: BotError | None = None
        self._state = TurnState.QUEUED
        self._place = place
        self._version = 1
        self._changed = asyncio.Event()
        self._watched = False
        self._instead: TurnView | None = None
        self.ended = asyncio.Event()

    @property
    def caller(self) -> Caller:
        """Who pays for this attempt."""
        turn = self.turn
        return Caller(
            user=turn.payer,
            guild=turn.guild,
            channel=turn.channel,
            turn=turn.id,
            attempt=turn.attempt,
        )

    def snapshot(self) -> TurnView:
        if self._instead is not None:
            return replace(self._instead, version=self._version)
        return TurnView(
            turn=self.turn,
            version=self._version,
            state=self._state,
            place=self._place,
            texts=("",) if self.veiled else self.texts,
            reasoning=() if self.veiled else self.reasoning,
            logprobs=() if self.veiled else self.logprobs(),
            files=() if self.veiled else self.files,
            logged=any(call.logged for call in self.calls),
            asked=self.asked,
            heard=self.heard,
            progress=self._progress,
            notices=tuple(self._notices),
            finish_reasons=self.finish_reasons,
            error=self._error,
        )

    async def until_ended(self) -> None:
        await self.ended.wait()

    async def changed(self, *, after: int) -> TurnView:
        while self._version <= after:
            self._watched = True
            await self._changed.wait()
        return self.snapshot()

    @property
    def running(self) -> bool:
        return self._state is TurnState.RUNNING

    @property
    def place(self) -> int:
        return self._place

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(choice.joined() for choice in self._choices)

    @property
    def reasoning(self) -> tuple[str, ...]:
        thoughts = tuple(choice.thought() for choice in self._choices)
        return thoughts if any(thoughts) else ()

    def logprobs(self, *, most: int | None = None) -> tuple[tuple[TokenLogprob, ...], ...]:
        """By choice; the first `most` of all choices together, each with as many."""
        each = None if most is None else most // len(self._choices)
        return tuple(tuple(choice.logprobs[:each]) for choice in self._choices)

    @property
    def notices(self) -> tuple[Notice, ...]:
        return tuple(self._notices)

    @property
    def finish_reasons(self) -> tuple[str | None, ...]:
        return tuple(self._finish_reasons.get(index) for index in range(len(self._choices)))

    def start_fetching(self) -> None:
        """Let the attachments come, where there are any and they are not on their way already."""
        if self.fetch is not None and self.inputs is None:
            self.inputs = asyncio.ensure_future(self.fetch())

    def unveil(self) -> None:
        self.veiled = False
        self._tell()

    def move_to(self, place: int) -> None:
        if place != self._place:
            self._place = place
            self._tell()

    def start(self, turn: Turn) -> None:
        self.turn = replace(turn, choice=self.partial.choice) if self.partial else turn
        self._state = TurnState.RUNNING
        self._place = 0
        self._tell()

    def show_files(self, files: "Sequence[Produced]") -> None:
        """What there is of the pictures or the sound by now; the last call's are the answer's."""
        self.files = tuple(files)
        self._tell()

    def progress(self, progress: Progress | None) -> None:
        """How far a recording has come; None once it is heard."""
        if progress != self._progress:
            self._progress = progress
            self._tell()

    def hear(self, words: str) -> None:
        """What was said in the question, where it was sound."""
        self.heard = words
        self._tell()

    def take(self, event: ChatEvent | Notice) -> None:
        match event:
            case Delta():
                at = self.partial.choice if self.partial else event.choice
                while len(self._choices) <= at:
                    self._choices.append(_Choice())
                choice = self._choices[at]
                if event.text:
                    choice.pieces.append(event.text)
                if event.reasoning:
                    choice.thoughts.append(event.reasoning)
                self.size += len(event.text) + len(event.reasoning)
                choice.logprobs.extend(event.logprobs)
            case Finished():
                self.usage = event.usage
                self.model = event.model or self.model
                self.request_id = event.request_id
                self._finish(event)
                return  # the end is told once it is kept
            case _:
                self.notice(event)
        self._tell()

    def _finish(self, event: Finished) -> None:
        if self.partial is None:
            self._finish_reasons = dict(event.finish_reasons)
            return
        others = {at: reason for at, reason in enumerate(self.partial.finish_reasons) if reason}
        others.pop(self.partial.choice, None)
        self._finish_reasons = others
        for reason in event.finish_reasons.values():  # of the one that was asked for
            self._finish_reasons[self.partial.choice] = reason

    def _first_choices(self) -> list[_Choice]:
        return [_Choice(text) for text in self.partial.texts] if self.partial else [_Choice()]

    def notice(self, notice: Notice) -> None:
        if notice not in self._notices:
            self._notices.append(notice)
            self._tell()

    def begin_again(self) -> None:
        """Forget the text of a call that is made anew; notices stay."""
        self._choices = self._first_choices()
        self.size = self.drafted = 0
        self.files = ()
        self.files = ()
        self._tell()

    def end(self, turn: Turn, state: TurnState, error: BotError | None = None) -> None:
        # What is shown is this attempt, also when the turn goes back to an earlier one.
        tried = self.turn if self._state is TurnState.RUNNING else turn
        self.turn = replace(turn, state=state, attempt=tried.attempt, choice=tried.choice)
        self._state = state
        self._error = error
        self._place = 0
        self._tell()
        self.ended.set()

    def give_way(self, view: TurnView) -> None:
        """End as what was there before: a turn that was taken back before its place came."""
        self._instead = view
        self.end(view.turn, view.turn.state)

    def _tell(self) -> None:
        self._version += 1
        if self._watched:  # hardly ever, since an answer grows far more often than it is shown
            self._watched = False
            self._changed.set()
            self._changed = asyncio.Event()
