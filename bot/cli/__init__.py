"""The command line: `python -m bot run|check|migrate|export|backup|restore|files|...`.

Ends with 0 when all went well, 1 when something failed, 2 when settings or arguments are wrong,
and 130 after Ctrl-C.
"""

import asyncio
import gc
import sys
from collections.abc import Coroutine
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from bot import logs
from bot.settings import Settings, SettingsError, load


class FilesAction(StrEnum):
    UPLOAD = "upload"
    DOWNLOAD = "download"


class Purpose(StrEnum):
    FINE_TUNE = "fine-tune"
    ASSISTANTS = "assistants"
    BATCH = "batch"
    VISION = "vision"
    USER_DATA = "user_data"
    EVALS = "evals"


app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,  # they show the values of variables, tokens among them
    help="Switchboard: the OpenAI API in Discord.",
)


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        run()


@app.command()
def run() -> None:
    """Start the bot; this is what happens without a command, too."""
    settings = _settings()
    gc.disable()  # what is imported stays: looking through it took a fifth of the start
    from bot import app as bot_app  # noqa: PLC0415  half a second that --help need not wait for

    gc.freeze()
    gc.enable()
    _do(bot_app.run(settings))


@app.command()
def check() -> None:
    """Try every part of the setup: each line says ok, or what to do."""
    settings = _settings(quiet=True)
    from bot.cli._check import check as check_all  # noqa: PLC0415  likewise

    _do(check_all(settings, Console(highlight=False)))


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema, as every start does."""
    settings = _settings()
    from bot.cli._migrate import migrate as migrate_now  # noqa: PLC0415  likewise

    _do(migrate_now(settings, Console(highlight=False)))


@app.command()
def export(
    channel: Annotated[int, typer.Argument(help="The channel's id; a thread is one, too.")],
    form: Annotated[
        Literal["md", "json", "jsonl"],
        typer.Option("--format", help="md to read, json with authors, jsonl for fine-tuning."),
    ] = "md",
    output: Annotated[
        Path | None, typer.Option("--output", help="A file; else it is printed.")
    ] = None,
) -> None:
    """Give out the conversations of a channel, also while the bot runs."""
    settings = _settings(quiet=True)
    from bot.cli._export import export as export_now  # noqa: PLC0415  likewise

    _do(export_now(settings, channel, form, output))


@app.command()
def commands(
    *,
    sync: Annotated[bool, typer.Option("--sync", help="Register what differs.")] = False,
) -> None:
    """Show how the commands registered at Discord differ from this version's."""
    settings = _settings(quiet=True)
    from bot.cli._commands import compare  # noqa: PLC0415  likewise

    _do(compare(settings, Console(highlight=False), sync=sync))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to; there must be nothing yet.")],
) -> None:
    """Copy the database into a file, also while the bot runs, and read the copy through."""
    settings = _settings(quiet=True)
    from bot.cli._backup import back_up  # noqa: PLC0415  likewise

    _do(back_up(settings, Console(highlight=False), file.absolute()))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` has made.")],
) -> None:
    """Put a backup in the database's place; the old one is kept beside it."""
    settings = _settings(quiet=True)
    from bot.cli._backup import restore as restore_now  # noqa: PLC0415  likewise

    _do(restore_now(settings, Console(highlight=False), file.absolute()))


@app.command()
def files(
    action: Annotated[FilesAction, typer.Argument(help="upload FILE, or download ID.")],
    what: Annotated[str, typer.Argument(help="The file to upload, or the id of one.")],
    to: Annotated[Path | None, typer.Argument(help="Where to download to.")] = None,
    purpose: Annotated[Purpose, typer.Option(help="What an upload is for.")] = Purpose.FINE_TUNE,
) -> None:
    """Send files of any size to the API server, and fetch them."""
    settings = _settings(quiet=True)
    from bot.cli import _files  # noqa: PLC0415  likewise

    console = Console(highlight=False)
    if action is FilesAction.UPLOAD:
        _do(_files.upload(settings, console, Path(what), purpose.value))
    else:
        _do(_files.download(settings, console, what, to))


@app.command()
def docs(
    folder: Annotated[Path, typer.Argument(help="Where they are written.")] = Path("docs"),
) -> None:
    """Write the pages of docs/ that follow from the code."""
    from bot.cli._docs import write  # noqa: PLC0415  likewise

    _do(write(folder))


def main() -> None:
    app(prog_name="python -m bot")


def _settings(*, quiet: bool = False) -> Settings:
    """The settings, and logging as they want it; `quiet` where the output is for reading."""
    try:
        settings = load()
    except SettingsError as error:
        for problem in error.problems:
            sys.stderr.write(f"{problem}\n")
        raise typer.Exit(2) from None
    level = "ERROR" if quiet and settings.log_level != "DEBUG" else settings.log_level
    logs.configure(level, settings.log_format, secrets=settings.secrets())
    return settings


def _do(work: Coroutine[Any, Any, bool | None]) -> None:
    """Run `work`; False means that it failed and has said so."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            well = runner.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from None
    except Exception as error:
        from bot.cli._words import explain, has_words  # noqa: PLC0415  likewise

        if not has_words(error):
            raise  # with its traceback, which the log cleans
        sys.stderr.write(f"{explain(error)}\n")
        raise typer.Exit(1) from None
    if well is False:
        raise typer.Exit(1)


def _loop_factory() -> Any:
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415  not on Windows

    return uvloop.new_event_loop
