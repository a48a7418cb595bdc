"""A turn that is waiting or being answered, and what it looks like at a moment."""

from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.chat import TokenLogprob
from bot.domain.conversations._kept import Turn, TurnState
from bot.domain.conversations._notices import Notice
from bot.domain.errors import BotError


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """A file that an answer consists of: a picture, sound, or a text in UTF-8 such as subtitles.

    description  Discord's alt text, at most 1,024 characters; None for sound
    """

    name: str
    mime: str
    data: bytes = field(repr=False)
    description: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a recording has come.

    piece, of  the piece that is being heard, counted from 1; 1 of 1 where it goes in one
    seconds    of sound, of all pieces together
    microusd   what hearing it costs; None where the price is not known
    """

    piece: int
    of: int
    seconds: float
    microusd: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """What a turn looks like right now. Views replace each other; no queue of them grows.

    version    counts up with every change
    place      questions ahead in this conversation; 0 when it is this one's turn
    texts      the answer so far, by choice (one unless n was set)
    reasoning  the thinking so far, by choice; empty for most models
    files      pictures or sound, all in one message; while it runs, what there is of them
    logged     its API calls can be shown
    asked      the texts of the question, where `shows_question`; empty before the answer begins
    heard      what was said in the question, where that was sound and not text
    progress   while a recording is heard
    error      why it failed, where it did
    """

    turn: Turn
    version: int
    state: TurnState
    place: int = 0
    texts: tuple[str, ...] = ("",)
    reasoning: tuple[str, ...] = ()
    logprobs: tuple[tuple[TokenLogprob, ...], ...] = ()
    files: tuple[Produced, ...] = ()
    logged: bool = False
    asked: tuple[str, ...] = field(default=(), repr=False)
    heard: str = ""
    progress: Progress | None = None
    notices: tuple[Notice, ...] = ()
    finish_reasons: tuple[str | None, ...] = ()
    error: BotError | None = None

    @property
    def cut_short(self) -> bool:
        """There is text, and more of it was to come: it can be continued."""
        choice = self.turn.choice
        if (
            not self.turn.answering.goes_on
            or choice >= len(self.texts)
            or not self.texts[choice].strip()
        ):
            return False
        if self.state is TurnState.DONE:
            return self.finish_reasons[choice : choice + 1] == ("length",)
        return self.state in (TurnState.STOPPED, TurnState.FAILED, TurnState.INTERRUPTED)


class LiveTurn(Protocol):
    """A turn that is waiting or being answered. It ends and is stored with nobody watching, too."""

    def snapshot(self) -> TurnView: ...

    async def until_ended(self) -> None: ...

    async def changed(self, *, after: int) -> TurnView:
        """The newest view, as soon as its version is over `after`; at once when it is already."""
        ...
