"""`python -m bot commands`: this version's commands beside those that Discord has."""

from typing import Any, cast

from rich.console import Console
from rich.table import Table
from typing_extensions import override
from yarl import URL

from bot import wire
from bot.client import Bot, Services
from bot.domain.clock import SystemClock
from bot.settings import Settings
from cogs import _registration

_TYPES = {1: "/{}", 2: "{} (on people)", 3: "{} (on messages)"}


class _Unconnected(Bot):
    """Logs in to know its application, builds its commands, and registers nothing by itself."""

    @override
    async def setup_hook(self) -> None:
        await self.build_commands()


async def compare(settings: Settings, console: Console, *, sync: bool) -> None:
    """Show which commands differ, and with `sync` replace them all in one request if any does."""
    address = URL(settings.discord_api_url)
    wire.talk_to(address)
    async with _Unconnected(Services.unasked(SystemClock()), api=address) as bot:
        await bot.login(settings.discord_token.get_secret_value())
        ours = await _registration.payload(bot.tree)
        theirs = await _registration.registered(bot)
        different = _registration.differences(ours, theirs)
        console.print(_table(ours, theirs, different))
        if not different:
            console.print("Discord has them as they are here.")
        elif sync:
            await bot.tree.sync()
            console.print(f"Registered {len(ours)} commands.")
        else:
            console.print("To register them: python -m bot commands --sync (every start does, too)")


def _table(ours: list[dict[str, Any]], theirs: list[dict[str, Any]], different: list[str]) -> Table:
    mine, known = _names(ours), _names(theirs)
    table = Table("Command", "At Discord", box=None, pad_edge=False)
    for title, name in sorted({*mine.items(), *known.items()}):
        if title not in known:
            state = "missing"
        elif title not in mine:
            state = "no longer ours"
        else:
            state = "differs" if name in different else "the same"
        table.add_row(title, state)
    return table


def _names(commands: list[dict[str, Any]]) -> dict[str, str]:
    """The plain name of each command by how people know it."""
    return {
        _TYPES[cast("int", command.get("type", 1))].format(command["name"]): command["name"]
        for command in commands
    }
