"""Training data: one JSON object per line, checked as the endpoints check it."""

import json
from typing import Any

from sandbox.openai.params import as_list, as_object

MIN_EXAMPLES = 10  # for chat models, since 2023-08
_ROLES = {"system", "user", "assistant", "tool", "function", "developer"}


def problem(data: bytes) -> str | None:
    """Why this is not JSONL, in the upload's words; None when it is."""
    try:
        content = data.decode()
    except UnicodeDecodeError:
        return "Expected file to have JSONL format with UTF-8 encoding."
    lines = [(number, line) for number, line in enumerate(content.split("\n"), 1) if line.strip()]
    if not lines:
        return "Expected file to have JSONL format, but it is empty."
    for number, line in lines:
        try:
            parsed = json.loads(line)
        except (ValueError, RecursionError):
            parsed = None
        if as_object(parsed) is None:
            return (
                "Expected file to have JSONL format, where every line is a valid JSON dictionary."
                f' Line {number} is not a dictionary (HINT: line starts with: "{line[:20]}...").'
            )
    return None


def examples(data: bytes) -> list[dict[str, Any]]:
    """The objects of a file without a `problem`."""
    return [json.loads(line) for line in data.decode().split("\n") if line.strip()]


def chat_problem(lines: list[dict[str, Any]]) -> str | None:
    """Why these cannot train a chat model by examples."""
    for number, line in enumerate(lines, 1):
        messages = as_list(line.get("messages"))
        if not messages:
            return f"Line {number}: missing key 'messages'"
        roles = [(as_object(each) or {}).get("role") for each in messages]
        if any(role not in _ROLES for role in roles):
            return f"Line {number}: a message has an unknown role"
        if "assistant" not in roles:
            return f"Line {number}: there is no message of the assistant to learn from"
    if len(lines) < MIN_EXAMPLES:
        return _too_few(len(lines))
    return None


def preference_problem(lines: list[dict[str, Any]]) -> str | None:
    """Why these cannot train by preference (dpo)."""
    for number, line in enumerate(lines, 1):
        for key in ("input", "preferred_output", "non_preferred_output"):
            if key not in line:
                return f"Line {number}: missing key '{key}'"
    return None if len(lines) >= MIN_EXAMPLES else _too_few(len(lines))


def prompt_problem(lines: list[dict[str, Any]]) -> str | None:
    """Why these cannot train a model of 2023."""
    for number, line in enumerate(lines, 1):
        for key in ("prompt", "completion"):
            if not isinstance(line.get(key), str):
                return f"Line {number}: missing key '{key}' in a prompt-completion pair"
    return None


def _too_few(count: int) -> str:
    return f"Training file has {count} example(s), but must have at least {MIN_EXAMPLES} examples"
