"""`python -m sandbox`: serve it, and run a command against it."""

import argparse
import asyncio
import errno
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox.launch import faults_from, run_command, serve_until_stopped
from sandbox.server import Sandbox

_LAST_PORT = 65_535
PACE_S = 0.03  # between the words of an answer, so that people can watch it grow


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of COMMANDS.md; answers the exit code."""
    options = _parser().parse_args(arguments)
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    sandbox = Sandbox(host=options.host, port=options.port, dialect=options.dialect)
    sandbox.openai.answers.pace = PACE_S
    try:
        if options.faults is not None:
            faults_from(options.faults, sandbox)
        async with sandbox:
            _say(f"page     {sandbox.url}/?token={sandbox.control.token}")
            _say(f"Discord  {sandbox.discord_api_url}  token {sandbox.discord_token}")
            _say(f"OpenAI   {sandbox.openai_base_url}  key {sandbox.openai_api_key}")
            command: list[str] = options.command
            if command:
                return await run_command(command, sandbox, dict(os.environ), Path.cwd(), _say)
            _say("Ctrl+C ends it.")
            await serve_until_stopped((signal.SIGINT, signal.SIGTERM))
            return 0
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        hint = "; --port 0 takes a free one" if taken else ""
        sys.stderr.write(f"sandbox: {error}{hint}\n")
        return 1
    except ValueError as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A local Discord and a local OpenAI API on one port, with a page to use them.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (%(default)s)")
    parser.add_argument("--port", type=_port, default=8765, help="0 takes a free one (%(default)s)")
    parser.add_argument(
        "--dialect",
        choices=("modern", "legacy", "both"),
        default="both",
        help="the OpenAI API of today, of 2023, or both (%(default)s)",
    )
    parser.add_argument(
        "--faults", type=Path, metavar="FILE", help="JSON: {'discord': {...}, 'openai': [...]}"
    )
    parser.add_argument(
        "command",
        nargs="*",
        metavar="-- COMMAND",
        help="run it with its Discord and OpenAI settings pointing here, and end with it",
    )
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_LAST_PORT))):
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    if int(text) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is above {_LAST_PORT}")
    return int(text)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
