"""What went wrong, said to the operator."""

from collections.abc import Callable
from typing import Any

import aiohttp
import discord

from bot.domain import errors as e

_BACKUPS = {
    e.BackupFault.NOT_SQLITE: (
        "The database is PostgreSQL, which makes its own backups: use pg_dump and pg_restore."
    ),
    e.BackupFault.EXISTS: "{path} is there already. Choose another name.",
    e.BackupFault.NOT_A_BACKUP: "{path} is no database of Switchboard.",
    e.BackupFault.NOT_A_FILE: "There is no file {path}.",
    e.BackupFault.DAMAGED: "{path} is damaged.",
    e.BackupFault.NO_ROOM: "{path} can't be written: the disk is full, or may not be used.",
}

_WORDS: dict[type[Exception], Callable[[Any], str]] = {
    e.DatabaseBusyError: lambda _: (
        "Another program has locked the database. End it, then start again."
    ),
    e.DatabaseFullError: lambda _: "The disk of the database is full. Make room, then start again.",
    e.DatabaseCorruptError: lambda error: (
        f"The database {error.where} is damaged. Restore a backup of it."
    ),
    e.DatabaseUnavailableError: lambda error: (
        f"The database {error.where} can't be opened: {error.reason}. Look at DATABASE_URL."
    ),
    e.NewerSchemaError: lambda error: (
        f"The database was written by a newer Switchboard (schema {error.found}, this one knows "
        f"{error.newest_known}). Install that version, or restore a backup from before it."
    ),
    e.AlreadyRunningError: lambda error: (
        f"Another bot has {error.where} open. End it, or give this one its own DATABASE_URL."
    ),
    e.BackupError: lambda error: _BACKUPS[error.fault].format(path=error.path),
    e.TrainingDataError: lambda error: (
        f"{error.filename} can't be used: "
        + "; ".join(f"line {number}: {_fault(fault)}" for number, fault in error.lines)
        + (f"; and {error.more} more" if error.more else "")
        + "."
    ),
    e.FileError: lambda error: f"{error.filename} can't be used ({error.fault}).",
    e.RemoteNotFoundError: lambda error: f"The API server has no {error.identifier}.",
    e.StorageError: lambda error: f"The database failed ({error}). Look at DATABASE_URL.",
    e.KeyRejectedError: lambda _: "The API refused OPENAI_API_KEY. Set one that is valid.",
    e.AccessDeniedError: lambda error: (
        f"The API denied access: {error.detail or 'without a reason'}. "
        "Look at the key's permissions, OPENAI_ORG_ID and OPENAI_PROJECT_ID."
    ),
    e.CreditExhaustedError: lambda _: "The API account has no credit left. Add some.",
    e.RateLimitedError: lambda _: "The API is limiting our calls. Try again in a minute.",
    e.EndpointMissingError: lambda _: (
        "The API server has no list of models. Look at OPENAI_BASE_URL: it ends in /v1 mostly."
    ),
    e.UnreachableError: lambda error: (
        f"The API can't be reached{_because(error.detail)}. Look at OPENAI_BASE_URL."
    ),
    e.UpstreamTimeoutError: lambda _: "The API did not answer in time. Look at OPENAI_BASE_URL.",
    e.BadAnswerError: lambda _: (
        "What is at OPENAI_BASE_URL does not answer like the OpenAI API. It ends in /v1 mostly."
    ),
    e.UpstreamError: lambda error: (
        f"The API answered {error.status or 'with an error'}{_because(error.detail)}."
    ),
    discord.LoginFailure: lambda _: (
        "Discord refused DISCORD_TOKEN. Reset it at "
        "https://discord.com/developers/applications (Bot)."
    ),
    discord.PrivilegedIntentsRequired: lambda _: (
        "Discord refused the intents. Look at https://discord.com/developers/applications (Bot)."
    ),
    discord.HTTPException: lambda error: f"Discord answered {error.status}: {error.text or error}.",
    aiohttp.ClientError: lambda error: (
        f"Discord can't be reached: {error}. Look at DISCORD_API_URL and the network."
    ),
}


def has_words(error: Exception) -> bool:
    return any(kind in _WORDS for kind in type(error).__mro__)


def explain(error: Exception) -> str:
    """What happened and what to do, in a line.

    Raises:
        StopIteration: nobody planned for this error (see `has_words`).
    """
    return next(_WORDS[kind] for kind in type(error).__mro__ if kind in _WORDS)(error)


def _because(detail: str) -> str:
    return f": {detail.rstrip('.')}" if detail else ""


def _fault(fault: e.LineFault) -> str:
    return fault.value.replace("_", " ")
