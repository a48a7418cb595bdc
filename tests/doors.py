"""The paying door as tests need it: real, on the database at hand."""

from bot.domain.clock import Clock
from bot.services.calls import CallRules, Calls, Prices, ProcessRules
from storage.database import Database


def a_door(database: Database, clock: Clock, rules: CallRules | None = None) -> Calls:
    """Without budgets, unless `rules` say otherwise."""
    return Calls(database=database, prices=Prices({}), rules=rules or ProcessRules(), clock=clock)
