"""POST /responses: the text half of it; tools are accepted and not called."""

from collections.abc import AsyncIterator
from typing import Any

from sandbox.openai import canned, generation, tokens
from sandbox.openai.call import Body, Call, Operation, new_id
from sandbox.openai.catalogue import Family, Model, Use
from sandbox.openai.chat_messages import check_document, check_picture
from sandbox.openai.errors import ApiError, context_too_long, unsupported_parameter
from sandbox.openai.generation import Choice
from sandbox.openai.params import (
    Params,
    anything,
    as_list,
    as_object,
    boolean,
    check_value,
    choice,
    integer,
    items,
    mapping,
    number,
    text,
)
from sandbox.openai.streams import Answer, Event, Events, Json

MODERN: Params = {
    "model": text(required=True),
    "input": anything(required=True),
    "background": boolean(),
    "context_management": items(),
    "conversation": anything(),
    "include": items(),
    "instructions": text(),
    "max_output_tokens": integer(16),
    "max_tool_calls": integer(1),
    "metadata": mapping(),
    "moderation": mapping(),
    "parallel_tool_calls": boolean(),
    "previous_response_id": text(),
    "prompt": mapping(),
    "prompt_cache_key": text(),
    "prompt_cache_options": mapping(),
    "prompt_cache_retention": choice("in_memory", "24h"),
    "reasoning": mapping(),
    "safety_identifier": text(0, 128),
    "service_tier": choice("auto", "default", "flex", "scale", "priority"),
    "store": boolean(),
    "stream": boolean(),
    "stream_options": mapping(),
    "temperature": number(0, 2),
    "text": mapping(),
    "tool_choice": anything(),
    "tools": items(),
    "top_logprobs": integer(0, 20),
    "top_p": number(0, 1),
    "truncation": choice("auto", "disabled"),
    "user": text(),
}
_ROLES = ("user", "assistant", "system", "developer")
_PARTS = ("input_text", "output_text", "input_image", "input_file", "refusal")
_THINKING = 64


async def create(call: Call) -> Answer:
    args = call.args
    model = call.state.catalogue.usable(args["model"], Use.CHAT)
    if args.get("previous_response_id"):
        previous = args["previous_response_id"]
        raise ApiError(
            f"Previous response with id '{previous}' not found.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
    if call.modern and model.family is Family.REASONING:
        for name in ("temperature", "top_p"):
            if args.get(name, 1) != 1 and _effort(args) != "none":
                raise unsupported_parameter(name)
    question, size = _read(args["input"])
    size += tokens.count(args.get("instructions", ""))
    limit = args.get("max_output_tokens")
    if size + (limit or 0) > model.context:
        raise context_too_long(model.context, size, limit or 0, param="input")
    thinking = _THINKING if model.family is Family.REASONING and _effort(args) != "none" else 0
    made = generation.choices(
        call.state.answers,
        lambda each: canned.answer(question, number=each),
        max_tokens=None if limit is None else max(0, limit - thinking),
    )[0]
    answer = _Response(call, model, made, size, thinking)
    if args.get("stream"):
        return Events(answer.stream(), done=False)
    return Json(answer.ended())


def _effort(args: dict[str, Any]) -> str:
    return str((as_object(args.get("reasoning")) or {}).get("effort", "medium"))


def _read(value: Any) -> tuple[str, int]:
    """The last thing the user wrote, and the size of all in tokens."""
    if isinstance(value, str):
        return value, tokens.count(value) + tokens.MESSAGE_OVERHEAD
    question, size = "", 0
    for at, raw in enumerate(as_list(value) or []):
        item = as_object(raw) or {}
        if item.get("type", "message") != "message":
            size += tokens.count(str(item))
            continue
        check_value(f"input[{at}].role", item.get("role", ""), choice(*_ROLES))
        words, extra = _content(item.get("content"), f"input[{at}].content")
        size += tokens.count(words) + extra + tokens.MESSAGE_OVERHEAD
        if item["role"] == "user":
            question = words
    if not size:
        raise ApiError(
            "Invalid type for 'input': expected a string or a non-empty array of input items.",
            param="input",
            code="invalid_type",
        )
    return question, size


def _content(value: Any, place: str) -> tuple[str, int]:
    """Its text, and the tokens of what is no text."""
    if isinstance(value, str):
        return value, 0
    words: list[str] = []
    extra = 0
    for at, raw in enumerate(as_list(value) or []):
        part = as_object(raw) or {}
        check_value(f"{place}[{at}].type", part.get("type", ""), choice(*_PARTS))
        if part["type"] == "input_image":
            if "file_id" not in part:
                check_picture(part.get("image_url"), f"{place}[{at}].image_url")
            extra += tokens.PICTURE_TOKENS
        elif part["type"] == "input_file":
            check_document(part, f"{place}[{at}]")
            extra += 500
        else:
            words.append(str(part.get("text", "")))
    return " ".join(words), extra


class _Response:
    """One answer: as an object at its stages, and as the events that lead there."""

    def __init__(self, call: Call, model: Model, made: Choice, size: int, thinking: int) -> None:
        self._call = call
        self._model = model
        self._made = made
        self._size = size
        self._thinking = thinking
        self._created = call.state.now()
        self._id = new_id("resp_")
        self._item_id = new_id("msg_")
        self._cut = made.finish_reason == "length"

    def ended(self) -> dict[str, Any]:
        written = self._made.tokens + self._thinking
        return {
            **self._object("incomplete" if self._cut else "completed"),
            "completed_at": None if self._cut else self._call.state.now(),
            "incomplete_details": {"reason": "max_output_tokens"} if self._cut else None,
            "output": [self._item(self._made.text, "incomplete" if self._cut else "completed")],
            "usage": {
                "input_tokens": self._size,
                "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                "output_tokens": written,
                "output_tokens_details": {"reasoning_tokens": self._thinking},
                "total_tokens": self._size + written,
            },
        }

    async def stream(self) -> AsyncIterator[Event]:
        number = 0
        for kind, data in self._events():
            yield Event({"type": kind, **data, "sequence_number": number}, name=kind)
            number += 1
        kind = "response.incomplete" if self._cut else "response.completed"
        data = {"type": kind, "response": self.ended(), "sequence_number": number}
        yield Event(data, name=kind)

    def _events(self) -> list[tuple[str, dict[str, Any]]]:
        begun = self._object("in_progress")
        place = {"item_id": self._item_id, "output_index": 0, "content_index": 0}
        whole = self._made.text
        done = self._item(whole, "incomplete" if self._cut else "completed")
        opened: dict[str, Any] = {**self._item("", "in_progress"), "content": []}
        deltas: list[tuple[str, dict[str, Any]]] = [
            ("response.output_text.delta", {**place, "delta": each, "logprobs": []})
            for each in self._made.deltas
        ]
        return [
            ("response.created", {"response": begun}),
            ("response.in_progress", {"response": begun}),
            ("response.output_item.added", {"output_index": 0, "item": opened}),
            ("response.content_part.added", {**place, "part": _part("")}),
            *deltas,
            ("response.output_text.done", {**place, "text": whole, "logprobs": []}),
            ("response.content_part.done", {**place, "part": _part(whole)}),
            ("response.output_item.done", {"output_index": 0, "item": done}),
        ]

    def _object(self, status: str) -> dict[str, Any]:
        args = self._call.args
        return {
            "id": self._id,
            "object": "response",
            "created_at": self._created,
            "status": status,
            "background": False,
            "completed_at": None,
            "error": None,
            "incomplete_details": None,
            "instructions": args.get("instructions"),
            "max_output_tokens": args.get("max_output_tokens"),
            "max_tool_calls": args.get("max_tool_calls"),
            "model": self._model.id,
            "output": [],
            "parallel_tool_calls": args.get("parallel_tool_calls", True),
            "previous_response_id": None,
            "reasoning": {"effort": None, "summary": None},
            "safety_identifier": args.get("safety_identifier"),
            "service_tier": "default",
            "store": args.get("store", True),
            "temperature": args.get("temperature", 1.0),
            "text": args.get("text", {"format": {"type": "text"}}),
            "tool_choice": args.get("tool_choice", "auto"),
            "tools": args.get("tools", []),
            "top_p": args.get("top_p", 1.0),
            "truncation": args.get("truncation", "disabled"),
            "metadata": args.get("metadata", {}),
            **({"user": args["user"]} if "user" in args else {}),
        }

    def _item(self, words: str, status: str) -> dict[str, Any]:
        return {
            "id": self._item_id,
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": [_part(words)],
        }


def _part(words: str) -> dict[str, Any]:
    return {"type": "output_text", "text": words, "annotations": [], "logprobs": []}


OPERATIONS = (Operation("POST", "/responses", create, legacy=None, modern=MODERN, body=Body.JSON),)
