"""How soon the bot is there, and how much memory it takes: with many servers, and for each channel.

python -m benchmarks.footprint --guilds 2500 --channels 1000
"""

import argparse
import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import _machine
from benchmarks._figures import ratio, seconds, table
from benchmarks._stage import OURS, PLAIN, stage
from sandbox.discord.defaults import add_bot, add_channel, add_guild, add_role
from sandbox.discord.server import DiscordServer

_ROLES, _CHANNELS = 20, 30
_SETTLED_S = 5.0
_WARM = 200
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Start:
    """started  process to first acknowledged command, in seconds; memory in bytes"""

    started: float
    memory: int


def _many(count: int, discord: DiscordServer) -> None:
    world = discord.world
    owner = world.user_named("ada")
    for number in range(count):
        guild = add_guild(world, f"guild-{number}", owner=owner)
        for each in range(_CHANNELS):
            add_channel(world, guild, f"channel-{each}")
        for each in range(_ROLES):
            add_role(world, guild, f"role-{each}")
        add_bot(world, guild, discord.application)


def _migrate(folder: Path) -> None:
    """A bot's database has its schema at every start but the first."""
    environment = {
        **os.environ,
        "DISCORD_TOKEN": "bench.bench.bench",
        "OPENAI_API_KEY": "sk-bench",
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'bot.db'}",
        "PYTHONPATH": str(_ROOT),
    }
    subprocess.run(  # noqa: S603  our own command
        [*OURS[:-1], "migrate"], cwd=folder, env=environment, capture_output=True, check=True
    )


async def start(command: Sequence[str], *, guilds: int) -> Start:
    def prepare(discord: DiscordServer, folder: Path) -> None:
        _many(guilds, discord)
        _migrate(folder)

    async with stage(command, channels=1, prepare=prepare) as here:
        number = await here.ask("slash", words=3, delay=0)
        seen = here.seen[number]
        while seen.acked_at is None:  # noqa: ASYNC110  looked at, to the next few milliseconds
            await asyncio.sleep(0.005)
        started = seen.acked_at - here.began_at
        await here.ended([number], within=30)
        await asyncio.sleep(_SETTLED_S)
        return Start(started, _machine.memory(here.pid))


async def idle(command: Sequence[str], *, channels: int) -> float:
    """Bytes by which the process has grown for each channel that had one short answer."""
    async with stage(command, channels=channels + _WARM) as here:

        async def some(count: int) -> int:
            numbers: list[int] = []
            for _ in range(count):
                numbers.append(await here.ask("slash", words=20, rate=200, delay=0))
                await asyncio.sleep(0.04)
            assert not await here.ended(numbers, within=60)
            await asyncio.sleep(_SETTLED_S)
            return _machine.memory(here.pid)

        before = await some(_WARM)
        return (await some(channels) - before) / channels


async def compare(*, guilds: int, channels: int) -> str:
    ours, plain = await start(OURS, guilds=guilds), await start(PLAIN, guilds=guilds)
    each, other = await idle(OURS, channels=channels), await idle(PLAIN, channels=channels)
    return table(
        ["one process", "Switchboard", "plain bot", "ratio"],
        [
            (
                f"start to first command, {guilds:,} servers",
                seconds(ours.started),
                seconds(plain.started),
                ratio(ours.started, plain.started),
            ),
            (
                f"memory, {guilds:,} servers",
                f"{ours.memory / 2**20:.0f} MiB",
                f"{plain.memory / 2**20:.0f} MiB",
                ratio(ours.memory, plain.memory),
            ),
            (
                f"memory for each of {channels:,} idle channels",
                f"{each / 1024:.1f} KiB",
                f"{other / 1024:.1f} KiB",
                ratio(each, other),
            ),
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.footprint", description=__doc__)
    parser.add_argument("--guilds", type=int, default=2500)
    parser.add_argument("--channels", type=int, default=1000)
    options = parser.parse_args()
    _machine.take_the_stage()
    found = asyncio.run(compare(guilds=options.guilds, channels=options.channels))
    sys.stdout.write(f"{found}\n")


if __name__ == "__main__":
    main()
