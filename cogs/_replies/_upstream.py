"""The OpenAI API did not deliver."""

import discord

from bot.domain import errors as e
from bot.texts import N_, Texts
from cogs._replies._sentences import Sentences
from cogs._replies._values import code

_DAMAGES: dict[e.Damage, str] = {
    e.Damage.NOT_JSON: N_("The API answered with something that is not JSON. Please try again."),
    e.Damage.WRONG_SHAPE: N_("The API's answer was not in the documented form. Please try again."),
    e.Damage.MALFORMED_EVENT: N_("A part of the API's stream could not be read. Please try again."),
    e.Damage.CUT: N_("The API's stream ended before the answer did. Please try again."),
    e.Damage.EMPTY: N_("The API ended its answer without a word. Please try again."),
    e.Damage.ENDLESS: N_("The answer grew without end and was cut off."),
}

_PLAIN: dict[type[Exception], str] = {
    e.ContentRejectedError: N_("The safety system turned this down. Other words may help."),
    e.CreditExhaustedError: N_(
        "The API account has no credit left. Waiting does not help; the bot's operator can top it"
        " up."
    ),
    e.KeyRejectedError: N_(
        "The API refused the bot's key. The bot's operator has to set a valid one."
    ),
    e.UnreachableError: N_("The API can't be reached right now. Please try again in a minute."),
}

SENTENCES = Sentences(_PLAIN)


@SENTENCES.says(e.RequestRejectedError)
def _rejected(error: e.RequestRejectedError, texts: Texts) -> str:
    said = _quoted(error)
    if error.parameter:
        return texts("The API refused {name}.", name=code(error.parameter)) + said
    return texts("The API refused this request.") + said


@SENTENCES.says(e.ContextLengthError)
def _context_length(error: e.ContextLengthError, texts: Texts) -> str:
    if error.limit is None:
        return texts("This is more text than the model takes. Shorten it, or use `fresh`.")
    return texts(
        "This is more text than the model takes ({limit} tokens). Shorten it, or use `fresh`.",
        limit=error.limit,
    )


@SENTENCES.says(e.AccessDeniedError)
def _access_denied(error: e.AccessDeniedError, texts: Texts) -> str:
    if "verif" in error.detail.casefold():  # the server has no code for it, only words
        return texts(
            "The API wants the account's organization verified before it may use this model. The"
            " bot's operator can do that."
        )
    return texts("The API does not allow this to the bot's account.") + _quoted(error)


@SENTENCES.says(e.ModelNotFoundError)
def _model_not_found(error: e.ModelNotFoundError, texts: Texts) -> str:
    return texts(
        "There is no model {model} here. `/models list` shows those that are.",
        model=code(error.model),
    )


@SENTENCES.says(e.RemoteNotFoundError)
def _remote_not_found(error: e.RemoteNotFoundError, texts: Texts) -> str:
    return texts("The API server has no {identifier}.", identifier=code(error.identifier))


@SENTENCES.says(e.EndpointMissingError)
def _endpoint_missing(error: e.EndpointMissingError, texts: Texts) -> str:
    return texts("This API server does not offer {operation}.", operation=code(error.operation))


@SENTENCES.says(e.RateLimitedError)
def _rate_limited(error: e.RateLimitedError, texts: Texts) -> str:
    if error.retry_after is None:
        return texts("The API gets too many requests right now. Please try again in a minute.")
    return texts.plural(
        "The API gets too many requests right now. Please try again in one second.",
        "The API gets too many requests right now. Please try again in {n} seconds.",
        max(1, round(error.retry_after)),
    )


@SENTENCES.says(e.ServerFaultError)
def _server_fault(error: e.ServerFaultError, texts: Texts) -> str:
    return texts(
        "The API failed on its side (status {status}). Please try again in a minute.",
        status=error.status or 500,
    )


@SENTENCES.says(e.UpstreamTimeoutError)
def _timeout(error: e.UpstreamTimeoutError, texts: Texts) -> str:
    return texts.plural(
        "The API said nothing for one second. Please try again.",
        "The API said nothing for {n} seconds. Please try again.",
        max(1, round(error.after)),
    )


@SENTENCES.says(e.BadAnswerError)
def _bad_answer(error: e.BadAnswerError, texts: Texts) -> str:
    return texts(_DAMAGES[error.damage])


def _quoted(error: e.UpstreamError) -> str:
    """The server's own words, marked as such; they are in whatever language it speaks."""
    return (
        f"\n> {discord.utils.escape_markdown(' '.join(error.detail.split()))}"
        if error.detail
        else ""
    )
