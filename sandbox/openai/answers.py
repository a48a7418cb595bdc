"""What the server answers next, how it is cut, how fast it comes, and where it stops.

server.answers.text = "always this"                 # None: the canned answers of canned.py
server.answers.queue("first", ["sec", "ond"])       # then these, in order, before `text`;
                                                    # a list gives the deltas themselves
server.answers.characters = 4                       # per delta; None: one token each
server.answers.pace = 0.05                          # seconds by the clock before each event

gate = server.answers.hold(after=3)                 # the next matching answer stops there
await gate.reached()                                # three events are with the client
gate.release(2)                                     # two more, then it stops again
gate.release()                                      # and now to the end
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from sandbox.openai import tokens
from sandbox.openai.routes import Pattern


@dataclass(frozen=True, slots=True)
class Script:
    """One text to answer with; `deltas` join to it."""

    text: str
    deltas: tuple[str, ...] | None = None


class Gate:
    """Lets `after` events of one answer through, then holds it until released.

    after=0 holds it before its first byte, headers included, whether it streams or not.
    """

    def __init__(self, after: int) -> None:
        self._allowed: int | None = after
        self._passed = 0
        self._changed = asyncio.Event()
        self._reached = asyncio.Event()

    async def reached(self) -> None:
        """Returns when the answer stands at the gate."""
        await self._reached.wait()

    def release(self, events: int | None = None) -> None:
        """Let so many more events through, or all that are left."""
        self._allowed = None if events is None or self._allowed is None else self._allowed + events
        self._reached.clear()
        self._changed.set()

    async def wait(self) -> None:
        """For the writer, before each event (and before the headers, without `count`)."""
        while self._allowed is not None and self._passed >= self._allowed:
            self._changed.clear()
            self._reached.set()
            await self._changed.wait()

    def count(self) -> None:
        self._passed += 1


@dataclass(slots=True)
class _Hold:
    pattern: Pattern
    gate: Gate


@dataclass(slots=True)
class Answers:
    text: str | None = None
    characters: int | None = None
    pace: float = 0.0
    _queue: deque[Script] = field(default_factory=deque[Script])
    _holds: list[_Hold] = field(default_factory=list[_Hold])
    _gates: list[Gate] = field(default_factory=list[Gate])

    def queue(self, *texts: str | Sequence[str]) -> None:
        for each in texts:
            deltas = None if isinstance(each, str) else tuple(each)
            self._queue.append(Script(each if isinstance(each, str) else "".join(each), deltas))

    def take(self) -> Script | None:
        """The text that was set for this request; None when nothing was."""
        if self._queue:
            return self._queue.popleft()
        return None if self.text is None else Script(self.text)

    def deltas(self, script: Script) -> list[str]:
        """The text in the pieces it is streamed in."""
        if script.deltas is not None:
            return list(script.deltas)
        size = self.characters
        if size is None:
            return tokens.pieces(script.text)
        return [script.text[at : at + size] for at in range(0, len(script.text), size)]

    def hold(self, *, after: int = 0, route: str = "POST *") -> Gate:
        """Stop the next answer on `route` after so many events (one answer per call)."""
        hold = _Hold(Pattern(route), Gate(after))
        self._holds.append(hold)
        self._gates.append(hold.gate)
        return hold.gate

    def gate_for(self, method: str, path: str) -> Gate | None:
        for hold in self._holds:
            if hold.pattern.matches(method, path):
                self._holds.remove(hold)
                return hold.gate
        return None

    def clear(self) -> None:
        """Back to canned answers at full speed; whatever is held goes on."""
        self.text = self.characters = None
        self.pace = 0.0
        self._queue.clear()
        self._holds.clear()
        for gate in self._gates:
            gate.release()
        self._gates.clear()
