"""POST /completions."""

from collections.abc import AsyncIterator
from typing import Any

from sandbox.openai import canned, generation, tokens
from sandbox.openai.call import Body, Call, Operation, new_id
from sandbox.openai.catalogue import Use
from sandbox.openai.errors import ApiError, context_too_long, unsupported_parameter
from sandbox.openai.generation import Choice
from sandbox.openai.params import (
    Params,
    anything,
    as_list,
    as_object,
    boolean,
    integer,
    mapping,
    number,
    text,
)
from sandbox.openai.streams import Answer, Event, Events, Json

LEGACY: Params = {
    "model": text(required=True),
    "prompt": anything(),
    "suffix": text(),
    "max_tokens": integer(0),
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "n": integer(1, 128),
    "stream": boolean(),
    "logprobs": integer(0, 5),
    "echo": boolean(),
    "stop": anything(),
    "presence_penalty": number(-2, 2),
    "frequency_penalty": number(-2, 2),
    "best_of": integer(0, 20),
    "logit_bias": mapping(),
    "user": text(),
}
MODERN: Params = {
    **LEGACY,
    "prompt": anything(required=True),
    "seed": integer(),
    "stream_options": mapping(),
}
DEFAULT_TOKENS = 16
_INSERTING = ("text-davinci-002", "text-davinci-003", "gpt-3.5-turbo-instruct")


async def create(call: Call) -> Answer:
    args = call.args
    model = call.state.catalogue.usable(args["model"], Use.COMPLETION)
    prompts = _prompts(args.get("prompt", "<|endoftext|>"))
    if "suffix" in args and model.id not in _INSERTING:
        raise unsupported_parameter("suffix")
    best_of = _best_of(args)
    limit: int = args.get("max_tokens", DEFAULT_TOKENS)
    generation.check_stop(args.get("stop"), legacy=call.legacy)
    sizes = [tokens.count(each) for each in prompts]
    if max(sizes) + limit > model.context:
        raise context_too_long(model.context, max(sizes), limit, param="prompt")
    made = [
        choice for prompt in prompts for choice in _choices(call, prompt, limit, args.get("n", 1))
    ]
    numbered = [
        Choice(index, each.text, each.deltas, each.finish_reason) for index, each in enumerate(made)
    ]
    usage = {
        "prompt_tokens": sum(sizes),
        "completion_tokens": sum(min(limit, each.tokens) for each in numbered) * best_of,
    }
    usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]
    answer = _Completion(call, model.id, numbered, usage)
    if args.get("stream"):
        return Events(answer.stream(), done=True)
    return Json(answer.whole())


def _choices(call: Call, prompt: str, limit: int, n: int) -> list[Choice]:
    made = generation.choices(
        call.state.answers,
        lambda each: canned.completion(prompt, number=each),
        n=n,
        stop=generation.stop_texts(call.args.get("stop")),
        max_tokens=limit,
    )
    if not call.args.get("echo"):
        return made
    return [
        Choice(each.index, prompt + each.text, (prompt, *each.deltas), each.finish_reason)
        for each in made
    ]


def _prompts(value: Any) -> list[str]:
    """One or several; numbers stand for tokens, which the sandbox cannot read."""
    if isinstance(value, str):
        return [value]
    given = as_list(value)
    if given and all(isinstance(each, str) for each in given):
        return [str(each) for each in given]
    if given and all(type(each) is int for each in given):
        return [_unread(len(given))]
    lists = [as_list(each) for each in given or []]
    if lists and all(each for each in lists):
        return [_unread(len(each or [])) for each in lists]
    raise ApiError(
        "Invalid type for 'prompt': expected one of a string, array of strings, array of integers,"
        " or array of integer arrays.",
        param="prompt",
        code="invalid_type",
    )


def _unread(count: int) -> str:
    return " token" * count


def _best_of(args: dict[str, Any]) -> int:
    """How many texts each returned one was chosen from."""
    n, best_of = args.get("n", 1), args.get("best_of")
    if best_of is None:
        return 1
    if best_of < n:
        raise ApiError(
            "You requested that the server return more choices than it will generate (HINT: you"
            f" must set 'best_of' (currently {best_of}) to be at least 'n' (currently {n}), or"
            " omit either parameter if you don't specifically want to use it.)"
        )
    if args.get("stream") and best_of > 1:
        raise ApiError("best_of is not supported with stream.", param="best_of")
    return max(1, best_of // n)


class _Completion:
    """One answer in both of its shapes, which here are the same."""

    def __init__(self, call: Call, model: str, made: list[Choice], usage: dict[str, int]) -> None:
        self._args = call.args
        self._choices = made
        self._usage = usage
        self._head: dict[str, Any] = {
            "id": new_id("cmpl-"),
            "object": "text_completion",
            "created": call.state.now(),
            "model": model,
        }

    def whole(self) -> dict[str, Any]:
        choices = [
            self._choice(each.index, each.text, 0, each.finish_reason) for each in self._choices
        ]
        return {**self._head, "choices": choices, "usage": self._usage}

    async def stream(self) -> AsyncIterator[Event]:
        options = as_object(self._args.get("stream_options")) or {}
        usage = {"usage": None} if options.get("include_usage") else {}
        for each in self._choices:
            offset = 0
            for delta in each.deltas:
                piece = self._choice(each.index, delta, offset, None)
                yield Event({**self._head, "choices": [piece], **usage})
                offset += len(delta)
            ending = self._choice(each.index, "", offset, each.finish_reason)
            yield Event({**self._head, "choices": [ending], **usage})
        if usage:
            yield Event({**self._head, "choices": [], "usage": self._usage})

    def _choice(self, index: int, words: str, offset: int, reason: str | None) -> dict[str, Any]:
        return {
            "text": words,
            "index": index,
            "logprobs": self._probabilities(words, offset),
            "finish_reason": reason,
        }

    def _probabilities(self, words: str, offset: int) -> dict[str, Any] | None:
        wanted = self._args.get("logprobs")
        if wanted is None:
            return None
        pieces = tokens.pieces(words)
        offsets = [offset + sum(map(len, pieces[:at])) for at in range(len(pieces))]
        others = (" the", " a", " sandbox", " canned")
        return {
            "tokens": pieces,
            "token_logprobs": [tokens.logprob(each) for each in pieces],
            "top_logprobs": [
                {other: tokens.logprob(other) for other in (each, *others)[:wanted]}
                for each in pieces
            ],
            "text_offset": offsets,
        }


OPERATIONS = (
    Operation("POST", "/completions", create, legacy=LEGACY, modern=MODERN, body=Body.JSON),
)
