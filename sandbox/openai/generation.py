"""Texts that were asked for, cut where the request says: what chat, completions and edits share."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.openai import tokens
from sandbox.openai.answers import Answers, Script
from sandbox.openai.params import as_list


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
    return [value] if isinstance(value, str) else [str(each) for each in as_list(value) or []]


def _head(deltas: list[str], characters: int) -> Iterator[str]:
    left = characters
    for delta in deltas:
        if left <= 0:
            return
        yield delta[:left]
        left -= len(delta)
