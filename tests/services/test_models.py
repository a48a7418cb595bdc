from datetime import UTC, datetime

import pytest

from bot import tasks
from bot.domain.errors import UnreachableError
from bot.domain.models import ModelInfo
from bot.services.models import FRESH_S, Models
from sandbox.clock import HandClock
from tests.fakes import FakeModels

OLD = ModelInfo(id="alpha-1", created=datetime(2023, 1, 1, tzinfo=UTC))
NEW = ModelInfo(id="beta-2", created=datetime(2026, 1, 1, tzinfo=UTC))
UNDATED = ModelInfo(id="local-alpha")


async def settled(clock: HandClock) -> None:
    assert await tasks.drain(5, clock) == ()


async def test_models_are_listed_newest_first_and_those_without_a_date_last(
    clock: HandClock,
) -> None:
    models = Models(FakeModels(OLD, UNDATED, NEW), "beta-2", clock)

    assert await models.listed() == (NEW, OLD, UNDATED)
    assert await models.listed("ALPHA") == (OLD, UNDATED)


async def test_suggestions_come_from_memory_and_begin_with_the_default(clock: HandClock) -> None:
    source = FakeModels(OLD, UNDATED, NEW)
    models = Models(source, "my-default", clock)

    assert models.suggest("") == ("my-default",)
    await settled(clock)

    assert models.suggest("") == ("my-default", "beta-2", "alpha-1", "local-alpha")
    assert models.suggest("alpha") == ("alpha-1", "local-alpha")
    assert models.suggest("", limit=2) == ("my-default", "beta-2")
    assert source.asked == 1


async def test_an_old_list_is_fetched_anew_in_the_background(clock: HandClock) -> None:
    source = FakeModels(OLD)
    models = Models(source, "x", clock)
    models.suggest("")
    await settled(clock)
    source.models = (OLD, NEW)
    models.suggest("")
    await settled(clock)
    assert source.asked == 1

    await clock.advance(FRESH_S)
    models.suggest("")
    await settled(clock)

    assert models.suggest("beta") == ("beta-2",)


async def test_a_server_that_gives_no_list_leaves_suggestions_working(clock: HandClock) -> None:
    source = FakeModels(OLD)
    source.error = UnreachableError()
    models = Models(source, "x", clock)
    models.warm()
    await settled(clock)
    models.warm()
    await settled(clock)

    assert models.suggest("") == ("x",)
    assert source.asked == 1
    with pytest.raises(UnreachableError):
        await models.listed()
