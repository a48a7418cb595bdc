"""Server-sent events out of bytes, however these were cut.

The rules are those of the HTML standard, section 9.2.6, with one mercy: an event whose closing
blank line is missing at the end of the stream is still an event, since small servers forget it.
"""

from dataclasses import dataclass

MAX_EVENT_BYTES = 16 * 1024 * 1024
"""A line or event above this is refused, where no pictures are expected."""

_BOM = b"\xef\xbb\xbf"


class EventTooLargeError(ValueError):
    """A single event outgrew what was set."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name, empty where the server gave none, and its data lines joined by LF."""

    name: bytes
    data: bytes


class EventParser:
    """Feed it bytes, get whole events. LF, CRLF, CR end lines; a BOM and comments are skipped."""

    def __init__(self, most: int = MAX_EVENT_BYTES) -> None:
        self._most = most
        self._rest = bytearray()  # the line that has not ended yet
        self._first = True  # a BOM may only stand before the very first line
        self._after_cr = False  # an LF right after a CR belongs to it, even in the next piece
        self._name = b""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes) -> list[Event]:
        if self._after_cr and piece:
            self._after_cr = False
            piece = piece.removeprefix(b"\n")
        if b"\r" in piece:
            self._after_cr = piece.endswith(b"\r")
            piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        head, *tail = piece.split(b"\n")
        self._rest += head
        self._refuse_over(len(self._rest))
        if not tail:
            return []
        lines = [bytes(self._rest), *tail[:-1]]
        self._rest = bytearray(tail[-1])
        return [event for line in lines if (event := self._line(line))]

    def close(self) -> list[Event]:
        """What is left when the stream ends."""
        lines = [bytes(self._rest), b""] if self._rest else [b""]
        self._rest = bytearray()
        return [event for line in lines if (event := self._line(line))]

    def _line(self, line: bytes) -> Event | None:
        if self._first:
            self._first = False
            line = line.removeprefix(_BOM)
        if not line:
            return self._dispatch()
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._size += len(value)
            self._refuse_over(self._size)
            self._data.append(value)
        elif field == b"event":
            self._name = value
        return None

    def _dispatch(self) -> Event | None:
        event = Event(self._name, b"\n".join(self._data)) if self._data else None
        self._name, self._data, self._size = b"", [], 0
        return event

    def _refuse_over(self, size: int) -> None:
        if size > self._most:
            raise EventTooLargeError(size)
