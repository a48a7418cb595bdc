"""An answer as it goes out: server-sent events taken apart, texts put together."""

import json
from collections.abc import Callable
from typing import Any, cast

MAX_BODY = 256 * 1024  # bytes of a body that are kept to be shown
_MARK = b"data:"


class EventStream:
    """Fed with bytes in any pieces, calls `told` with each event and the text it adds."""

    def __init__(self, told: Callable[[Any, str], None]) -> None:
        self._told = told
        self._rest = b""

    def feed(self, data: bytes) -> None:
        *blocks, self._rest = (self._rest + data).split(b"\n\n")
        for block in blocks:
            for line in block.split(b"\n"):
                if line.startswith(_MARK):
                    self._event(line.removeprefix(_MARK).strip().decode("utf-8", "replace"))

    def _event(self, text: str) -> None:
        try:
            event: Any = json.loads(text)
        except ValueError:
            self._told(text, "")  # [DONE], or a fault's broken line
            return
        self._told(event, added_text(event))


def added_text(event: Any) -> str:
    """What an event adds to the first answer: of chat, completions, responses, transcripts."""
    if not isinstance(event, dict):
        return ""
    given = cast("dict[str, Any]", event)
    kind = str(given.get("type", ""))
    delta = given.get("delta")
    if isinstance(delta, str) and kind.endswith("text.delta"):
        return delta
    choices = given.get("choices")
    if not isinstance(choices, list) or not choices:
        return ""
    first = cast("dict[str, Any]", choices[0])
    if first.get("index", 0) != 0:
        return ""
    inner = first.get("delta")
    if isinstance(inner, dict):
        return str(cast("dict[str, Any]", inner).get("content") or "")
    return str(first.get("text") or "")


class Body:
    """A body that is no stream: kept to a limit, counted beyond it."""

    def __init__(self) -> None:
        self.size = 0
        self._kept = bytearray()

    def feed(self, data: bytes) -> None:
        self.size += len(data)
        if len(self._kept) < MAX_BODY:
            self._kept += data[: MAX_BODY - len(self._kept)]

    def shown(self, content_type: str) -> dict[str, Any]:
        return shown_body(bytes(self._kept), self.size, content_type)


def shown_body(data: bytes, size: int, content_type: str) -> dict[str, Any]:
    """{"json"} or {"text"}; nothing of what is no text."""
    kind = content_type.partition(";")[0].strip().lower()
    if not size:
        return {}
    if kind == "application/json" and size == len(data):
        try:
            return {"json": json.loads(data)}
        except ValueError:
            pass
    if kind.startswith("text/") or kind.endswith(("json", "jsonl", "xml")):
        return {"text": data.decode("utf-8", "replace")}
    return {}
