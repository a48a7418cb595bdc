"""The date of the bot's machine jumps, as by a clock that is set or a machine that slept.

How long something takes goes by a clock that only runs on; what a date decides (tokens, budgets,
retention) has to be right again once the date is.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.domain.calls import Operation
from bot.domain.chat import Usage
from bot.domain.clock import Clock
from bot.domain.ids import UserId
from bot.domain.preferences import RETENTION_DAYS
from bot.services.retention import Retention
from sandbox.driver import Invocation
from sandbox.server import Sandbox
from tests.clocks import PatientClock, SkewedClock
from tests.end_to_end.test_accounts import used
from tests.end_to_end.test_chat import contents, whole
from tests.factories import ADA

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PATIENCE = 400


@pytest.fixture
def skewed(clock: PatientClock) -> SkewedClock:
    return SkewedClock(clock)


@pytest.fixture
def own_clock(skewed: SkewedClock) -> Clock:
    return skewed


async def ended(clock: PatientClock, asked: Invocation) -> str:
    for _ in range(PATIENCE):
        if asked.messages and asked.messages[-1].button("Retry"):
            return asked.messages[-1].content
        await clock.advance(1)
    raise AssertionError(f"no end: {asked.messages}")


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("jump", [DAY, -DAY, HOUR, -HOUR], ids=str)
@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
async def test_a_jump_in_mid_answer_loses_nothing_of_it(
    sandbox: Sandbox, clock: PatientClock, skewed: SkewedClock, jump: timedelta, *, private: bool
) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.answers.queue(["Before ", "and after"], "The next")
    gate = sandbox.openai.answers.hold(after=2)
    asked = await ada.slash("chat", message="hi", private=private)
    await asked.until(lambda asked: "Before" in asked.text)

    skewed.ahead = jump
    gate.release()
    if private and jump > timedelta():  # its token seems to have ended, and a press brings another
        await asked.until(lambda asked: asked.messages[-1].button("Show the rest"))
        await ada.press(asked.messages[-1], "Show the rest")

    assert await ended(clock, asked) == "Before and after"
    following = await ada.slash("chat", message="more", private=private)
    assert await ended(clock, following) == "The next"
    assert contents(sandbox) == ["hi", "Before and after", "more"]


@pytest.fixture
def new_settings(new_settings: Any, tmp_path: Path) -> Any:
    """A model whose price is known: a dollar for a thousand tokens."""
    prices = tmp_path / "prices.json"
    prices.write_text('{"gpt-6-luna": {"input": 1000, "output": 1000}}')
    return lambda **changes: new_settings(prices_file=prices, **changes)


@pytest.mark.parametrize("settings", [{"budget_user_day": 3.0}], indirect=True)
async def test_a_day_that_comes_again_has_what_it_had_left(
    sandbox: Sandbox, app: App, clock: PatientClock, skewed: SkewedClock
) -> None:
    """What is spent belongs to its own day: going there and back gives nobody anything."""
    ada = sandbox.user("ada")

    sandbox.openai.answers.queue(*["Yes"] * 4)
    usage = Usage(prompt=2_990, completion=0)
    await used(app, UserId(ada.id), Operation.CHAT, "gpt-6-luna", usage=usage)
    answered: list[str] = []

    for ahead in (timedelta(), DAY, timedelta()):
        skewed.ahead = ahead
        await Retention(app.database, app.services.preferences, skewed).purge()
        asked = await ada.slash("chat", message="hi", max_tokens=100, fresh=True)
        answered.append(await ended(clock, asked))

    assert answered == ["", "Yes", ""]


async def test_a_date_set_back_makes_nothing_older_and_set_forward_only_what_is(
    sandbox: Sandbox, app: App, skewed: SkewedClock
) -> None:
    ada = sandbox.user("ada")
    guild = ada.places.default_guild
    await app.services.preferences.put(f"server:{guild.id}", RETENTION_DAYS, "3", ADA)
    await whole(await ada.slash("chat", message="long ago"))

    kept: list[bool] = []
    for ahead in (-30 * DAY, 2 * DAY, -DAY, 4 * DAY):
        skewed.ahead = ahead
        await Retention(app.database, app.services.preferences, skewed).purge()
        shown = await (await ada.slash("conversation show")).answer()
        kept.append("long ago" in str(shown.raw))

    assert kept == [True, True, True, False]


@pytest.mark.usefixtures("app")
async def test_a_talk_that_rested_longer_than_the_server_has_set_begins_afresh(
    sandbox: Sandbox, skewed: SkewedClock
) -> None:
    ada = sandbox.user("ada")
    await (await ada.slash("settings set", key="idle_days", value="2")).answer()
    await whole(await ada.slash("chat", message="Hi"))

    skewed.ahead = 2 * DAY + HOUR
    afresh = await whole(await ada.slash("chat", message="Who are you?"))

    assert "Nothing was asked here for 2 days" in str(afresh.embeds)
    assert contents(sandbox) == ["Who are you?"]
