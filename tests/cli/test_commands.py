import io

from rich.console import Console

from bot.cli._check import check
from bot.cli._commands import compare
from bot.settings import Settings
from sandbox.server import Sandbox


async def compared(settings: Settings, *, sync: bool = False) -> list[str]:
    output = io.StringIO()
    await compare(settings, Console(file=output, width=200), sync=sync)
    return [" ".join(line.split()) for line in output.getvalue().splitlines()]


async def test_commands_that_discord_does_not_have_are_shown_and_not_registered(
    sandboxed: Settings,
) -> None:
    first = await compared(sandboxed)
    second = await compared(sandboxed)

    assert "/chat missing" in first
    assert first[-1].startswith("To register them: python -m bot commands --sync")
    assert second == first


async def test_sync_registers_them_once(sandboxed: Settings, sandbox: Sandbox) -> None:
    registering = await compared(sandboxed, sync=True)
    puts = [each for each in sandbox.discord.requests if each.method == "PUT"]
    again = await compared(sandboxed, sync=True)

    count = sum(line.endswith(" the same") for line in again)
    assert registering[-1] == f"Registered {count} commands."
    assert "/chat the same" in again
    assert again[-1] == "Discord has them as they are here."
    assert [each for each in sandbox.discord.requests if each.method == "PUT"] == puts
    assert len(puts) == 1


async def test_the_sandbox_passes_the_check(sandboxed: Settings) -> None:
    output = io.StringIO()

    well = await check(sandboxed, Console(file=output, width=300))

    assert well, output.getvalue()
