"""What people have used, what it cost, and what is left: `/usage`, and refusals by budgets."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.domain.calls import Caller, Estimate, Exchange, Operation
from bot.domain.chat import Usage
from bot.domain.ids import GuildId, UserId
from sandbox.driver import Invocation, Message
from sandbox.server import Sandbox
from tests.clocks import PatientClock
from tests.end_to_end.test_chat import whole
from tests.factories import NOON

pytestmark = pytest.mark.usefixtures("app")

PRICES = {"gpt-6-luna": {"input": 1_000, "output": 2_000}}  # USD per million tokens


@pytest.fixture
def clock() -> PatientClock:
    """Two minutes before a new day."""
    return PatientClock(NOON + timedelta(hours=11, minutes=58))


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(PRICES))
    return path


@pytest.fixture
def new_settings(new_settings: Any, prices: Path) -> Any:
    return lambda **changes: new_settings(**{"prices_file": prices, **changes})


async def told(asked: Invocation) -> Message:
    await asked.until(lambda asked: bool(asked.messages) and bool(asked.messages[-1].text))
    return asked.messages[-1]


async def used(app: App, who: UserId, operation: Operation, model: str, **changes: Any) -> None:
    """One call, as the paying door has it."""
    guild = GuildId(app.bot.guilds[0].id)
    async with app.services.calls.paid(
        Caller(user=who, guild=guild), operation, model, Estimate()
    ) as call:
        call.record(
            Exchange(
                operation=operation,
                method="POST",
                path="/x",
                status=200,
                model=model,
                started_at=app.clock.now(),
                **changes,
            )
        )


async def test_the_sum_comes_first_then_where_it_went_and_a_chart(
    sandbox: Sandbox, app: App
) -> None:
    ada = sandbox.user("ada")
    await used(app, UserId(ada.id), Operation.CHAT, "gpt-6-luna",
               usage=Usage(prompt=1_000, completion=500, cached=400))  # fmt: skip
    await used(app, UserId(ada.id), Operation.IMAGE_GENERATION, "unheard-of", pictures=2)
    await used(app, UserId(ada.id), Operation.TRANSCRIPTION, "unheard-of", sound_s=61.0)
    await used(app, UserId(sandbox.user("ben").id), Operation.CHAT, "gpt-6-luna",
               usage=Usage(prompt=1_000, completion=0))  # fmt: skip

    shown = await told(await ada.slash("usage me", period="day"))

    assert shown.ephemeral
    [embed] = shown.embeds
    assert str(embed["description"]).startswith("**$2.00 + ?** for 3 requests since ")
    assert "tokens: 1,000 in (400 cached), 500 out · 2 pictures · 61 s of sound" in shown.text
    assert "Of 2 requests the price is not known" in shown.text
    assert "**Chat** `gpt-6-luna`: $2.00 · one request" in shown.text
    assert "**Pictures** `unheard-of`: $? · one request · 2 pictures" in shown.text
    assert embed["image"]["url"].count("/usage.png?")
    [chart] = shown.attachments
    assert (await chart.read()).startswith(b"\x89PNG")


async def test_nothing_used_is_told_without_a_chart(sandbox: Sandbox) -> None:
    shown = await told(await sandbox.user("ben").slash("usage me"))

    assert "**$0.00** for 0 requests" in shown.text
    assert shown.attachments == []


@pytest.mark.parametrize(
    ("who", "words"), [("ada", "Your usage"), ("lin", "你的用量"), ("mia", "你的用量")]
)
async def test_it_is_said_in_three_languages(sandbox: Sandbox, who: str, words: str) -> None:
    shown = await told(await sandbox.user(who).slash("usage me", period="all"))

    assert words in shown.text


async def test_a_server_is_for_those_who_manage_it(sandbox: Sandbox, app: App) -> None:
    await used(app, UserId(sandbox.user("ben").id), Operation.CHAT, "gpt-6-luna",
               usage=Usage(prompt=1_000, completion=0))  # fmt: skip

    manager = await told(await sandbox.user("operator").slash("usage server"))
    member = await told(await sandbox.user("ben").slash("usage server"))

    assert "**$1.00** for one request" in manager.text
    assert "Manage Guild" in member.text
    assert "$" not in member.text


async def test_many_models_are_paged(sandbox: Sandbox, app: App) -> None:
    ben = sandbox.user("ben")
    for number in range(12):
        await used(app, UserId(ben.id), Operation.SPEECH, f"model-{number:02}")

    asked = await ben.slash("usage me")
    first = (await told(asked)).text
    turned = await ben.press(asked.messages[-1], "Next")
    await turned.until(lambda _: "model-11" in asked.messages[-1].text)

    assert "model-09" in first
    assert "Page 2 of 2" in asked.messages[-1].text
    assert asked.messages[-1].attachments == []


async def test_a_report_is_given_also_when_the_chart_cannot_be_drawn(
    sandbox: Sandbox, app: App
) -> None:
    ada = sandbox.user("ada")
    await used(app, UserId(ada.id), Operation.CHAT, "gpt-6-luna", usage=Usage(prompt=1_000))
    first = await told(await ada.slash("usage me"))
    for pid in app.media.pids:
        os.kill(pid, 9)
    await app.media._pool.close()

    shown = await told(await ada.slash("usage me"))

    assert len(first.attachments) == 1
    assert "**$1.00** for one request" in shown.text
    assert shown.attachments == []


@pytest.mark.parametrize("settings", [{"budget_user_day": 3.0}], indirect=True)
async def test_who_has_used_up_the_day_is_refused_until_the_next_one(
    sandbox: Sandbox, app: App, clock: PatientClock
) -> None:
    ada = sandbox.user("ada")
    await used(app, UserId(ada.id), Operation.CHAT, "gpt-6-luna",
               usage=Usage(prompt=2_900, completion=0))  # fmt: skip
    before = len(sandbox.openai.requests)

    refused = await whole(await ada.slash("chat", message="one more?", max_tokens=100))
    left = await told(await ada.slash("usage me"))

    assert "Your budget for today is used up: $0.10 of $3.00 is left" in refused.text
    assert len(sandbox.openai.requests) == before
    assert "▰▰▰▰▰▰▰▰▰▰ $0.10 of $3.00 is left; it starts anew <t:" in left.text
    async with app.database.transaction() as tx:
        assert sum(row.calls for row in await tx.ledger.report(None)) == 1

    await clock.advance(130)
    sandbox.openai.answers.queue("Here I am.")
    again = await ada.press(refused, "Retry")
    await again.until(
        lambda _: any("Here I am." in seen.text and seen.button("Retry") for seen in ada.sees())
    )

    async with app.database.transaction() as tx:
        assert sum(row.calls for row in await tx.ledger.report(None)) == 2


async def test_a_servers_budget_binds_all_and_its_admins_are_told_to_raise_it(
    sandbox: Sandbox,
) -> None:
    manager, ben = sandbox.user("operator"), sandbox.user("ben")
    await told(await manager.slash("settings set", key="budget_server_month", value="0.01"))

    refused = await whole(await ben.slash("chat", message="one more?", max_tokens=100))
    shown = await told(await manager.slash("usage server"))

    assert "This server's budget for this month is used up: $0.01 of $0.01" in refused.text
    assert "This server's budget for this month" in str(shown.embeds)
