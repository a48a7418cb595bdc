"""Registering commands over REST: what is kept, what is refused and with which words."""

from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

from sandbox.clock import HandClock
from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Rest

Json = dict[str, Any]
OPTION: Json = {"type": 3, "name": "text", "description": "Text"}


@pytest.fixture
async def rest(sandbox: Sandbox) -> AsyncGenerator[Rest, None]:
    async with aiohttp.ClientSession() as http:
        yield Rest(http, sandbox.discord_api_url, sandbox.discord_token)


@pytest.fixture
def path(sandbox: Sandbox) -> str:
    return f"/applications/{sandbox.discord.application.id}/commands"


@pytest.fixture
def in_guild(sandbox: Sandbox) -> str:
    guild = sandbox.discord.world.guild_named("Switchyard").id
    return f"/applications/{sandbox.discord.application.id}/guilds/{guild}/commands"


def command(name: str = "ask", **more: Any) -> Json:
    return {"name": name, "description": "Asks", **more}


async def test_the_same_name_again_overwrites_and_keeps_its_id(rest: Rest, path: str) -> None:
    first = await rest("POST", path, command())
    second = await rest("POST", path, command(description="Asks more"))

    assert (first.status, second.status) == (201, 200)
    assert second.body["id"] == first.body["id"]
    assert second.body["version"] != first.body["version"]
    assert [one["description"] for one in (await rest("GET", path)).body] == ["Asks more"]


async def test_a_list_replaces_everything_of_its_scope_alone(
    rest: Rest, path: str, in_guild: str
) -> None:
    await rest("POST", in_guild, command("here"))
    kept = (await rest("PUT", path, [command("a"), command("b")])).body[1]

    replaced = await rest("PUT", path, [command("b"), command("c")])

    assert [one["name"] for one in replaced.body] == ["b", "c"]
    assert replaced.body[0] == kept
    assert [one["name"] for one in (await rest("GET", in_guild)).body] == ["here"]


async def test_translations_are_shown_when_asked_for(rest: Rest, path: str) -> None:
    await rest("POST", path, command(name_localizations={"de": "fragen"}))

    whole = await rest("GET", path, params={"with_localizations": "true"})
    short = await rest("GET", path)

    assert whole.body[0]["name_localizations"] == {"de": "fragen"}
    assert "name_localizations" not in short.body[0]


async def test_one_is_read_changed_and_deleted(rest: Rest, path: str) -> None:
    one = f"{path}/{(await rest('POST', path, command())).body['id']}"

    changed = await rest("PATCH", one, {"options": [OPTION], "default_member_permissions": "8"})
    read = await rest("GET", one)
    deleted = await rest("DELETE", one)
    gone = await rest("GET", one)

    assert changed.body["options"] == [OPTION]
    assert read.body == changed.body
    assert deleted.status == 204
    assert (gone.status, gone.code) == (404, 10063)


async def test_a_hundred_fifteen_and_fifteen_are_the_most(rest: Rest, path: str) -> None:
    slash = [command(f"c{number}") for number in range(100)]
    menus = [{"type": kind, "name": f"M {n}"} for kind in (2, 3) for n in range(15)]
    assert (await rest("PUT", path, slash + menus)).status == 200

    for one in (command("more"), {"type": 2, "name": "More"}, {"type": 3, "name": "More"}):
        assert (await rest("POST", path, one)).code == 30032


async def test_two_hundred_new_ones_a_day(rest: Rest, path: str, clock: HandClock) -> None:
    for start in (0, 100):
        many = [command(f"c{number}") for number in range(start, start + 100)]
        assert (await rest("PUT", path, many)).status == 200

    late = await rest("PUT", path, [command("late")])
    known = await rest("PUT", path, [command("c100")])
    await clock.advance(24 * 3600)
    next_day = await rest("PUT", path, [command("late")])

    assert (late.status, late.code) == (429, 30034)
    assert known.status == 200
    assert next_day.status == 200


async def test_commands_of_others_and_of_servers_without_the_bot_are_out_of_reach(
    sandbox: Sandbox, rest: Rest, in_guild: str
) -> None:
    guild = sandbox.discord.world.guild_named("Switchyard")
    del guild.members[sandbox.discord.application.bot.id]

    assert (await rest("GET", in_guild)).code == 50001
    assert (await rest("GET", "/applications/1/commands")).code == 10002
    assert (await rest("GET", in_guild.replace(str(guild.id), "1"))).code == 10004


async def test_overrides_are_read_and_never_set_by_bots(
    sandbox: Sandbox, rest: Rest, in_guild: str
) -> None:
    one = (await rest("POST", in_guild, command())).body["id"]
    assert (await rest("GET", f"{in_guild}/{one}/permissions")).code == 10066
    guild = sandbox.discord.world.guild_named("Switchyard")
    mia = sandbox.discord.world.user_named("mia")
    override = {"id": str(mia.id), "type": 2, "permission": False}
    sandbox.discord.commands.permissions[guild.id, int(one)] = [override]

    read = await rest("GET", f"{in_guild}/{one}/permissions")

    assert read.body["permissions"] == [override]
    assert (await rest("PUT", f"{in_guild}/{one}/permissions", {})).status == 403
    assert [one["name"] for one in sandbox.user("mia").commands()] == []
    assert [one["name"] for one in sandbox.user("lin").commands()] == ["ask"]


def options(*changed: Json) -> Json:
    return command(options=[OPTION | one for one in changed])


@pytest.mark.parametrize(
    ("body", "where", "word"),
    [
        ({"description": "x"}, "name", "BASE_TYPE_REQUIRED"),
        (command("Ask"), "name", "APPLICATION_COMMAND_INVALID_NAME"),
        (command("ask me"), "name", "STRING_TYPE_REGEX"),
        (command("x" * 33), "name", "BASE_TYPE_BAD_LENGTH"),
        ({"name": "ask"}, "description", "BASE_TYPE_REQUIRED"),
        (command(description="x" * 101), "description", "BASE_TYPE_BAD_LENGTH"),
        (command(name_localizations={"xx": "a"}), "name_localizations", "ENUM_TYPE_COERCE"),
        (command(name_localizations={"de": "A B"}), "name_localizations/de", "STRING_TYPE_REGEX"),
        (command(contexts=[3]), "contexts/0", "BASE_TYPE_CHOICES"),
        (command(integration_types=[]), "integration_types", "BASE_TYPE_REQUIRED"),
        (command(default_member_permissions="x"), "default_member_permissions",
         "NUMBER_TYPE_COERCE"),
        ({"type": 3, "name": "Menu", "description": "x"}, "description",
         "APPLICATION_COMMAND_DESCRIPTION_INVALID"),
        (command(options=[OPTION | {"name": f"o{n}"} for n in range(26)]), "options",
         "BASE_TYPE_MAX_LENGTH"),
        (options({"name": "a"}, {"name": "b", "required": True}), "options/1",
         "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"),
        (options({}, {}), "options/1", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"),
        (options({"name": "a", "name_localizations": {"de": "x"}}, {"name": "x"}), "options/1",
         "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"),
        (options({"autocomplete": True, "choices": [{"name": "a", "value": "a"}]}),
         "options/0/autocomplete", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID"),
        (options({"choices": [{"name": f"{n}", "value": "a"} for n in range(26)]}),
         "options/0/choices", "BASE_TYPE_MAX_LENGTH"),
        (options({"choices": [{"name": "a", "value": "x" * 101}]}), "options/0/choices/0/value",
         "BASE_TYPE_MAX_LENGTH"),
        (options({"type": 4, "choices": [{"name": "a", "value": "x"}]}),
         "options/0/choices/0/value", "NUMBER_TYPE_COERCE"),
        (options({"min_length": 5, "max_length": 4}), "options/0/min_length",
         "APPLICATION_COMMAND_OPTIONS_RANGE_INVALID"),
        (options({"max_length": 6001}), "options/0/max_length", "NUMBER_TYPE_MAX"),
        (options({"type": 1}, {"name": "b"}), "options",
         "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"),
        (options({"type": 2, "options": [OPTION]}), "options/0/options/0/type",
         "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"),
        (options({"type": 1, "options": [OPTION | {"type": 1}]}), "options/0/options/0/type",
         "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"),
        (options({"type": 12}), "options/0/type", "BASE_TYPE_CHOICES"),
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_named_by_its_place(
    rest: Rest, path: str, body: Json, where: str, word: str
) -> None:
    refused = await rest("POST", path, body)

    assert (refused.status, refused.code) == (400, 50035)
    assert refused.error_at(*where.split("/")) == word
    assert (await rest("GET", path)).body == []


async def test_a_list_names_the_position_of_what_is_wrong(rest: Rest, path: str) -> None:
    refused = await rest("PUT", path, [command("a"), command("a")])

    assert refused.error_at(1) == "APPLICATION_COMMANDS_DUPLICATE_NAME"


async def test_eight_thousand_characters_in_the_longest_locale(rest: Rest, path: str) -> None:
    choices = [{"name": f"{n:02}", "value": "x" * 98} for n in range(25)]  # 2,500 characters
    full = [OPTION | {"name": f"{n}", "description": "d", "choices": choices} for n in range(3)]
    last = OPTION | {"name": "l", "description": "d" * 100, "choices": choices[:3]}  # 401

    def sized(german: int) -> Json:
        translated = {"description_localizations": {"de": "d" * german}}
        return command("c", options=[*full, last], **translated)

    fitting = 8000 - 1 - 3 * 2502 - 401
    assert (await rest("POST", path, sized(min(fitting, 100)))).status == 201
    too_large = await rest("POST", path, sized(100) | {"name_localizations": {"de": "n" * 32}})
    assert too_large.error_at() == "APPLICATION_COMMAND_TOO_LARGE"


@pytest.mark.parametrize("name", ["ask", "ask-me_2", "fragen's", "просить", "询问", "คำสั่ง", "पूछो"])
async def test_names_of_all_scripts_are_taken(rest: Rest, path: str, name: str) -> None:
    assert (await rest("POST", path, command(name))).status == 201
