"""Who may use the families for operators: each command, suggestion and button, really sent."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from discord import app_commands

from bot.app import App, assembled
from bot.settings import Settings
from cogs._operators import REFRESHED_S
from sandbox.clock import HandClock
from sandbox.discord.interactions.model import InteractionType
from sandbox.discord.model import TeamMember
from sandbox.driver.user import User
from sandbox.server import Sandbox
from tests.clocks import PatientClock
from tests.cogs.online.forging import forged_command, forged_use
from tests.end_to_end.conftest import NewSettings

SECOND = "Second server/general"
FAMILIES = ("files", "finetune", "operator")


@pytest.fixture
def operator(sandbox: Sandbox) -> User:
    """The application's owner; an administrator of the second server."""
    return sandbox.user("operator")


@asynccontextmanager
async def running(settings: Settings, clock: PatientClock) -> AsyncGenerator[App, None]:
    """A bot of other settings, until the block ends."""
    async with assembled(settings, clock=clock) as built:
        clock.quiet.append(built.database._idle.wait)
        online = asyncio.ensure_future(built.bot.start(settings.discord_token.get_secret_value()))
        yield built
        await built.services.conversations.close(limit_s=0)
        await built.bot.close()
        await online


def commands_of(app: App) -> list[app_commands.Command]:
    return [
        command
        for command in app.bot.tree.walk_commands()
        if isinstance(command, app_commands.Command)
        and command.qualified_name.split()[0] in FAMILIES
    ]


async def allowed(person: User, by: User) -> bool:
    asked = forged_command(person, by, "files list", {}, place=SECOND)
    return "OPERATOR_IDS" not in (await asked.answer()).text


@pytest.mark.parametrize("who", ["mia", "ben"])  # a member, and the owner of that very server
async def test_nobody_else_may_use_a_command_or_hear_a_suggestion(
    app: App, sandbox: Sandbox, operator: User, who: str
) -> None:
    person = sandbox.user(who)
    await operator.can_use("files", channel=SECOND)
    before = len(sandbox.openai.requests)
    commands = commands_of(app)

    refused: dict[str, str] = {}
    suggested: dict[str, object] = {}
    for command in commands:
        name = command.qualified_name
        answer = await forged_command(person, operator, name, {}, place=SECOND).answer()
        assert answer.ephemeral, name
        refused[name] = answer.text
        for option in command.parameters:
            if option.autocomplete:
                asked = forged_command(
                    person,
                    operator,
                    name,
                    {option.display_name: ""},
                    kind=InteractionType.AUTOCOMPLETE,
                    place=SECOND,
                )
                await asked.until(lambda one: one.interaction.callback)
                suggested[f"{name} {option.display_name}"] = asked.interaction.choices

    assert len(commands) >= 5
    assert [name for name, text in refused.items() if "OPERATOR_IDS" not in text] == []
    assert [name for name, choices in suggested.items() if choices] == []
    assert len(sandbox.openai.requests) == before
    assert await app.services.operators.audited(10) == ()


@pytest.mark.parametrize("who", ["mia", "ben"])
async def test_nobody_else_may_press_a_button_of_theirs_however_it_was_made_up(
    app: App, sandbox: Sandbox, operator: User, who: str
) -> None:
    person = sandbox.user(who)
    await operator.can_use("files", channel=SECOND)
    public = await (await person.slash("models list", channel=SECOND)).answer()
    before = len(sandbox.openai.requests)
    actions = [name for name, action in app.bot.actions.items() if action.gate.operators]

    for name in actions:
        for key in ("1", "1::", "999999999999999999:x"):
            answer = await forged_use(person, public, f"{name}:{key}", kind=2).answer()
            assert "OPERATOR_IDS" in answer.text, name
            assert answer.ephemeral, name

    assert {"files", "file_delete"} <= set(actions)
    assert len(sandbox.openai.requests) == before


@pytest.mark.usefixtures("app")
async def test_the_teams_admins_and_developers_are_operators_as_long_as_they_are(
    sandbox: Sandbox, operator: User, clock: HandClock
) -> None:
    team = sandbox.discord.application.team
    people = {name: sandbox.user(name) for name in ("lin", "ada", "mia", "ben")}
    await operator.can_use("files", channel=SECOND)
    owner_before = await allowed(operator, operator)
    team += [
        TeamMember(user=people["lin"].user, role="developer"),
        TeamMember(user=people["ada"].user, role="admin"),
        TeamMember(user=people["mia"].user, role="read_only"),
        TeamMember(user=people["ben"].user, role="admin", accepted=False),
    ]

    await clock.advance(REFRESHED_S)
    await clock.advance(1)
    during = {name: await allowed(person, operator) for name, person in people.items()}
    owner_during = await allowed(operator, operator)
    team.pop(0)
    await clock.advance(REFRESHED_S)
    await clock.advance(1)

    assert owner_before
    assert owner_during
    assert during == {"lin": True, "ada": True, "mia": False, "ben": False}
    assert not await allowed(people["lin"], operator)


@pytest.mark.parametrize("settings", [{"operator_ids": "1"}], indirect=True)
async def test_who_is_named_in_the_settings_is_one_beside_the_owner(
    app: App, sandbox: Sandbox, operator: User
) -> None:
    await operator.can_use("files", channel=SECOND)

    assert await allowed(operator, operator)
    assert 1 in app.services.operators
    assert not await allowed(sandbox.user("ada"), operator)


async def test_with_a_server_of_their_own_the_commands_are_registered_there_alone(
    sandbox: Sandbox, operator: User, new_settings: NewSettings, clock: PatientClock
) -> None:
    guild = operator.places.channel(SECOND).guild
    assert guild
    settings = new_settings(operator_guild_id=guild.id)

    async with running(settings, clock):
        await operator.can_use("files", channel=SECOND)
        offered = {command["name"] for command in operator.commands(SECOND)}
        elsewhere = {command["name"] for command in sandbox.user("ada").commands("general")}
        listed = await (await operator.slash("files list", channel=SECOND)).answer()

    assert "files" in offered
    assert not set(FAMILIES) & elsewhere
    assert "There are no files." in listed.text
