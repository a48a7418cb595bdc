"""Which parameters a model takes, learnt from its refusals."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.ai._facts import Facts
from bot.domain.chat import ParameterChanged, StreamingDropped

MAX_CHANGES = 3
"""So many refusals of one question are answered by leaving something out; then it is an error."""

RENAMED = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
# With reasoning_effort "none" some models take these after all, so no lesson is applied then.
BOUND_TO_EFFORT = frozenset(
    {
        "temperature",
        "top_p",
        "presence_penalty",
        "frequency_penalty",
        "logprobs",
        "top_logprobs",
        "logit_bias",
    }
)

_CODES = frozenset(
    {"unsupported_parameter", "unsupported_value", "unknown_parameter", "extra_forbidden"}
)
_WORDS = re.compile(
    r"unsupported|not (?:currently )?supported|does ?n[o']t support|unrecognized|unknown"
    r"|unexpected|not permitted|not allowed|cannot find field|only the default"
    r"|deprecated for this model",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Parameters of the request that the model does not take.

    lasting  it is the parameter that is refused, not this value of it: worth remembering
    """

    parameters: tuple[str, ...]
    lasting: bool


def refusal(facts: Facts, sent: Mapping[str, str]) -> Refusal | None:
    """The parameters this error is about; None where it is about something else.

    sent  what the server may call a parameter of the request that can be left out -> our name

    Understood: OpenAI's `code` and `param`; "Unrecognized request argument supplied: x" (2023);
    pydantic's extra_forbidden (FastAPI, and as text from vLLM); LiteLLM's UnsupportedParamsError;
    llama.cpp's "Unsupported param: x" and one-choice rule; Groq's "property 'x' is unsupported";
    xAI's camel case.
    """
    if facts.status not in (None, 400, 404, 422, 500):
        return None
    message = facts.message
    code = facts.code.lower()
    if names := tuple(sent[name] for name in facts.refused if name in sent):
        return Refusal(names, lasting=True)
    if code not in _CODES and not _WORDS.search(message) and "one completion choice" not in message:
        return None
    lasting = code != "unsupported_value" or "only the default" in message.lower()
    if param := _snake(facts.param):
        root = re.split(r"[.\[]", param, maxsplit=1)[0]
        ours = sent.get(param) or sent.get(root)
        return Refusal((ours,), lasting) if ours else None
    if "n" in sent and "one completion choice" in message.lower():
        return Refusal(("n",), lasting=True)
    names = tuple(ours for theirs, ours in sent.items() if _names(message, theirs))
    return Refusal(names, lasting) if names else None


class Changeable(Protocol):
    """A question that can be put differently."""

    changes: int

    def names(self) -> Mapping[str, str]:
        """What the server may call a parameter that can be left out -> our name for it."""
        ...

    def refuse(self, name: str) -> tuple[str | None, list[ParameterChanged]]:
        """`name` is not taken: the name it goes under now (None: left out), and what to say."""
        ...

    def unstream(self) -> list[StreamingDropped]: ...


async def put_differently(
    question: Changeable, facts: Facts, learn: Callable[[str, str | None], Awaitable[None]]
) -> Sequence[ParameterChanged | StreamingDropped] | None:
    """Change what the server refused, and say so; None: it failed for another reason."""
    refused = refusal(facts, question.names())
    if refused is None or question.changes >= MAX_CHANGES:
        return None
    question.changes += 1
    if "stream" in refused.parameters:
        return question.unstream()
    told: list[ParameterChanged] = []
    for name in dict.fromkeys(refused.parameters):
        sent_as, changed = question.refuse(name)
        told += changed
        if refused.lasting:
            await learn(name, sent_as)
    return told


def _names(message: str, parameter: str) -> bool:
    """Quoted, or behind what announces a name: `n` and `stop` are also just words."""
    name = re.escape(parameter)
    announced = r"(?:(?:parameters?|params?|arguments?|fields?|supplied)\s*:?|model:)\s*"
    text = _snake(message)
    return bool(
        re.search(rf"['\"`]{name}['\"`]", text)
        or re.search(rf"^{name} is not (?:currently )?supported", text)
        or re.search(rf"{announced}(?:\w+,\s*)*{name}\b", text, re.IGNORECASE)
    )


def _snake(text: str) -> str:
    return _CAMEL.sub("_", text).lower()
