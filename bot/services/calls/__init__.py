"""The one door for calls that cost: budgets, the ledger, and what `Show API call` shows."""

from bot.services.calls._call import Call
from bot.services.calls._caps import CallRules, Cap, ProcessRules, day_cap, month_cap
from bot.services.calls._door import Calls
from bot.services.calls._kept import Kept
from bot.services.calls._prices import Prices, PricesError

__all__ = [
    "Call",
    "CallRules",
    "Calls",
    "Cap",
    "Kept",
    "Prices",
    "PricesError",
    "ProcessRules",
    "day_cap",
    "month_cap",
]
