from bot.domain.calls import Caller
from bot.domain.errors import BudgetExceededError, BudgetScope
from bot.services.calls import Calls, Prices, ProcessRules
from bot.services.sound import Unasked
from sandbox.clock import HandClock
from storage.database import Database
from tests.factories import ADA, BEN


async def test_a_budget_refuses_a_voice_message_once_a_day_and_each_person(
    database: Database, clock: HandClock
) -> None:
    prices = Prices({"hears": {"minute": 6.0}})  # USD
    rules = ProcessRules(user_day=100_000)
    calls = Calls(database=database, prices=prices, rules=rules, clock=clock)
    unasked = Unasked(calls, default_model="hears")

    async def said(user: Caller, seconds: float, model: str | None = None) -> object:
        try:
            return await unasked.affordable(user, seconds, model)
        except BudgetExceededError as error:
            return error.scope

    ada, ben, told = Caller(user=ADA), Caller(user=BEN), BudgetScope.USER_DAY
    first_day = [await said(*each) for each in ((ada, 2), (ada, 1), (ada, 2), (ben, 2))]
    unpriced = await said(ada, 2, "not-known")
    calls.unknown_price = 1_000
    counted = await said(ada, 2, "not-known")
    await clock.advance(86_400)
    next_day = [await said(ada, 2), await said(ada, 2)]

    assert first_day == [told, True, False, told]
    assert (unpriced, counted) == (False, True)
    assert next_day == [told, False]
