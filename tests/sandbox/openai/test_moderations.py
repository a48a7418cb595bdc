from typing import Any

import pytest
from openai import BadRequestError

from tests.sandbox.openai.conftest import Running


@pytest.mark.parametrize("dialect", ["modern", "legacy", "both"])
async def test_a_text_is_flagged_for_what_it_names(serve: Any, dialect: str) -> None:
    running: Running = await serve(dialect)

    answer = await running.client.moderations.create(
        input=["a walk in the park", "a film about violence"]
    )

    harmless, film = answer.results
    assert not harmless.flagged
    assert film.flagged
    assert film.categories.violence
    assert not film.categories.hate
    assert film.category_scores.violence > 0.9


async def test_2023_knows_seven_categories(legacy: Running) -> None:
    answer: Any = await legacy.client.post(
        "/moderations", cast_to=object, body={"input": "harassment"}
    )

    assert len(answer["results"][0]["categories"]) == 7
    assert not answer["results"][0]["flagged"]


async def test_a_picture_can_be_moderated_with_its_text(modern: Running) -> None:
    answer = await modern.client.moderations.create(
        input=[
            {"type": "text", "text": "illicit"},
            {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        ]
    )

    assert answer.results[0].categories.illicit
    assert answer.results[0].category_applied_input_types.violence == ["text", "image"]


@pytest.mark.parametrize("wrong", [None, 5, [], [{"type": "sound"}]])
async def test_what_cannot_be_moderated_is_refused(modern: Running, wrong: Any) -> None:
    with pytest.raises(BadRequestError):
        await modern.client.post("/moderations", cast_to=object, body={"input": wrong})
