from rich.console import Console

from bot.domain.clock import SystemClock
from bot.settings import Settings
from storage.database import Database


async def migrate(settings: Settings, console: Console) -> None:
    """Opening is migrating: all in one transaction, so that a failure leaves the old schema."""
    async with Database.open(settings.database_url, clock=SystemClock()):
        console.print("The database has this version's schema.")
