"""`/operator`: what those who run the bot see and decide."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from cogs import _registration
from sandbox.clock import HandClock
from sandbox.driver import Message
from sandbox.driver.user import User
from sandbox.server import Sandbox
from storage.backup import verify
from storage.notes import new_note
from tests.clocks import PatientClock

SECOND = "Second server/general"


@pytest.fixture
def operator(sandbox: Sandbox) -> User:
    """The application's owner; an administrator of the second server."""
    return sandbox.user("operator")


async def operate(person: User, name: str, **options: Any) -> Message:
    asked = await person.slash(f"operator {name}", channel=SECOND, options=options)
    return await asked.answer()


async def chats(person: User, words: str = "hi") -> str:
    """What is answered in the end."""
    asked = await person.slash("chat", channel=SECOND, message=words)
    await asked.until(
        lambda one: [m for m in one.messages if m.button("Retry") or "budget" in m.text]
    )
    return asked.text


@pytest.mark.usefixtures("app")
async def test_the_health_of_every_part_is_shown(sandbox: Sandbox, operator: User) -> None:
    sandbox.openai.answers.text = "ok"
    await chats(operator)
    before = len(sandbox.openai.requests)

    told = await operate(operator, "status")
    asked = sandbox.openai.requests[before:]
    again = await operate(operator, "status")

    for words in ("answered", "SQLite: `ok`", "`ok`", "answers under way: 0", "Switchboard 0.1"):
        assert words in told.text
    assert "Not known" not in told.text
    offered = told.text.partition("offers")[2]
    assert "`/files`" in offered
    assert "`/fine-tunes`" in offered
    assert told.ephemeral
    assert "/chat/completions" not in [each.path for each in asked], "the chat before showed that"
    assert [each.path for each in asked if each.method == "POST" and each.status == 200] == []
    assert again.text.partition("offers")[2] == offered
    assert sandbox.openai.requests[before:] == asked, "what is known is not asked for again"


@pytest.mark.usefixtures("app")
async def test_an_api_that_does_not_answer_is_said_and_the_rest_is_shown(
    sandbox: Sandbox, operator: User, clock: PatientClock
) -> None:
    sandbox.openai.faults.add("*", "slow_first_byte", seconds=10_000)
    telling = asyncio.ensure_future(operate(operator, "status"))
    while not telling.done():
        await clock.advance(1)

    told = await telling

    assert "`UpstreamTimeoutError`" in told.text
    assert "SQLite: `ok`" in told.text
    assert "Not known" in told.text


async def test_what_all_servers_spend_is_shown_with_a_chart(
    app: App, sandbox: Sandbox, operator: User
) -> None:
    sandbox.openai.answers.text = "ok"
    await chats(operator)

    told = await operate(operator, "usage")
    servers = await operate(operator, "servers")

    assert "Second server" in told.text
    assert "$" in told.text
    assert [each.name for each in told.attachments] == ["usage.png"]
    assert "2 servers" in servers.text
    assert "this month" in servers.text
    assert app.bot.guilds


@pytest.mark.parametrize("settings", [{"budget_user_day": 0}], indirect=True)
async def test_a_budget_that_is_set_binds_at_once_and_goes_before_the_settings(
    app: App, sandbox: Sandbox, operator: User
) -> None:
    sandbox.openai.answers.text = "fine"
    refused = await chats(operator)

    raised = await operate(operator, "budget", scope="user", target=f"<@{operator.id}>", amount=5)
    answered = await chats(operator)
    await operate(operator, "budget", scope="bot", amount=0)
    total = await chats(operator)
    await operate(operator, "budget", scope="bot", clear=True)
    await operate(operator, "budget", scope="server", amount=0)
    server = await chats(operator)
    listed = await operate(operator, "budget")
    wrong = await operate(operator, "budget", scope="user", target="ben", amount=1)

    assert "Your budget for today" in refused
    assert "$5.00" in raised.text
    assert "fine" in answered
    assert "The bot's budget" in total
    assert "This server's budget" in server
    assert "by day: $5.00" in listed.text
    assert "id | @mention" in wrong.text
    audited = await app.services.operators.audited(10)
    assert [each.target.partition(":")[0] for each in audited] == [
        "server",
        "total",
        "total",
        "user",
    ]


async def test_who_is_blocked_may_do_nothing_any_more_until_it_is_lifted(
    app: App, sandbox: Sandbox, operator: User
) -> None:
    mia = sandbox.user("mia")

    await operate(operator, "block", user="mia", reason="spam")
    refused = (await (await mia.slash("models list", channel=SECOND)).answer()).text
    listed = (await operate(operator, "block")).text
    own = (await operate(operator, "block", user="operator")).text
    await app.services.rulings.refresh()  # as another process would hear of it
    still = mia.id in app.services.rulings
    await operate(operator, "block", user="mia", lift=True)
    again = (await (await mia.slash("models list", channel=SECOND)).answer()).text

    assert "BLOCKED_IDS" in refused
    assert "spam" in listed
    assert "anybody but operators" in own
    assert still
    assert "BLOCKED_IDS" not in again


async def test_every_change_stands_in_the_audit_with_who_and_when(
    app: App, operator: User, clock: HandClock
) -> None:
    await operate(operator, "block", user="mia", reason="old")
    await clock.advance(90)
    for number in range(16):
        await operate(operator, "budget", scope="user", target=f"{10**17 + number}", amount=number)

    async with app.database.transaction() as tx:
        note = new_note(Path("x.db"), "files upload", "by hand", clock.now())
        await tx.audit.add_note(note)
    newest = await operate(operator, "audit")
    first = newest.text
    recent = (await operate(operator, "audit", since="1m")).text
    others = (await operate(operator, "audit", user="ada")).text
    await operator.press(newest, "Next")
    await operator.until(SECOND, lambda seen: [one for one in seen if ": old" in one.text])

    assert f"<@{operator.id}>" in first
    assert "`operator budget`" in first
    assert ": done" in first
    assert "by command line `files upload` `by hand`" in first
    assert ": old" not in first
    assert ": old" not in recent
    assert "Nothing was changed." in others
    assert app.services.operators


async def test_a_backup_is_made_while_the_bot_runs_and_can_be_read(
    app: App, operator: User
) -> None:
    told = await operate(operator, "backup")

    [made] = list((Path(str(app.database.path)).parent / "backups").iterdir())
    verify(made)
    assert str(made.name) in told.text
    [entry] = await app.services.operators.audited(1)
    assert (entry.change, entry.outcome) == ("operator backup", "done")


async def test_commands_are_registered_again_and_a_former_servers_own_are_taken_away(
    app: App, operator: User
) -> None:
    guild = operator.places.channel(SECOND).guild
    assert guild
    application: Any = app.bot.application_id
    left: Any = [{"name": "files", "description": "left over", "type": 1}]
    await app.bot.http.bulk_upsert_guild_commands(application, guild.id, left)

    told = await operate(operator, "sync")

    assert await _registration.registered(app.bot, guild.id) == []
    assert "as they are here" in told.text
