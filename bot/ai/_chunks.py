"""What /chat/completions answers, in pieces or whole, as our events."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, cast

from typing_extensions import override

from bot.ai._values import number
from bot.domain.chat import Delta, TokenLogprob, Usage
from bot.domain.errors import BadAnswerError, Damage

MOST_CHOICES = 128  # what the API allows as n; a larger index would make as many empty answers


class ChatReader:
    """Collects what `Finished` needs while the deltas pass through."""

    def __init__(self) -> None:
        self.finish_reasons: dict[int, str] = {}
        self.usage: Usage | None = None
        self.model = ""
        self._seen: set[int] = set()
        self._halves: dict[int, str] = {}

    @property
    def ended(self) -> bool:
        """This route ends with [DONE] or the end of the body; usage comes after the last text."""
        return False

    def take(self, chunk: Mapping[str, Any]) -> list[Delta]:
        """One event of a stream; `choices` is empty in Azure's first and in the usage chunk."""
        return self._read(chunk, "delta")

    def whole(self, answer: Mapping[str, Any]) -> list[Delta]:
        """An answer in one piece."""
        if not isinstance(answer.get("choices"), list):
            raise BadAnswerError(damage=Damage.WRONG_SHAPE)
        return self._read(answer, "message")

    def check(self, *, done: bool) -> None:
        """Whether this was all. `done`: [DONE] or a whole answer, rather than just the end.

        Raises:
            BadAnswerError: CUT or EMPTY.
        """
        if done and not self._seen:
            raise BadAnswerError(damage=Damage.EMPTY)
        if not done and (not self._seen or self._seen - self.finish_reasons.keys()):
            raise BadAnswerError(damage=Damage.CUT)

    def _read(self, answer: Mapping[str, Any], content: str) -> list[Delta]:
        if isinstance(model := answer.get("model"), str) and model:
            self.model = model
        if counted := answer.get("usage"):
            self.usage = usage(counted) or self.usage
        deltas: list[Delta] = []
        for position, choice in enumerate(objects(answer.get("choices"))):
            index = number(choice.get("index"))
            index = position if index is None or not 0 <= index < MOST_CHOICES else index
            self._seen.add(index)
            if reason := choice.get("finish_reason"):
                self.finish_reasons[index] = str(reason)
            text, thinking, tokens = self._parts(choice, content)
            text = self._mended(index, text)
            if text or thinking or tokens:
                deltas.append(Delta(choice=index, text=text, reasoning=thinking, logprobs=tokens))
        return deltas

    def _parts(
        self, choice: Mapping[str, Any], content: str
    ) -> tuple[str, str, tuple[TokenLogprob, ...]]:
        """Text, thoughts and probabilities of one choice."""
        message = choice.get(content)
        if not isinstance(message, dict):
            # Servers are not strict about which of the two names they use.
            message = choice.get("message") or choice.get("delta")
        fields = cast("dict[str, Any]", message) if isinstance(message, dict) else {}
        text = _text(fields.get("content"))
        if refusal := fields.get("refusal"):
            text += _text(refusal)
        # The first is DeepSeek's and vLLM's, the second OpenRouter's and newer vLLM's.
        thinking = fields.get("reasoning_content") or fields.get("reasoning")
        thinking = whole_text(_text(thinking)) if thinking else ""
        chances = choice.get("logprobs")
        return text, thinking, tuple(logprobs(chances)) if chances else ()

    def _mended(self, index: int, text: str) -> str:
        """Joins emoji that a server cut into two halves of a surrogate pair."""
        if text.isascii() and index not in self._halves:
            return text
        text = self._halves.pop(index, "") + text
        if text and "\ud800" <= text[-1] <= "\udbff":
            self._halves[index] = text[-1]
            text = text[:-1]
        return whole_text(text)


class TextReader(ChatReader):
    """What /completions and /edits answer: choices with `text`, in pieces or whole."""

    def __init__(self, *, ends: bool = True) -> None:
        """ends: choices say why they ended; those of /edits do not."""
        super().__init__()
        self._ends = ends

    @override
    def _read(self, answer: Mapping[str, Any], content: str) -> list[Delta]:
        deltas = super()._read(answer, content)
        if not self._ends:
            self.finish_reasons = dict.fromkeys(self._seen, "stop") | self.finish_reasons
        return deltas

    @override
    def _parts(
        self, choice: Mapping[str, Any], content: str
    ) -> tuple[str, str, tuple[TokenLogprob, ...]]:
        text = _text(choice.get("text"))
        chances: Any = choice.get("logprobs")
        if isinstance(chances, dict) and "tokens" in chances:
            return text, "", tuple(_old_logprobs(cast("dict[str, Any]", chances)))
        return text, "", tuple(logprobs(cast("object", chances)))


def usage(value: object) -> Usage | None:
    """Token counts of either route."""
    if not isinstance(value, dict):
        return None
    counts = cast("dict[str, Any]", value)

    def count(*names: str) -> int | None:
        return next((n for name in names if (n := number(counts.get(name))) is not None), None)

    def part(name: str, *names: str) -> int | None:
        for key in names:
            if isinstance(details := counts.get(key), dict):
                return number(cast("dict[str, Any]", details).get(name))
        return None

    counted = Usage(
        prompt=count("prompt_tokens", "input_tokens"),
        completion=count("completion_tokens", "output_tokens"),
        cached=part("cached_tokens", "prompt_tokens_details", "input_tokens_details"),
        reasoning=part("reasoning_tokens", "completion_tokens_details", "output_tokens_details"),
    )
    return counted if counted != Usage() else None


def logprobs(value: object) -> Iterator[TokenLogprob]:
    """The chat form {"content": [...]}, or the bare list of /responses; others are left out."""
    tokens = cast("dict[str, Any]", value).get("content") if isinstance(value, dict) else value
    for item in objects(tokens):
        if (chance := _chance(item)) is not None:
            tops = ((_token(top), _chance(top)) for top in objects(item.get("top_logprobs")))
            likely = tuple((token, other) for token, other in tops if other is not None)
            yield TokenLogprob(token=_token(item), logprob=chance, top=likely)


def _old_logprobs(value: Mapping[str, Any]) -> Iterator[TokenLogprob]:
    """The form of 2023: lists side by side, {"tokens", "token_logprobs", "top_logprobs"}.

    The first token of an echo has no probability; it counts as certain.
    """
    tokens = cast("list[object]", value.get("tokens") or [])
    chances = cast("list[object]", value.get("token_logprobs") or [])
    tops = cast("list[object]", value.get("top_logprobs") or [])
    for at, token in enumerate(tokens):
        chance = chances[at] if at < len(chances) else None
        top = tops[at] if at < len(tops) else None
        likely = cast("dict[str, Any]", top) if isinstance(top, dict) else {}
        yield TokenLogprob(
            token=whole_text(_text(token)),
            logprob=_number(chance) or 0.0,
            top=tuple(
                (whole_text(other), found)
                for other, each in likely.items()
                if (found := _number(each)) is not None
            ),
        )


def objects(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        return []
    items = cast("list[object]", value)
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]


def whole_text(text: str) -> str:
    """`text` without half surrogate pairs, which no database and no wire takes."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _text(value: object) -> str:
    """Text, or the text of a list of parts, as some servers write it."""
    if isinstance(value, str):
        return value
    parts = (part.get("text") for part in objects(value))
    return "".join(part for part in parts if isinstance(part, str))


def _token(item: Mapping[str, Any]) -> str:
    return whole_text(_text(item.get("token")))


def _chance(item: Mapping[str, Any]) -> float | None:
    return _number(item.get("logprob"))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        return None
    return float(value)
