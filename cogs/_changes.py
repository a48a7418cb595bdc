"""What an edit changed, beside its text.

The text itself is the message, as in any answer: one copies it without signs in between. What was
changed stands under it in an embed, which moves along from page to page and which no model can
fake; a second page for it would hide one from the other. What is too long for that is a file.
"""

from collections.abc import Mapping
from typing import Any

from bot.domain.calls import Operation
from bot.domain.conversations import TurnState, TurnView
from bot.texts import Texts
from cogs._diff import patch, readable
from cogs._posts import File

SHOWN = 3000  # characters; an embed's description holds 4,096


class Changes:
    """Keeps the last comparison: a view is looked at again and again."""

    def __init__(self) -> None:
        self._of = (0, 0)
        self._shown: str | None = None
        self._patch: File | None = None

    def embed(self, view: TurnView, text: str, texts: Texts) -> Mapping[str, Any] | None:
        """None where there is nothing to compare, or it is too long to be shown."""
        before = self._before(view, text)
        if before is None:
            return None
        if self._shown is None and self._patch is None:
            self._shown = readable(before, text, SHOWN)
        if self._shown is None:
            return None
        said = f"```diff\n{self._shown}\n```" if self._shown else texts("Nothing was changed.")
        return {"title": texts("What was changed"), "description": said, "type": "rich"}

    def file(self, view: TurnView, text: str) -> File | None:
        """For `patch` and for eyes: Discord shows the beginning of such a file."""
        before = self._before(view, text)
        if before is not None and self._patch is None:
            data = patch(before, text, edited_name(view)).encode("utf-8", "replace")
            self._patch = File("changes.diff", "text/x-diff", data)
        return self._patch

    def _before(self, view: TurnView, text: str) -> str | None:
        """The text as it was, of an edit that is whole."""
        of = (view.turn.attempt, view.turn.choice)
        if of != self._of:
            self._of, self._shown, self._patch = of, None, None
        if view.turn.answering.operation is not Operation.EDIT:
            return None
        if view.state is not TurnState.DONE or not text:
            return None
        return next(iter(view.asked[1:]), None)


def edited_name(view: TurnView) -> str:
    """That of the file that was sent: it may have to go back to where it came from."""
    return view.turn.attachments[0] if view.turn.attachments else "edited.txt"
