"""Refused by a rule, a limit or a budget, and what is our own fault."""

import math

from discord.utils import format_dt

from bot.domain import errors as e
from bot.domain.preferences import Layer
from bot.texts import N_, Texts
from cogs._replies._sentences import Sentences
from cogs._replies._values import code, money

_RULES: dict[e.Rule, str] = {
    e.Rule.USER_NOT_ALLOWED: N_(
        "You are not on the list of people who may use this bot. Its operator can add you"
        " ({setting})."
    ),
    e.Rule.GUILD_NOT_ALLOWED: N_(
        "This server is not on the list of servers that may use this bot. Its operator can add it"
        " ({setting})."
    ),
    e.Rule.BLOCKED: N_(
        "You or this server may not use this bot. Its operator decides ({setting})."
        " `/privacy` still shows and deletes what is stored about you."
    ),
    e.Rule.DIRECT_MESSAGES_OFF: N_(
        "Direct messages are switched off for this bot. Its operator can allow them ({setting})."
    ),
    e.Rule.USER_INSTALL_OFF: N_(
        "This bot works only in servers it has joined. Its operator can allow more ({setting})."
    ),
    e.Rule.OPERATORS_ONLY: N_("This is for the bot's operators only ({setting})."),
    e.Rule.FEATURE_OFF: N_(
        "This is switched off here. People with the Manage Server permission can change that"
        " (`/settings`, {setting})."
    ),
    e.Rule.ROLE_NOT_ALLOWED: N_(
        "None of your roles may use the bot here. People with the Manage Server permission can"
        " change that (`/settings`, {setting})."
    ),
    e.Rule.CHANNEL_NOT_ALLOWED: N_(
        "The bot may not be used in this channel. People with the Manage Server permission can"
        " change that (`/settings`, {setting})."
    ),
}

_LAYERS: dict[Layer, str] = {
    Layer.ROLE: N_("a role"),
    Layer.SERVER: N_("the server"),
    Layer.CATEGORY: N_("a category"),
    Layer.CHANNEL: N_("a channel"),
    Layer.THREAD: N_("a thread"),
}

_BUDGETS: dict[e.BudgetScope, str] = {
    e.BudgetScope.TOTAL_MONTH: N_(
        "The bot's budget for this month is used up: {left} of {cap} is left, and this could cost"
        " more. There is more {when}; the bot's operator can raise it."
    ),
    e.BudgetScope.USER_DAY: N_(
        "Your budget for today is used up: {left} of {cap} is left, and this could cost more."
        " There is more {when}."
    ),
    e.BudgetScope.SERVER_MONTH: N_(
        "This server's budget for this month is used up: {left} of {cap} is left, and this could"
        " cost more. There is more {when}; the server's admins can raise it."
    ),
}

_PLAIN: dict[type[Exception], str] = {
    e.ConfirmationGoneError: N_(
        "This was confirmed before, or the question is too old. Please use the command again."
    ),
    e.NotAFineTuneError: N_(
        "Only models that came of a fine-tuning can be deleted. Pick one from the list."
    ),
    e.ShuttingDownError: N_("The bot is restarting. Please try again in a minute."),
    e.UnplannedError: N_("Something broke on our side. If you report it, quote the number below."),
    e.LeaseLostError: N_("Another process of the bot has taken this answer over."),
}

SENTENCES = Sentences(_PLAIN)


@SENTENCES.says(e.NotAllowedError)
def _not_allowed(error: e.NotAllowedError, texts: Texts) -> str:
    return texts(_RULES[error.rule], setting=code(error.rule.value))


@SENTENCES.says(e.OptionError)
def _option(error: e.OptionError, texts: Texts) -> str:
    return texts(
        "The option {option} can't be {value}. Allowed: {allowed}.",
        option=code(error.option),
        value=code(error.value),
        allowed=code(error.allowed),
    )


@SENTENCES.says(e.OptionGoneError)
def _option_gone(error: e.OptionGoneError, texts: Texts) -> str:
    return texts(
        "This API server has no use for {options}: {path} knows nothing like it. Leave it out.",
        options=", ".join(code(name) for name in error.options),
        path=code(error.path),
    )


@SENTENCES.says(e.LayerError)
def _layer(error: e.LayerError, texts: Texts) -> str:
    return texts(
        "{key} can't be set there, only here: {layers}.",
        key=code(error.key),
        layers=", ".join(texts(_LAYERS[layer]) for layer in error.layers),
    )


@SENTENCES.says(e.QueueFullError)
def _queue_full(error: e.QueueFullError, texts: Texts) -> str:
    return texts.plural(
        "One question is already waiting in this conversation. Please try again when it is"
        " answered.",
        "{n} questions are already waiting in this conversation. Please try again when some are"
        " answered.",
        error.limit,
    )


@SENTENCES.says(e.ContentFlaggedError)
def _flagged(error: e.ContentFlaggedError, texts: Texts) -> str:
    categories = ", ".join(map(code, error.categories)) or "…"
    if error.system:
        sentence = N_(
            "This was not sent: moderation by {model} flagged the system prompt that applies here"
            " ({categories}). `/conversation system` and `/preferences show` say which that is."
        )
    elif error.answer:
        sentence = N_("The answer is not shown: moderation by {model} flagged it ({categories}).")
    else:
        sentence = N_("This was not sent: moderation by {model} flagged it ({categories}).")
    return texts(sentence, model=code(error.model), categories=categories)


@SENTENCES.says(e.TooFastError)
def _too_fast(error: e.TooFastError, texts: Texts) -> str:
    return texts.plural(
        "You have asked a lot in a short time. You can ask again in one second.",
        "You have asked a lot in a short time. You can ask again in {n} seconds.",
        max(1, math.ceil(error.retry_after)),
    )


@SENTENCES.says(e.PriceUnknownError)
def _price(error: e.PriceUnknownError, texts: Texts) -> str:
    return texts(
        "There is a budget here, and nobody knows what {model} costs, so it was not asked. Who runs"
        " the bot can write its price into `PRICES_FILE`, or say by `UNKNOWN_PRICE` how much such"
        " calls count.",
        model=code(error.model),
    )


@SENTENCES.says(e.BudgetExceededError)
def _budget(error: e.BudgetExceededError, texts: Texts) -> str:
    return texts(
        _BUDGETS[error.scope],
        left=money(error.left),
        cap=money(error.cap),
        when=format_dt(error.resets_at, "R"),
    )
