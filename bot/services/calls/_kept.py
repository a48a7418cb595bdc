"""Bodies without what is kept elsewhere: a row of the API log copies no history.

A text that stands in `messages` is replaced by {"$kept": [turn, attempt, choice]}, or with a fourth
number for one part of it, and put back when it is shown. So what is erased there is gone here, too.
A text that stands in `summaries` is {"$summary": id}.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from bot.domain.calls import Json
from bot.domain.ids import SummaryId, TurnId

KEPT = "$kept"
SYSTEM = "$system"
SUMMARY = "$summary"
_TEXTS = frozenset(
    {"content", "text", "prompt", "input", "instruction", "instructions", "output_text"}
)
"""Where the API has texts of people and models; elsewhere an equal word is a coincidence."""


_PEOPLE = frozenset({"user", "safety_identifier"})
PSEUDONYM = "[pseudonym]"
"""What stands for whoever asked is the server's business, and nobody else's who looks at a call."""


class Kept:
    """Texts of one call, and where they are kept."""

    def __init__(self) -> None:
        self._known: dict[str, Mapping[str, Json]] = {}

    def add(
        self,
        text: str,
        turn: TurnId,
        *,
        attempt: int = 0,
        choice: int = 0,
        part: int | None = None,
        before: str = "",
    ) -> None:
        """`text` is the message's own, or that of its part number `part`, behind `before`."""
        where = [turn, attempt, choice] if part is None else [turn, attempt, choice, part]
        if text:
            self._known[text] = {KEPT: where, **({"before": before} if before else {})}

    def add_system(self, text: str) -> None:
        """A system prompt: kept with the row, but not shown to everybody."""
        self._known[text] = {SYSTEM: text}

    def add_private(self, text: str) -> None:
        """What was put in without a turn: likewise for the asker alone."""
        self._known[text] = {SYSTEM: text}

    def add_summary(self, text: str, summary: SummaryId) -> None:
        self._known[text] = {SUMMARY: summary}

    def without(self, body: Json, *, key: str = "") -> Json:
        """`body` with the known texts replaced."""
        match body:
            case str() if key in _PEOPLE:
                return PSEUDONYM
            case str() if key in _TEXTS and (known := self._known.get(body)) is not None:
                return dict(known)
            case dict():
                fields = cast("dict[str, Json]", body)
                return {name: self.without(value, key=name) for name, value in fields.items()}
            case list():
                return [self.without(each, key=key) for each in cast("list[Json]", body)]
            case _:
                return body


Fetch = Callable[[tuple[int, ...]], Awaitable[str]]
"""The text at [turn, attempt, choice] or [turn, attempt, choice, part], or what is said instead."""


Recall = Callable[[int], Awaitable[str]]
"""The text of a summary, or what is said instead."""


async def together(body: Json, fetch: Fetch, system: Callable[[str], str], recall: Recall) -> Json:
    """`body` as it was sent: `Kept.without` undone, as far as these give it."""
    match body:
        case {"$kept": list()}:
            known = cast("dict[str, Json]", body)
            where = tuple(int(number) for number in known[KEPT])
            return str(known.get("before", "")) + await fetch(where)
        case {"$system": str(text)}:
            return system(text)
        case {"$summary": int(summary)}:
            return await recall(summary)
        case dict():
            fields = cast("dict[str, Json]", body)
            return {
                name: await together(value, fetch, system, recall) for name, value in fields.items()
            }
        case list():
            return [
                await together(each, fetch, system, recall) for each in cast("list[Json]", body)
            ]
        case _:
            return body
