"""Running a command against the sandbox: what it is told, and how it ends."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dotenv import dotenv_values

from sandbox import leash
from sandbox.discord import fault_file
from sandbox.openai.control import steer
from sandbox.server import Sandbox

if TYPE_CHECKING:
    from sandbox.discord.model import Json

DISCORD = ("DISCORD_TOKEN", "DISCORD_API_URL")
OPENAI = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID")
DOCKER_SECRETS = Path("/run/secrets")


def faults_from(file: Path, sandbox: Sandbox) -> None:
    """Switch on what a file describes, {"discord": {"rest": [], "gateway": []}, "openai": []}.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no JSON, or not of that form.
    """
    try:
        described: Any = json.loads(file.read_text())
        if not isinstance(described, dict) or set(cast("Json", described)) - {"discord", "openai"}:
            raise ValueError("must be an object with 'discord' and 'openai'")  # noqa: TRY301  named below
        both = cast("Json", described)
        for_discord = fault_file.parse(both.get("discord", {}))
        steer(sandbox.openai, {"faults": both.get("openai", [])})
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
    for fault in for_discord:
        sandbox.discord.faults.add(fault)


def settings_found(environment: Mapping[str, str], folder: Path) -> set[str]:
    """Names of settings that have a value: in the environment, `.env`, or a secrets folder.

    Blanks are no value, wherever they are.
    """
    found = {name.upper() for name, value in environment.items() if value.strip()}
    written = dotenv_values(folder / ".env").items()
    found |= {name.upper() for name, value in written if value and value.strip()}
    for secrets in (DOCKER_SECRETS, folder / "secrets"):
        if secrets.is_dir():
            found |= {file.name.upper() for file in secrets.iterdir() if _has_value(file)}
    return found


def _has_value(file: Path) -> bool:
    try:
        return file.is_file() and bool(file.read_bytes().strip())
    except OSError:
        return True  # what cannot be read may be a real key: that half is left alone


def told(sandbox: Sandbox, found: Collection[str]) -> dict[str, str]:
    """Settings that point a command here.

    Each half is decided as a whole: one setting of it somewhere, and none of it is set, so that a
    real token or key never reaches the sandbox.
    """
    settings: dict[str, str] = {}
    if not set(DISCORD) & set(found):
        settings["DISCORD_TOKEN"] = sandbox.discord_token
        settings["DISCORD_API_URL"] = sandbox.discord_api_url
    if not set(OPENAI) & set(found):
        settings["OPENAI_API_KEY"] = sandbox.openai_api_key
        settings["OPENAI_BASE_URL"] = sandbox.openai_base_url
    return settings


async def run_command(
    command: Sequence[str],
    sandbox: Sandbox,
    environment: Mapping[str, str],
    folder: Path,
    say: Callable[[str], None],
) -> int:
    """Run it to its end, passing SIGINT and SIGTERM on; answers its exit code as shells do."""
    settings = told(sandbox, settings_found(environment, folder))
    for name, half in (("Discord", "DISCORD_TOKEN"), ("OpenAI", "OPENAI_API_KEY")):
        if half not in settings:
            say(f"{name} is set up already: the command uses that, not the sandbox's.")
    # isolated, without site: the leash starts quickly and from nobody's PYTHONPATH
    tied = (sys.executable, "-I", "-S", leash.__file__, str(os.getpid()))
    # its own process group: Ctrl+C in a terminal reaches it through us, once
    process = await asyncio.create_subprocess_exec(
        *tied, *command, env={**environment, **settings}, cwd=folder, process_group=0
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _pass_on, process, number)
    try:
        code = await process.wait()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
    return code if code >= 0 else 128 - code


def _pass_on(process: Process, number: signal.Signals) -> None:
    if process.returncode is None:
        process.send_signal(number)


async def serve_until_stopped(signals: Collection[signal.Signals]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in signals:
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
