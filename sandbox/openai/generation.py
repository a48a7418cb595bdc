"""Texts that were asked for, cut where the request says: what chat, completions and edits share."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.openai import tokens
from sandbox.openai.answers import Answers, Script
from sandbox.openai.errors import ApiError
from sandbox.openai.params import Kind, Param, as_list, check_value, named

MAX_STOPS = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """One text; its deltas join to it."""

    index: int
    text: str
    deltas: tuple[str, ...]
    finish_reason: str

    @property
    def tokens(self) -> int:
        return tokens.count(self.text)


def choices(
    answers: Answers,
    canned: Callable[[int], str],
    *,
    n: int = 1,
    stop: Sequence[str] = (),
    max_tokens: int | None = None,
) -> list[Choice]:
    """n texts: the scripted one for each, or `canned(number)`, counted from 1."""
    script = answers.take()
    made: list[Choice] = []
    for index in range(n):
        each = script or Script(canned(index + 1))
        text, reason = cut(each.text, stop, max_tokens)
        made.append(Choice(index, text, tuple(_head(answers.deltas(each), len(text))), reason))
    return made


def cut(text: str, stop: Sequence[str], max_tokens: int | None) -> tuple[str, str]:
    """The text up to the first stop text (not included) or the last token, and why it ends."""
    found = [at for each in stop if each and (at := text.find(each)) >= 0]
    if found:
        text = text[: min(found)]
    if max_tokens is not None:
        short = tokens.head(text, max_tokens)
        if len(short) < len(text):
            return short, "length"
    return text, "stop"


def stop_texts(value: Any) -> list[str]:
    """What `stop` names, once it was checked."""
    return [value] if isinstance(value, str) else [str(each) for each in as_list(value) or []]


def check_stop(value: Any, *, legacy: bool) -> None:
    """Raises ApiError 400 for what is neither a text nor a list of up to four."""
    texts = as_list(value)
    if value is None or isinstance(value, str):
        return
    if texts is None:
        raise _wrong_stop(value, legacy=legacy)
    if len(texts) > MAX_STOPS:
        if legacy:
            raise ApiError(f"{value!r} is too long - 'stop'")
        raise ApiError(
            f"Invalid 'stop': array too long. Expected an array with maximum length {MAX_STOPS},"
            f" but got an array with length {len(texts)} instead.",
            param="stop",
            code="array_above_max_length",
        )
    for index, each in enumerate(texts):
        if not isinstance(each, str):
            if legacy:
                raise _wrong_stop(value, legacy=legacy)
            check_value(f"stop[{index}]", each, Param(Kind.TEXT))


def _wrong_stop(value: Any, *, legacy: bool) -> ApiError:
    if legacy:
        return ApiError(f"{value!r} is not valid under any of the given schemas - 'stop'")
    return ApiError(
        "Invalid type for 'stop': expected one of a string or array of strings, but got"
        f" {named(value)} instead.",
        param="stop",
        code="invalid_type",
    )


def _head(deltas: list[str], characters: int) -> Iterator[str]:
    left = characters
    for delta in deltas:
        if left <= 0:
            return
        yield delta[:left]
        left -= len(delta)
