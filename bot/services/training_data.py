"""Training data: one JSON object a line, checked line by line before anybody pays for it.

Forms: OpenAI API reference, fine-tuning; legacy fine-tunes guide of 2023 (prompt and completion).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

import orjson

from bot.ai.tokens import MESSAGE_TOKENS, text_tokens
from bot.domain.errors import LineFault, TrainingDataError

FEWEST = 10
"""Examples that a job wants at least; OpenAI's limit for chat models."""

SHOWN = 10
"""Lines that are named one by one."""

ROLES = frozenset({"system", "user", "assistant", "tool", "function", "developer"})


class Form(StrEnum):
    """What a line looks like."""

    CHAT = "messages"
    PROMPT = "prompt, completion"  # of 2023
    PREFERENCE = "preference"  # for dpo
    GRADED = "messages, with what they are graded by"  # for reinforcement
    OTHER = "other"  # JSONL of another purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """What a file holds. `tokens` is an estimate from above, for one epoch."""

    form: Form
    count: int
    tokens: int


def checked(filename: str, lines: Iterable[bytes], *, fewest: int = 0) -> Examples:
    """All lines of a file, which may be read piece by piece.

    fewest  examples that there have to be

    Raises:
        TrainingDataError: lines that can't be used, with their numbers.
    """
    wrong: list[tuple[int, LineFault]] = []
    count = tokens = faults = 0
    form: Form | None = None
    for number, line in _numbered(lines):
        found, fault, weight = _looked_at(line)
        if form is not None and {form, found} == {Form.CHAT, Form.GRADED}:
            form = found = Form.GRADED  # some ask after an answer of the assistant's
        if fault is None and form is not None and found is not form:
            fault = LineFault.MIXED
        if fault is not None:
            faults += 1
            if len(wrong) < SHOWN:
                wrong.append((number, fault))
            continue
        form = form or found
        count += 1
        tokens += weight
    if faults:
        raise TrainingDataError(filename, tuple(wrong), faults - len(wrong))
    if form is None:
        raise TrainingDataError(filename, ((0, LineFault.EMPTY),))
    if count < fewest:
        raise TrainingDataError(filename, ((count, LineFault.TOO_FEW),))
    return Examples(form=form, count=count, tokens=tokens)


def is_jsonl(filename: str, lines: Iterable[bytes]) -> None:
    """Only whether every line is an object, as for batches and evaluations.

    Raises:
        TrainingDataError: lines that are none.
    """
    wrong: list[tuple[int, LineFault]] = []
    count = 0
    for number, line in _numbered(lines):
        count += 1
        parsed = _parsed(line)
        if isinstance(parsed, LineFault):
            wrong.append((number, parsed))
    if wrong:
        more = max(0, len(wrong) - SHOWN)
        raise TrainingDataError(filename, tuple(wrong[:SHOWN]), more)
    if not count:
        raise TrainingDataError(filename, ((0, LineFault.EMPTY),))


def as_chat(lines: Iterable[bytes]) -> Iterator[bytes]:
    """{prompt, completion} lines as today's endpoint takes them; they were `checked` before."""
    for _, line in _numbered(lines):
        fields = orjson.loads(line)
        messages = [
            {"role": "user", "content": fields["prompt"]},
            {"role": "assistant", "content": fields["completion"]},
        ]
        yield orjson.dumps({"messages": messages}) + b"\n"


def _numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines with something in them; the mark that some editors begin a file with is none."""
    for number, line in enumerate(lines, 1):
        text = (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip()
        if text:
            yield number, text


def _parsed(line: bytes) -> Mapping[str, Any] | LineFault:
    try:
        parsed: object = orjson.loads(line)
    except orjson.JSONDecodeError:
        try:
            line.decode()
        except UnicodeDecodeError:
            return LineFault.NOT_UTF8
        return LineFault.NOT_JSON
    if not isinstance(parsed, dict):
        return LineFault.NOT_AN_OBJECT
    return cast("dict[str, Any]", parsed)


def _looked_at(line: bytes) -> tuple[Form, LineFault | None, int]:
    """Its form, what is wrong with it, and its tokens."""
    parsed = _parsed(line)
    if isinstance(parsed, LineFault):
        return Form.OTHER, parsed, 0
    for form, names, read in _FORMS:
        if form is Form.GRADED and not _is_graded(parsed):
            continue
        if names <= parsed.keys():
            fault, tokens = read(parsed)
            return form, fault, tokens
    return Form.OTHER, LineFault.UNKNOWN_FORM, 0


def _is_graded(fields: Mapping[str, Any]) -> bool:
    """Nothing is answered, and there is something that an answer can be compared with."""
    messages: object = fields.get("messages")
    if fields.keys() <= _OF_CHAT or not isinstance(messages, list):
        return False
    return not any(
        isinstance(each, dict) and cast("dict[str, Any]", each).get("role") == "assistant"
        for each in cast("list[object]", messages)
    )


def _graded(fields: Mapping[str, Any]) -> tuple[LineFault | None, int]:
    return _messages(fields["messages"])


def _chat(fields: Mapping[str, Any]) -> tuple[LineFault | None, int]:
    fault, tokens = _messages(fields["messages"])
    if fault is None and "assistant" not in [each["role"] for each in fields["messages"]]:
        return LineFault.NO_ANSWER, 0
    return fault, tokens


def _prompt(fields: Mapping[str, Any]) -> tuple[LineFault | None, int]:
    prompt, completion = fields["prompt"], fields["completion"]
    if not isinstance(prompt, str) or not isinstance(completion, str):
        return LineFault.NOT_TEXT, 0
    if not completion.strip():
        return LineFault.NO_ANSWER, 0
    return None, text_tokens(prompt) + text_tokens(completion)


def _preference(fields: Mapping[str, Any]) -> tuple[LineFault | None, int]:
    asked: object = fields["input"]
    messages = cast("dict[str, Any]", asked).get("messages") if isinstance(asked, dict) else None
    total = 0
    for each in (messages, fields["preferred_output"], fields["non_preferred_output"]):
        fault, tokens = _messages(each)
        if fault is not None:
            return fault, 0
        total += tokens
    return None, total


def _messages(value: object) -> tuple[LineFault | None, int]:
    if not isinstance(value, list) or not value:
        return LineFault.NO_MESSAGES, 0
    tokens = 0
    for message in cast("Sequence[object]", value):
        if not isinstance(message, dict):
            return LineFault.BAD_MESSAGE, 0
        fields = cast("dict[str, Any]", message)
        if fields.get("role") not in ROLES:
            return LineFault.BAD_ROLE, 0
        content = fields.get("content")
        if isinstance(content, str):
            tokens += text_tokens(content)
        elif isinstance(content, list):
            tokens += text_tokens(orjson.dumps(content).decode())
        elif not (fields.get("tool_calls") or fields.get("function_call")):
            return LineFault.BAD_MESSAGE, 0
        tokens += MESSAGE_TOKENS
    return None, tokens


_OF_CHAT = frozenset({"messages", "tools", "functions", "parallel_tool_calls"})
"""What lines may hold that are learnt from as they are: OpenAI API reference, fine-tuning."""

_Reader = Callable[[Mapping[str, Any]], tuple[LineFault | None, int]]
_FORMS: tuple[tuple[Form, frozenset[str], _Reader], ...] = (
    (Form.GRADED, frozenset({"messages"}), _graded),
    (Form.CHAT, frozenset({"messages"}), _chat),
    (Form.PROMPT, frozenset({"prompt", "completion"}), _prompt),
    (
        Form.PREFERENCE,
        frozenset({"input", "preferred_output", "non_preferred_output"}),
        _preference,
    ),
)
