"""What /responses answers, in pieces or whole, as our events: for models that live there alone."""

from collections.abc import Mapping
from typing import Any, cast

from bot.ai._chunks import logprobs, objects, usage, whole_text
from bot.ai._errors import ServerSaidError
from bot.domain.chat import Delta, Usage
from bot.domain.errors import BadAnswerError, Damage

_TEXT = frozenset({"response.output_text.delta", "response.refusal.delta"})
_THINKING = frozenset({"response.reasoning_text.delta", "response.reasoning_summary_text.delta"})
_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed"})
_REASONS = {"max_output_tokens": "length", "content_filter": "content_filter"}


class ResponsesReader:
    """The counterpart of ChatReader; the only choice is number 0."""

    def __init__(self) -> None:
        self.finish_reasons: dict[int, str] = {}
        self.usage: Usage | None = None
        self.model = ""

    @property
    def ended(self) -> bool:
        """This route has terminal events, and no [DONE]."""
        return bool(self.finish_reasons)

    def take(self, event: Mapping[str, Any]) -> list[Delta]:
        kind = event.get("type")
        if kind in _ENDS:
            self._end(event.get("response"))
            return []
        text = event.get("delta")
        if not isinstance(text, str) or kind not in _TEXT | _THINKING:
            return []
        text = whole_text(text)
        if kind in _THINKING:
            return [Delta(choice=0, reasoning=text)]
        return [Delta(choice=0, text=text, logprobs=tuple(logprobs(event.get("logprobs"))))]

    def whole(self, answer: Mapping[str, Any]) -> list[Delta]:
        if not isinstance(answer.get("output"), list):
            raise BadAnswerError(damage=Damage.WRONG_SHAPE)
        deltas: list[Delta] = []
        for item in objects(answer["output"]):
            for part in objects(item.get("content")) + objects(item.get("summary")):
                text = part.get("text") or part.get("refusal")
                if not isinstance(text, str):
                    continue
                if item.get("type") == "reasoning":
                    deltas.append(Delta(choice=0, reasoning=whole_text(text)))
                else:
                    tokens = tuple(logprobs(part.get("logprobs")))
                    deltas.append(Delta(choice=0, text=whole_text(text), logprobs=tokens))
        self._end(cast("object", answer))
        return deltas

    def check(self, *, done: bool) -> None:
        """`done` says nothing here: only a terminal event ends this route."""
        del done
        if not self.finish_reasons:
            raise BadAnswerError(damage=Damage.CUT)

    def _end(self, response: object) -> None:
        if not isinstance(response, dict):
            raise BadAnswerError(damage=Damage.WRONG_SHAPE)
        fields = cast("dict[str, Any]", response)
        if fields.get("status") in ("failed", "cancelled"):
            error = fields.get("error") or {"type": "server_error"}
            raise ServerSaidError({"error": error})
        details = fields.get("incomplete_details")
        why = cast("dict[str, Any]", details).get("reason") if isinstance(details, dict) else None
        self.finish_reasons[0] = _REASONS.get(str(why), "stop" if why is None else str(why))
        self.usage = usage(fields.get("usage"))
        self.model = str(fields.get("model") or "")
