import inspect
from dataclasses import fields, is_dataclass

import pytest

from bot.cli._words import explain, has_words
from bot.domain import errors

LEAVES = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.UpstreamError | errors.StorageError)
]


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
def test_every_error_of_a_part_has_words_for_the_operator(kind: type[Exception]) -> None:
    given = {field.name: f"<{field.name}>" for field in fields(kind)} if is_dataclass(kind) else {}

    error = kind(**given)

    assert has_words(error)
    assert explain(error).endswith(".")
    assert "\n" not in explain(error)


def test_an_unplanned_error_has_none() -> None:
    assert not has_words(KeyError("x"))
