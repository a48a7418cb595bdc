from datetime import date
from typing import Any

import pytest
from openai import NotFoundError, PermissionDeniedError

from tests.sandbox.openai.conftest import Running


async def listed(running: Running) -> set[str]:
    return {each.id for each in (await running.client.models.list()).data}


async def test_each_dialect_has_the_models_of_its_time(serve: Any) -> None:
    modern, legacy = await listed(await serve("modern")), await listed(await serve("legacy"))
    both = await listed(await serve("both"))

    assert {"gpt-6-luna", "gpt-image-2", "gpt-transcribe"} <= modern
    assert "gpt-3.5-turbo" not in modern
    assert {"gpt-3.5-turbo", "text-davinci-003", "curie", "text-davinci-edit-001"} <= legacy
    assert "gpt-4o" not in legacy
    assert modern | legacy < both


async def test_a_model_of_today_tells_when_it_ends(modern: Running) -> None:
    model = await modern.client.models.retrieve("gpt-5")
    lasting = await modern.client.models.retrieve("gpt-6-luna")

    assert date.fromisoformat(str(model.to_dict()["shutdown_date"])) == date(2026, 12, 11)
    assert lasting.to_dict()["shutdown_date"] is None


async def test_a_model_of_2023_has_permissions(legacy: Running) -> None:
    model = await legacy.client.models.retrieve("curie")

    extra = model.model_extra or {}
    assert extra["permission"][0]["allow_fine_tuning"] is True
    assert extra["root"] == "curie"


async def test_an_unknown_model_is_not_found_also_with_a_slash_in_its_name(
    modern: Running,
) -> None:
    for name in ("nobody", "some/body"):
        with pytest.raises(NotFoundError) as caught:
            await modern.client.models.retrieve(name)

        assert caught.value.code == "model_not_found"
        assert f"`{name}`" in str(caught.value)


async def test_only_own_models_can_be_deleted(modern: Running) -> None:
    with pytest.raises(PermissionDeniedError):
        await modern.client.models.delete("gpt-4o")

    assert "gpt-4o" in await listed(modern)
