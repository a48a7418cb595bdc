import io
from pathlib import Path

import pytest
from rich.console import Console

from bot.cli._check import check
from bot.domain.clock import SystemClock
from bot.settings import Settings
from storage.database import Database
from tests.cli.conftest import ALL_GRANTED, World


async def checked(settings: Settings) -> tuple[bool, list[str]]:
    """Whether all was well, and the lines that were printed."""
    output = io.StringIO()
    well = await check(settings, Console(file=output, width=500))
    return well, [" ".join(line.split()) for line in output.getvalue().splitlines()]


async def test_all_is_well_and_each_part_says_so(world: World, settings: Settings) -> None:
    well, lines = await checked(settings)

    assert well
    assert {line.split()[0] for line in lines} == {"ok"}
    assert "ok token Switchboard (7)" in lines
    assert "ok intents message content is granted" in lines
    assert "ok gateway 2 shards, 1000 starts left today" in lines
    assert "ok servers 1, 1 with all permissions" in lines
    assert "ok database opened, schema up to date, written" in lines
    assert "ok chat model gpt-6-luna" in lines
    assert world.tokens == {"Bot a-token"}


async def test_budgets_are_told_and_models_that_they_cannot_hold(
    settings: Settings, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.json"
    prices.write_text('{"llama": {"input": 0.1}}')
    changes = {"budget_user_day": 1.5, "prices_file": prices, "chat_model": "unheard-of"}

    _, lines = await checked(settings.model_copy(update=changes))

    assert "ok budgets 1.50 USD a day for each person" in lines
    assert f"ok prices 1 models in {prices}" in lines
    assert [
        line
        for line in lines
        if line.startswith("note prices not known of unheard-of: they are refused")
    ]


async def test_prices_that_cannot_be_read_are_said_and_the_rest_is_tried(
    settings: Settings, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.json"
    prices.write_text('{"llama": {"inptu": 0.1}}')

    well, lines = await checked(settings.model_copy(update={"prices_file": prices}))

    assert not well
    assert [line for line in lines if "llama: inptu is none of" in line]
    assert "ok chat model gpt-6-luna" in lines


async def test_a_refused_token_is_one_line_and_the_other_parts_are_tried(
    world: World, settings: Settings
) -> None:
    world.broken["/api/v10/users/@me"] = (401, '{"message": "401: Unauthorized", "code": 0}')

    well, lines = await checked(settings)

    assert not well
    (line,) = [line for line in lines if line.startswith("fix")]
    assert line.startswith("fix discord failed: Discord refused DISCORD_TOKEN. Reset it at https")
    assert "ok chat model gpt-6-luna" in lines


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (500, '{"message": "broken", "code": 0}', "Discord answered 500: broken"),
        (200, "<html>hello</html>", "is DISCORD_API_URL right?"),
    ],
)
async def test_a_discord_that_is_none_is_told(
    world: World, settings: Settings, status: int, body: str, words: str
) -> None:
    world.broken["/api/v10/users/@me"] = (status, body)

    well, lines = await checked(settings)

    assert not well
    assert [line for line in lines if words in line and line.startswith("fix discord")]


async def test_a_missing_intent_is_said_and_not_fatal(world: World, settings: Settings) -> None:
    world.flags = 0

    well, lines = await checked(settings)

    assert well
    (line,) = [line for line in lines if line.startswith("note")]
    assert "intents message content is not granted: only mentions" in line


async def test_missing_permissions_are_named_server_by_server(
    world: World, settings: Settings
) -> None:
    world.guilds = [
        {"id": "1", "name": "Harbour", "permissions": ALL_GRANTED},
        {"id": "2", "name": "Cellar", "permissions": str(int(ALL_GRANTED) & ~(1 << 11))},
        {"id": "3", "name": "Attic", "permissions": str(1 << 3)},
    ]

    well, lines = await checked(settings)

    assert well
    (line,) = [line for line in lines if line.startswith("note")]
    assert line.startswith("note servers Cellar lacks: send messages: grant it, or invite")
    assert "ok servers 3, 2 with all permissions" in lines


async def test_a_bot_in_no_server_gets_its_invite_link(world: World, settings: Settings) -> None:
    world.guilds = []

    _, lines = await checked(settings)

    (line,) = [line for line in lines if "invite" in line]
    assert "https://discord.com/oauth2/authorize?client_id=77&scope=bot+" in line
    assert f"permissions={ALL_GRANTED}" in line


async def test_too_few_starts_left_is_told(world: World, settings: Settings) -> None:
    world.starts_left = 1

    well, lines = await checked(settings)

    assert not well
    assert [line for line in lines if line.startswith("fix gateway 2 shards, 1 starts left")]


async def test_a_chat_model_that_is_not_there_is_told_with_those_that_are(
    world: World, settings: Settings
) -> None:
    world.models = [f"model-{n}" for n in range(7)]

    well, lines = await checked(settings)

    assert not well
    assert (
        "fix chat model gpt-6-luna is not there: set CHAT_MODEL to one of "
        "model-0, model-1, model-2, model-3, model-4, ..."
    ) in lines


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, '{"error": {"message": "no", "code": "invalid_api_key"}}', "refused OPENAI_API_KEY"),
        (403, '{"error": {"message": "not here"}}', "not here"),
        (200, "<html>hello</html>", "It ends in /v1 mostly"),
    ],
)
async def test_an_api_that_refuses_is_told(
    world: World, settings: Settings, status: int, body: str, words: str
) -> None:
    world.broken["/v1/models"] = (status, body)

    well, lines = await checked(settings)

    assert not well
    (line,) = [line for line in lines if line.startswith("fix")]
    assert line.startswith("fix api failed")
    assert words in line


async def test_an_api_without_a_list_of_models_is_no_failure(
    world: World, settings: Settings
) -> None:
    world.broken["/v1/models"] = (404, '{"detail": "Not Found"}')

    well, lines = await checked(settings)

    assert well
    assert [line for line in lines if line.startswith("note api answers, but lists no models")]


async def test_a_database_in_use_by_a_running_bot_is_well(settings: Settings) -> None:
    async with Database.open(settings.database_url, clock=SystemClock()):
        well, lines = await checked(settings)

    assert well
    assert "ok database in use by a bot that is running" in lines


async def test_a_database_that_is_none_is_told(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "letter.db"
    file.write_bytes(b"Dear Sir or Madam, " * 500)
    other = settings.model_copy(update={"database_url": f"sqlite+aiosqlite:///{file}"})

    well, lines = await checked(other)

    assert not well
    assert [line for line in lines if line.startswith("fix database failed: The database")]


async def test_what_the_server_offers_is_asked_for_without_making_anything(
    world: World, settings: Settings
) -> None:
    world.broken["/v1/edits"] = (500, "broken")

    well, lines = await checked(settings)

    assert well
    assert "ok offers /models, /chat/completions" in lines
    assert "ok unknown /edits" in lines
    (lacks,) = [line for line in lines if line.startswith("ok lacks")]
    assert "/fine_tuning/jobs, /fine-tunes" in lacks
    posted = [body for method, path, body in world.asked if method == "POST" and "/v1/" in path]
    assert posted
    assert set(posted) == {b"{}"}


async def test_a_dialect_that_is_set_is_not_asked_about(world: World, settings: Settings) -> None:
    forced = settings.model_copy(update={"openai_dialect": "legacy"})

    _, lines = await checked(forced)

    (offers,) = [line for line in lines if line.startswith("ok offers")]
    assert "/edits" in offers
    assert "/v1/edits" not in [path for _, path, _ in world.asked]


async def test_a_default_model_that_is_not_there_is_told(world: World, settings: Settings) -> None:
    world.models.remove("gpt-image-2")

    well, lines = await checked(settings)

    assert well
    assert (
        "note image gpt-image-2 is not there: set IMAGE_MODEL to a model that is, if you want that"
    ) in lines
