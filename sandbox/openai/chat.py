"""POST /chat/completions."""

import json
from collections.abc import AsyncIterator
from typing import Any

from sandbox.openai import canned, chat_messages, chat_rules, generation, tokens
from sandbox.openai.call import Body, Call, Operation, new_id
from sandbox.openai.catalogue import Model, Use
from sandbox.openai.chat_messages import Conversation
from sandbox.openai.errors import ApiError, context_too_long
from sandbox.openai.generation import Choice
from sandbox.openai.params import (
    Params,
    anything,
    as_list,
    as_object,
    boolean,
    choice,
    integer,
    items,
    mapping,
    number,
    text,
)
from sandbox.openai.streams import Answer, Event, Events, Json

LEGACY: Params = {
    "model": text(required=True),
    "messages": items(required=True),
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "n": integer(1, 128),
    "stream": boolean(),
    "stop": anything(),
    "max_tokens": integer(1),
    "presence_penalty": number(-2, 2),
    "frequency_penalty": number(-2, 2),
    "logit_bias": mapping(),
    "user": text(),
}
MODERN: Params = {
    **LEGACY,
    "audio": mapping(),
    "function_call": anything(),
    "functions": items(1, 128),
    "logprobs": boolean(),
    "max_completion_tokens": integer(1),
    "metadata": mapping(),
    "modalities": items(1),
    "moderation": mapping(),
    "parallel_tool_calls": boolean(),
    "prediction": mapping(),
    "prompt_cache_key": text(),
    "prompt_cache_options": mapping(),
    "prompt_cache_retention": choice("in_memory", "24h"),
    "reasoning_effort": choice("none", "minimal", "low", "medium", "high", "xhigh", "max"),
    "response_format": mapping(),
    "safety_identifier": text(0, 128),
    "seed": integer(-(2**63), 2**63 - 1),
    "service_tier": choice("auto", "default", "flex", "scale", "priority"),
    "store": boolean(),
    "stream_options": mapping(),
    "tool_choice": anything(),
    "tools": items(1, 128),
    "top_logprobs": integer(0, 20),
    "verbosity": choice("low", "medium", "high"),
    "web_search_options": mapping(),
}


async def create(call: Call) -> Answer:
    args = call.args
    model = call.state.catalogue.usable(args["model"], Use.CHAT)
    conversation = chat_messages.read(args["messages"], legacy=call.legacy)
    if conversation.file_at and not model.reads_files:
        raise chat_messages.takes_no_documents(conversation.file_at)
    if call.modern:
        chat_rules.check(args, model)
    generation.check_stop(args.get("stop"), legacy=call.legacy)
    _combinations(args, conversation)
    limit = args.get("max_completion_tokens", args.get("max_tokens"))
    if conversation.tokens + (limit or 0) > model.context:
        raise context_too_long(model.context, conversation.tokens, limit or 0, param="messages")
    thinking = chat_rules.thinking_tokens(args, model)
    made = _choices(call, conversation, limit, thinking)
    calls = _tool_calls(args, conversation)
    answer = _Chat(call, model, conversation, made, calls=calls, thinking=thinking)
    if args.get("stream"):
        return Events(answer.stream(), done=True)
    return Json(answer.whole())


def _combinations(args: dict[str, Any], conversation: Conversation) -> None:
    form = as_object(args.get("response_format")) or {}
    if form.get("type") == "json_object" and not conversation.names("json"):
        raise ApiError(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of"
            " type 'json_object'.",
            param="messages",
        )
    if "stream_options" in args and not args.get("stream"):
        raise ApiError(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
        )
    if args.get("top_logprobs") is not None and not args.get("logprobs"):
        raise ApiError(
            "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.",
            param="top_logprobs",
        )


def _choices(
    call: Call, conversation: Conversation, limit: int | None, thinking: int
) -> list[Choice]:
    room = None if limit is None else max(0, limit - thinking)
    return generation.choices(
        call.state.answers,
        lambda each: _text(call.args, conversation, each),
        n=call.args.get("n", 1),
        stop=generation.stop_texts(call.args.get("stop")),
        max_tokens=room,
    )


def _text(args: dict[str, Any], conversation: Conversation, each: int) -> str:
    form = as_object(args.get("response_format")) or {}
    match form.get("type"):
        case "json_object":
            return canned.json_text(conversation.question)
        case "json_schema":
            schema = as_object((as_object(form.get("json_schema")) or {}).get("schema")) or {}
            return json.dumps(canned.instance(schema), ensure_ascii=False)
        case _:
            return canned.answer(conversation.question, number=each, seen=conversation.seen())


def _tool_calls(args: dict[str, Any], conversation: Conversation) -> list[dict[str, Any]]:
    """One call of the first function, when it is demanded or the question has the word `tool`."""
    tools = [as_object(each) or {} for each in as_list(args.get("tools")) or []]
    functions = [as_object(each.get("function")) or {} for each in tools if "function" in each]
    wanted = args.get("tool_choice", "auto")
    if not functions or wanted == "none":
        return []
    named = as_object((as_object(wanted) or {}).get("function"))
    if wanted == "auto" and "tool" not in conversation.question.lower().split():
        return []
    chosen = functions[0]
    if named is not None:
        chosen = next((each for each in functions if each.get("name") == named.get("name")), chosen)
    arguments = json.dumps(canned.instance(as_object(chosen.get("parameters")) or {}))
    return [
        {
            "id": new_id("call_"),
            "type": "function",
            "function": {"name": chosen.get("name", ""), "arguments": arguments},
        }
    ]


class _Chat:
    """One answer in both of its shapes."""

    def __init__(
        self,
        call: Call,
        model: Model,
        conversation: Conversation,
        made: list[Choice],
        *,
        calls: list[dict[str, Any]],
        thinking: int,
    ) -> None:
        self._call = call
        self._conversation = conversation
        self._choices = made
        self._calls = calls
        self._thinking = thinking
        self._logprobs = bool(call.args.get("logprobs"))
        self._top = int(call.args.get("top_logprobs", 0))
        self._head: dict[str, Any] = {
            "id": new_id("chatcmpl-"),
            "created": call.state.now(),
            "model": model.id,
        }
        if not call.legacy:
            self._head |= {"service_tier": "default", "system_fingerprint": "fp_sandbox"}

    def whole(self) -> dict[str, Any]:
        choices = [self._choice(each) for each in self._choices]
        head = {**self._head, "object": "chat.completion"}
        return {**head, "choices": choices, "usage": self._usage()}

    async def stream(self) -> AsyncIterator[Event]:
        options = as_object(self._call.args.get("stream_options")) or {}
        usage = {"usage": None} if options.get("include_usage") else {}
        for each in self._choices:
            opening: dict[str, Any] = {"role": "assistant"}
            if not self._call.legacy:
                opening |= {"content": None if self._calls else "", "refusal": None}
            yield self._chunk(each, opening, usage)
        longest = max(len(each.deltas) for each in self._choices)
        for at in range(0 if self._calls else longest):
            for each in self._choices:
                if at < len(each.deltas):
                    yield self._chunk(each, {"content": each.deltas[at]}, usage)
        for each in self._choices:
            for index, tool_call in enumerate(self._calls):
                yield self._chunk(each, {"tool_calls": [{"index": index, **tool_call}]}, usage)
        for each in self._choices:
            yield self._chunk(each, {}, usage, self._reason(each))
        if usage:
            yield Event(
                {
                    **self._head,
                    "object": "chat.completion.chunk",
                    "choices": [],
                    "usage": self._usage(),
                }
            )

    def _chunk(
        self,
        each: Choice,
        delta: dict[str, Any],
        usage: dict[str, None],
        reason: str | None = None,
    ) -> Event:
        made: dict[str, Any] = {"index": each.index, "delta": delta, "finish_reason": reason}
        if not self._call.legacy:
            made["logprobs"] = self._probabilities(delta.get("content") or "", delta)
        head = {**self._head, "object": "chat.completion.chunk"}
        return Event({**head, "choices": [made], **usage})

    def _choice(self, each: Choice) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": each.text}
        made = {"index": each.index, "message": message, "finish_reason": self._reason(each)}
        if self._call.legacy:
            return made
        message |= {"refusal": None, "annotations": []}
        if self._calls:
            message |= {"content": None, "tool_calls": self._calls}
        return {**made, "logprobs": self._probabilities(each.text, message)}

    def _reason(self, each: Choice) -> str:
        return "tool_calls" if self._calls else each.finish_reason

    def _probabilities(self, words: str, message: dict[str, Any]) -> dict[str, Any] | None:
        if not self._logprobs or "content" not in message:
            return None
        content = [
            {
                **_probability(piece),
                "top_logprobs": [
                    _probability(other)
                    for other in (piece, " sandbox", " canned", *map(str, range(20)))[: self._top]
                ],
            }
            for piece in tokens.pieces(words)
        ]
        return {"content": content, "refusal": None}

    def _usage(self) -> dict[str, Any]:
        prompt = self._conversation.tokens
        written = sum(each.tokens for each in self._choices)
        completion = written + self._thinking * len(self._choices)
        usage: dict[str, Any] = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }
        if not self._call.legacy:
            usage["prompt_tokens_details"] = {"cached_tokens": 0, "audio_tokens": 0}
            usage["completion_tokens_details"] = {
                "reasoning_tokens": self._thinking * len(self._choices),
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            }
        return usage


def _probability(piece: str) -> dict[str, Any]:
    return {
        "token": piece,
        "logprob": tokens.logprob(piece),
        "bytes": list(piece.encode("utf-8", "replace")),
    }


OPERATIONS = (
    Operation("POST", "/chat/completions", create, legacy=LEGACY, modern=MODERN, body=Body.JSON),
)
