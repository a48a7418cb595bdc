"""What happened, in order: a ring of entries that forgets its oldest, and tells who listens."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.clock import Clock
from sandbox.discord.model import Json
from sandbox.inspector.secrecy import Secrecy

MAX_ENTRIES = 2_000
MAX_BYTES = 8 * 1024 * 1024  # of all entries as JSON
MAX_EVENTS = 2_000  # of one stream
MAX_STREAM_TEXT = 128 * 1024
_LONGEST_SECRET = 512  # characters
_TAIL = 4 * _LONGEST_SECRET
Listener = Callable[[Json], None]


@dataclass(eq=False, slots=True)
class Entry:
    """`shown` is what goes to the page; `weight` its bytes, about.

    text        characters of the assembled text so far
    head, tail  the text, safe to show, and its end as it came: a secret may come in pieces
    """

    shown: Json
    weight: int = 0
    kept: bool = True
    began: float = 0.0
    text: int = 0
    head: str = ""
    tail: str = ""


class Timeline:
    """Entries as JSON: {"id", "kind", "at", "t", "name", "state", ...}.

    kind      gateway, rest, file, openai, action
    at        when it began, by the sandbox's clock; `t` in seconds on its monotonic scale
    state     open, done, cut (the connection was), failed
    duration  seconds from begin to end, once it has ended
    """

    def __init__(
        self,
        clock: Clock,
        secrecy: Secrecy,
        *,
        max_entries: int = MAX_ENTRIES,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.forgotten = 0
        self._clock = clock
        self._secrecy = secrecy
        self._most, self._most_bytes = max_entries, max_bytes
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._next = 1
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call it with {"add"}, {"change"}, {"event"} or {"clear"}; the answer ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def snapshot(self) -> list[Json]:
        """As things are now, oldest first."""
        return [entry.shown for entry in self._entries]

    @property
    def weight(self) -> int:
        return self._bytes

    def add(self, kind: str, name: str, **fields: Any) -> Entry:
        began = self._clock.monotonic()
        shown: Json = {
            "id": self._next,
            "kind": kind,
            "at": self._clock.now().isoformat(),
            "t": round(began, 6),
            "name": self._secrecy.path(name),
            "state": "done",
            **self._secrecy.value(fields),
        }
        self._next += 1
        entry = Entry(shown, began=began)
        self._entries.append(entry)
        self._weigh(entry, shown)
        self._tell({"add": dict(shown)})  # a copy: changes are told for themselves
        return entry

    def change(self, entry: Entry, *, ended: bool = False, **fields: Any) -> None:
        """Set fields of an entry; `ended` adds its duration."""
        changes: Json = self._secrecy.value(fields)
        if ended:
            changes["duration"] = self.since(entry)
        for name, value in changes.items():
            old = entry.shown.get(name)
            if isinstance(old, dict) and isinstance(value, dict):
                changes[name] = {**old, **value}
        entry.shown.update(changes)
        self._weigh(entry, changes)
        self._tell({"change": {"id": entry.shown["id"], **changes}})

    def event(self, entry: Entry, event: Any, text: str) -> None:
        """Append to a stream; `text` is what it adds to the answer. Bounded, then only counted."""
        shown = entry.shown
        events: list[Any] = shown.setdefault("events", [])
        shown["event_count"] = shown.get("event_count", 0) + 1
        told: Json = {"id": shown["id"], "event_count": shown["event_count"]}
        if len(events) < MAX_EVENTS:
            told["event"] = {"after": self.since(entry), "data": self._secrecy.value(event)}
            events.append(told["event"])
        if text and entry.text < MAX_STREAM_TEXT:
            entry.text += len(text)
            told |= self._longer(entry, text)
        self._weigh(entry, told.get("event", ""), len(text))
        self._tell({"event": told})

    def _longer(self, entry: Entry, text: str) -> Json:
        """Append; answers {"more"}, or {"text"} where that showed what stood there to be secret."""
        shown = entry.shown
        before: str = shown.get("text", "")
        entry.tail += text
        settled = entry.tail.rfind(" ", 0, -_LONGEST_SECRET) if len(entry.tail) > _TAIL else -1
        if settled > 0:  # no secret goes over a space
            entry.head += self._secrecy.text(entry.tail[:settled])
            entry.tail = entry.tail[settled:]
        shown["text"] = entry.head + self._secrecy.text(entry.tail)
        if shown["text"].startswith(before):
            return {"more": shown["text"][len(before) :]}
        return {"text": shown["text"]}

    def since(self, entry: Entry) -> float:
        return round(self._clock.monotonic() - entry.began, 6)

    def clear(self) -> None:
        for entry in self._entries:
            entry.kept = False
        self._entries.clear()
        self._bytes = self.forgotten = 0
        self._tell({"clear": True})

    def _weigh(self, entry: Entry, added: Any, more: int = 0) -> None:
        if not entry.kept:
            return
        weight = len(json.dumps(added)) + more
        entry.weight += weight
        self._bytes += weight
        while len(self._entries) > self._most or (
            self._bytes > self._most_bytes and len(self._entries) > 1
        ):
            oldest = self._entries.popleft()
            oldest.kept = False
            self._bytes -= oldest.weight
            self.forgotten += 1

    def _tell(self, told: Json) -> None:
        for listener in list(self._listeners):
            listener(told)
