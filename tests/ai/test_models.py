from datetime import UTC, date, datetime

import pytest

from bot.ai.models import MAX_PAGES, OpenAIModels
from bot.domain.errors import (
    BadAnswerError,
    Damage,
    EndpointMissingError,
    KeyRejectedError,
    ModelNotFoundError,
)
from bot.domain.models import ModelInfo
from tests.ai.raw import RawServer


async def test_a_list_of_today_is_told_with_its_dates(raw: RawServer, models: OpenAIModels) -> None:
    item = {"id": "gpt-4o", "object": "model", "created": 1715367049, "owned_by": "system"}
    raw.answers({"object": "list", "data": [{**item, "shutdown_date": "2027-01-14"}]})

    [model] = await models.list()

    assert model == ModelInfo(
        id="gpt-4o",
        owned_by="system",
        created=datetime(2024, 5, 10, 18, 50, 49, tzinfo=UTC),
        shutdown_date=date(2027, 1, 14),
    )


@pytest.mark.parametrize(
    "answer",
    [
        {"object": "list", "data": [{"id": "a", "permission": [], "root": "a", "parent": None}]},
        {"data": [{"id": "a", "created": 0, "owned_by": "", "shutdown_date": "soon"}]},
        {"data": [{"id": "a", "created": 10**30, "shutdown_date": None}, {"id": 7}, None]},
        {"models": [{"name": "a"}]},
        [{"id": "a", "created": "long ago"}],
        ["a"],
    ],
)
async def test_lists_of_all_kinds_of_servers_are_read(
    raw: RawServer, models: OpenAIModels, answer: object
) -> None:
    raw.answers(answer)

    assert await models.list() == (ModelInfo(id="a"),)


async def test_a_server_without_models_has_an_empty_list(
    raw: RawServer, models: OpenAIModels
) -> None:
    raw.answers({"object": "list", "data": None})

    assert await models.list() == ()


async def test_pages_are_followed_while_they_bring_something_new(
    raw: RawServer, models: OpenAIModels
) -> None:
    raw.answers({"data": [{"id": "a"}], "has_more": True})
    raw.answers({"data": [{"id": "b"}], "has_more": False})

    assert [model.id for model in await models.list()] == ["a", "b"]
    assert [request.path for request in raw.requests] == ["/v1/models", "/v1/models?after=a"]


async def test_a_server_that_always_says_more_does_not_catch_us(
    raw: RawServer, models: OpenAIModels
) -> None:
    raw.answers({"data": [{"id": "a"}], "has_more": True})

    assert [model.id for model in await models.list()] == ["a"]
    assert len(raw.requests) == 2 < MAX_PAGES


@pytest.mark.parametrize(
    ("body", "damage"),
    [(b"<html></html>", Damage.NOT_JSON), (b"{}", Damage.WRONG_SHAPE), (b"7", Damage.WRONG_SHAPE)],
)
async def test_what_is_no_list_is_a_bad_answer(
    raw: RawServer, models: OpenAIModels, body: bytes, damage: Damage
) -> None:
    raw.answers(body)

    with pytest.raises(BadAnswerError) as error:
        await models.list()

    assert error.value.damage is damage


async def test_an_error_object_with_status_200_is_the_error_it_says(
    raw: RawServer, models: OpenAIModels
) -> None:
    raw.answers({"error": {"message": "no", "code": "invalid_api_key"}})

    with pytest.raises(KeyRejectedError):
        await models.list()


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gpt-4o", "/v1/models/gpt-4o"),
        ("ft:gpt-4o:org::1", "/v1/models/ft:gpt-4o:org::1"),
        ("meta/llama 3?#", "/v1/models/meta%2Fllama%203%3F%23"),
    ],
)
async def test_a_model_of_any_name_is_asked_for_by_its_own_path(
    raw: RawServer, models: OpenAIModels, model: str, path: str
) -> None:
    raw.answers({"id": model, "object": "model"})

    assert await models.get(model) == ModelInfo(id=model)
    assert raw.requests[0].path == path


@pytest.mark.parametrize("model", ["", " ", ".", ".."])
async def test_a_name_that_would_be_another_path_is_not_asked_for(
    raw: RawServer, models: OpenAIModels, model: str
) -> None:
    with pytest.raises(ModelNotFoundError):
        await models.get(model)

    assert raw.requests == []


async def test_a_model_that_is_not_there_is_not_found(raw: RawServer, models: OpenAIModels) -> None:
    raw.answers({"error": {"message": "The model 'x' does not exist"}}, 404)

    with pytest.raises(ModelNotFoundError) as error:
        await models.get("x")

    assert error.value.model == "x"


async def test_a_server_without_the_single_route_is_asked_for_its_list(
    raw: RawServer, models: OpenAIModels
) -> None:
    raw.answers({"detail": "Not Found"}, 404)
    raw.answers({"data": [{"id": "there"}]})

    assert await models.get("there") == ModelInfo(id="there")


async def test_a_model_in_neither_place_is_not_found(raw: RawServer, models: OpenAIModels) -> None:
    raw.answers(b"", 404)
    raw.answers({"data": [{"id": "there"}]})

    with pytest.raises(ModelNotFoundError):
        await models.get("not-there")


async def test_a_server_without_any_list_says_so(raw: RawServer, models: OpenAIModels) -> None:
    raw.answers(b"404 page not found", 404)

    with pytest.raises(EndpointMissingError):
        await models.list()
