"""Who is kept from what: rules of the process, of the server, and what neither may rule out."""

from dataclasses import dataclass
from typing import Any

from discord import app_commands

from bot.domain.preferences import Feature

FEATURE = "feature"
"""The key in a command's `extras` where its name does not say which feature it belongs to."""

FOR_OPERATORS = frozenset({"files", "finetune", "operator"})
"""Commands that act on the whole API account: whoever uses them is looked at each time."""

OWN = frozenset({"privacy"})
"""Commands about what is stored about whoever uses them."""

FREE = FOR_OPERATORS | OWN | {"settings", "preferences", "help"}
"""Commands that a server's lists never bind: to mend the lists, and for what is one's own."""

AnyCommand = app_commands.Command[Any, ..., Any] | app_commands.ContextMenu


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What may keep somebody from a command, a button or a form.

    feature    what a server may have switched off
    free       its lists of roles and channels do not bind either
    operators  only they may
    own        nothing may, no block either: people can always see and erase what is stored of them
    """

    feature: Feature | None = None
    free: bool = False
    operators: bool = False
    own: bool = False


OPEN = Gate()


def gate_of(command: AnyCommand) -> Gate:
    """By its `extras`, else by its first word."""
    root = command.qualified_name.partition(" ")[0]
    named = command.extras.get(FEATURE, root)
    return Gate(
        feature=Feature(named) if named in set(Feature) else None,
        free=root in FREE,
        operators=root in FOR_OPERATORS,
        own=root in OWN,
    )
