"""What a server may switch off, and what its lists of roles and channels do not bind."""

from typing import Any

from discord import app_commands

from bot.domain.preferences import Feature

FEATURE = "feature"
"""The key in a command's `extras` where its name does not say which feature it belongs to."""

FOR_OPERATORS = frozenset({"files", "finetune", "operator"})
"""Commands that act on the whole API account: whoever uses them is looked at each time."""

FREE = FOR_OPERATORS | {"settings", "preferences", "help", "privacy"}
"""Commands that a server's lists never bind: to mend the lists, and for what is one's own."""

AnyCommand = app_commands.Command[Any, ..., Any] | app_commands.ContextMenu


def feature_of(command: AnyCommand) -> Feature | None:
    """By its `extras`, else by its first word; None for what can't be switched off."""
    named = command.extras.get(FEATURE, _root(command))
    return Feature(named) if named in set(Feature) else None


def is_for_operators(command: AnyCommand) -> bool:
    return _root(command) in FOR_OPERATORS


def is_free(command: AnyCommand) -> bool:
    return _root(command) in FREE


def _root(command: AnyCommand) -> str:
    return command.qualified_name.partition(" ")[0]
