"""Every sentence the bot says when it can't do what was asked, by family of errors."""

from discord import app_commands

from bot.texts import Texts
from cogs._replies import _conversations, _discord, _files, _refusals, _storage, _upstream
from cogs._replies._values import code, money

_FAMILIES = (_refusals, _conversations, _files, _upstream, _storage, _discord)
_SENTENCES = {kind: said for each in _FAMILIES for kind, said in each.SENTENCES.items()}


def explain(error: Exception, texts: Texts) -> str | None:
    """Words for an error we planned for; None for one we did not."""
    if isinstance(error, app_commands.CommandInvokeError):
        return explain(error.original, texts)
    sentence = _SENTENCES.get(type(error))
    return None if sentence is None else sentence(error, texts)


__all__ = ["code", "explain", "money"]
