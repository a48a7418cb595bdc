"""Errors of one family and what is said about them."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from bot.texts import Texts

Sentence = Callable[[Any, Texts], str]
Failure = TypeVar("Failure", bound=Exception)


class Sentences(dict[type[Exception], Sentence]):
    """By kind of error; `plain` are those that carry no facts."""

    def __init__(self, plain: Mapping[type[Exception], str] | None = None) -> None:
        super().__init__({kind: _always(words) for kind, words in (plain or {}).items()})

    def says(
        self, kind: type[Failure]
    ) -> Callable[[Callable[[Failure, Texts], str]], Callable[[Failure, Texts], str]]:
        """Register the sentence of one kind of error."""

        def register(sentence: Callable[[Failure, Texts], str]) -> Callable[[Failure, Texts], str]:
            self[kind] = sentence
            return sentence

        return register


def _always(words: str) -> Sentence:
    return lambda _, texts: texts(words)
