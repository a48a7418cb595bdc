"""Text completions (POST /completions): a text goes in, its continuation comes out."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Protocol

from bot.domain.calls import Json, Record, TextEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionParameters:
    """What the person set; None means not set, hence not sent.

    max_tokens >= 0 (the server's own default is 16), temperature 0..2, top_p 0..1, n 1..128,
    logprobs 0..5, stop up to 4 texts, penalties -2..2, best_of at least n and up to 20 (never with
    stream), logit_bias -100..100 by token id. Source: OpenAI API reference, POST /v1/completions.
    """

    suffix: str | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    n: int | None = None
    logprobs: int | None = None
    echo: bool | None = None
    stop: tuple[str, ...] | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    best_of: int | None = None
    logit_bias: Mapping[str, float] | None = None
    seed: int | None = None

    def details(self) -> Mapping[str, Json]:
        """As a turn keeps them: only what was set."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def of(cls, details: Mapping[str, Json]) -> "CompletionParameters":
        """What `details` made; what else a turn keeps is left out."""
        known = {each.name for each in fields(cls)}
        found: dict[str, Any] = {name: each for name, each in details.items() if name in known}
        if "stop" in found:
            found["stop"] = tuple(found["stop"])
        return cls(**found)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRequest:
    """One prompt, or several that are answered in one call.

    prompts     at least one; choice number prompt * n + choice belongs to prompts[prompt]
    chat_model  answers where the server has no /completions; None: then it is an error
    default_model  nobody chose `model`: chat_model stands in where just this model is not there
    person      a hash that stands for who asked; None sends none
    """

    model: str
    prompts: tuple[str, ...] = field(repr=False)
    parameters: CompletionParameters = CompletionParameters()
    stream: bool = True
    chat_model: str | None = None
    default_model: bool = False
    person: str | None = None


class CompletionModel(Protocol):
    def complete(
        self, request: CompletionRequest, record: Record = ...
    ) -> AsyncGenerator[TextEvent, None]:
        """Events as they arrive, those of chat; the last is `Finished`.

        Raises:
            UpstreamError: one of its leaves. What was yielded before stays valid as partial text.
        """
        ...
