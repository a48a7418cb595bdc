"""Every sentence the bot says when it can't do what was asked."""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import discord
from discord import app_commands
from discord.utils import format_dt

from bot.domain import errors as e
from bot.domain.preferences import Layer
from bot.texts import N_, Texts

Sentence = Callable[[Any, Texts], str]
Failure = TypeVar("Failure", bound=Exception)

_SENTENCES: dict[type[Exception], Sentence] = {}

# Errors that carry no facts.
_PLAIN: dict[type[Exception], str] = {
    e.TurnRunningError: N_("That question is being answered right now. Stop it first, or wait."),
    e.NothingToUndoError: N_("There is nothing to take back: this conversation is empty."),
    e.NotYoursError: N_(
        "That is somebody else's. Only they, or people with the Manage Messages permission, can do"
        " this."
    ),
    e.NothingHereError: N_(
        "There is nothing in that message for this: no sound, or no words to translate."
    ),
    e.NoThreadsHereError: N_("A thread can be opened in a text channel of a server only."),
    e.ConversationNotFoundError: N_("There is no such conversation here. Pick one from the list."),
    e.TurnNotFoundError: N_(
        "This answer is not kept any more, so the button has nothing to act on."
    ),
    e.CallNotKeptError: N_(
        "No API call of this answer is kept: a server can switch that off (`api_log`), and they are"
        " deleted after 30 days."
    ),
    e.ConfirmationGoneError: N_(
        "This was confirmed before, or the question is too old. Please use the command again."
    ),
    e.NotAFineTuneError: N_(
        "Only models that came of a fine-tuning can be deleted. Pick one from the list."
    ),
    e.NoPictureError: N_(
        "There is no picture in this message that can be changed: PNG, JPEG, WebP or GIF."
    ),
    e.ShuttingDownError: N_("The bot is restarting. Please try again in a minute."),
    e.ContentRejectedError: N_("The safety system turned this down. Other words may help."),
    e.CreditExhaustedError: N_(
        "The API account has no credit left. Waiting does not help; the bot's operator can top it"
        " up."
    ),
    e.KeyRejectedError: N_(
        "The API refused the bot's key. The bot's operator has to set a valid one."
    ),
    e.UnreachableError: N_("The API can't be reached right now. Please try again in a minute."),
    e.DatabaseBusyError: N_("The database was busy for too long. Please try again in a minute."),
    e.DatabaseFullError: N_(
        "The disk of the database is full, so nothing can be kept. The bot's operator has to make"
        " room."
    ),
    e.DatabaseCorruptError: N_(
        "The database is damaged. The bot's operator has to restore a backup."
    ),
    e.DatabaseUnavailableError: N_(
        "The database can't be reached right now. Please try again later."
    ),
    e.NewerSchemaError: N_(
        "The database belongs to a newer version of the bot. Its operator can help."
    ),
    e.AlreadyRunningError: N_("Another bot has this database open. Its operator can help."),
    e.UnplannedError: N_("Something broke on our side. If you report it, quote the number below."),
    e.LeaseLostError: N_("Another process of the bot has taken this answer over."),
    app_commands.CommandNotFound: N_("This has expired. Please use the command again."),
    app_commands.CommandSignatureMismatch: N_(
        "This command has changed. Please restart Discord and use it again."
    ),
    app_commands.NoPrivateMessage: N_("This works in servers only."),
}

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

_FILES: dict[e.FileFault, str] = {
    e.FileFault.TOO_LARGE: N_("{file} is too large: at most {limit} can be used."),
    e.FileFault.TOO_LARGE_FOR_DISCORD: N_(
        "{file} is too large to go through Discord, which takes {limit} here. On the bot's machine"
        " `python -m bot files` can do it."
    ),
    e.FileFault.TOO_LARGE_TOGETHER: N_(
        "These files are too large together: at most {limit} can be used. The largest is {file}."
    ),
    e.FileFault.TOO_MANY_PIXELS: N_("{file} has too many pixels: at most {limit} can be used."),
    e.FileFault.NOT_SUPPORTED: N_(
        "{file} is not supported. Attach PNG, JPEG, WebP or GIF pictures, sound, PDFs, or text"
        " files."
    ),
    e.FileFault.NOT_TEXT: N_("{file} is not a text file that can be read."),
    e.FileFault.DAMAGED: N_("{file} is damaged."),
    e.FileFault.GONE: N_("{file} can't be fetched from Discord any more. Please attach it again."),
    e.FileFault.FORBIDDEN_HOST: N_(
        "{file} is not on Discord's own servers, so it was not fetched."
    ),
    e.FileFault.TOO_LONG: N_("{file} is too long: at most {limit} can be used."),
    e.FileFault.NOT_A_PICTURE: N_(
        "{file} is not a picture that can be used. Attach PNG, JPEG, WebP or GIF."
    ),
    e.FileFault.NOT_SOUND: N_(
        "{file} is not sound that can be used. Attach MP3, M4A, MP4, OGG, WAV, WebM or FLAC."
    ),
    e.FileFault.NOT_A_PDF: N_("{file} is not a PDF."),
    e.FileFault.WITHOUT_SOUND: N_("There is no sound in {file}."),
    e.FileFault.WITHOUT_WORDS: N_("Nobody says anything in {file}, so there is no question in it."),
    e.FileFault.ENCRYPTED: N_("{file} is locked with a password. Attach it without one."),
    e.FileFault.WITHOUT_TEXT: N_(
        "There is no text in {file}, only pictures of it. Attach the pages as pictures."
    ),
    e.FileFault.MASK_EMPTY: N_(
        "The mask {file} marks nothing: make the part to change transparent or white."
    ),
}

_MEDIA: dict[e.MediaFailure, tuple[str, str]] = {  # with a file, without
    e.MediaFailure.CRASHED: (
        N_("{file} could not be read: the program that reads it broke down."),
        N_("The picture could not be drawn: the program that draws it broke down."),
    ),
    e.MediaFailure.TIMED_OUT: (
        N_("{file} takes too long to read, so it was given up. A simpler file may work."),
        N_("The picture took too long to draw, so it was given up."),
    ),
    e.MediaFailure.OUT_OF_MEMORY: (
        N_("{file} takes too much memory to read, so it was given up. A smaller one may work."),
        N_("The picture took too much memory to draw, so it was given up."),
    ),
    e.MediaFailure.BUSY: (
        N_("Too many files are being read right now. Please try again in a minute."),
        N_("Too many files are being read right now. Please try again in a minute."),
    ),
}

_DAMAGES: dict[e.Damage, str] = {
    e.Damage.NOT_JSON: N_("The API answered with something that is not JSON. Please try again."),
    e.Damage.WRONG_SHAPE: N_("The API's answer was not in the documented form. Please try again."),
    e.Damage.MALFORMED_EVENT: N_("A part of the API's stream could not be read. Please try again."),
    e.Damage.CUT: N_("The API's stream ended before the answer did. Please try again."),
    e.Damage.EMPTY: N_("The API ended its answer without a word. Please try again."),
    e.Damage.ENDLESS: N_("The answer grew without end and was cut off."),
}

_LAYERS: dict[Layer, str] = {
    Layer.ROLE: N_("a role"),
    Layer.SERVER: N_("the server"),
    Layer.CATEGORY: N_("a category"),
    Layer.CHANNEL: N_("a channel"),
    Layer.THREAD: N_("a thread"),
}

_LINES: dict[e.LineFault, str] = {
    e.LineFault.NOT_JSON: N_("this is not JSON"),
    e.LineFault.NOT_AN_OBJECT: N_("this is not an object in braces"),
    e.LineFault.UNKNOWN_FORM: N_("it has neither `messages` nor `prompt` and `completion`"),
    e.LineFault.MIXED: N_("it is of another form than the lines before"),
    e.LineFault.NO_MESSAGES: N_("`messages` is no list, or empty"),
    e.LineFault.BAD_MESSAGE: N_("a message is no object with `role` and `content`"),
    e.LineFault.BAD_ROLE: N_("a message has an unknown `role`"),
    e.LineFault.NO_ANSWER: N_("there is nothing in it that the assistant says"),
    e.LineFault.NOT_TEXT: N_("`prompt` or `completion` is no text"),
    e.LineFault.NOT_UTF8: N_("this is not UTF-8"),
    e.LineFault.EMPTY: N_("the file is empty"),
    e.LineFault.TOO_FEW: N_("too few examples"),
}

_BACKUPS: dict[e.BackupFault, str] = {
    e.BackupFault.NOT_SQLITE: N_(
        "The database is PostgreSQL, which makes its own backups: use `pg_dump`."
    ),
    e.BackupFault.EXISTS: N_("{path} is there already. Choose another name."),
    e.BackupFault.NOT_A_BACKUP: N_("{path} is no database of this bot."),
    e.BackupFault.NOT_A_FILE: N_("There is no file {path}."),
    e.BackupFault.DAMAGED: N_("{path} is damaged."),
    e.BackupFault.NO_ROOM: N_("{path} can't be written: the disk is full, or may not be used."),
}

LOOKS_LIKE_BACKTICK = "\u02cb"
MEGAPIXEL = 1_000_000
MIB = 1 << 20
KIB = 1 << 10


def explain(error: Exception, texts: Texts) -> str | None:
    """Words for an error we planned for; None for one we did not."""
    if isinstance(error, app_commands.CommandInvokeError):
        return explain(error.original, texts)
    if (plain := _PLAIN.get(type(error))) is not None:
        return texts(plain)
    if (sentence := _SENTENCES.get(type(error))) is not None:
        return sentence(error, texts)
    return None


def says(
    kind: type[Failure],
) -> Callable[[Callable[[Failure, Texts], str]], Callable[[Failure, Texts], str]]:
    """Register the sentence of one kind of error."""

    def register(sentence: Callable[[Failure, Texts], str]) -> Callable[[Failure, Texts], str]:
        _SENTENCES[kind] = sentence
        return sentence

    return register


def code(value: str, limit: int = 80) -> str:
    """`value` as Discord shows code: on one line, cut at `limit`, its own backticks harmless."""
    short = value if len(value) <= limit else f"{value[: limit - 1]}…"
    return f"`{' '.join(short.split()).replace('`', LOOKS_LIKE_BACKTICK) or ' '}`"


@says(e.NotAllowedError)
def _not_allowed(error: e.NotAllowedError, texts: Texts) -> str:
    return texts(_RULES[error.rule], setting=code(error.rule.value))


@says(e.OptionError)
def _option(error: e.OptionError, texts: Texts) -> str:
    return texts(
        "The option {option} can't be {value}. Allowed: {allowed}.",
        option=code(error.option),
        value=code(error.value),
        allowed=code(error.allowed),
    )


@says(e.OptionGoneError)
def _option_gone(error: e.OptionGoneError, texts: Texts) -> str:
    return texts(
        "This API server has no use for {options}: {path} knows nothing like it. Leave it out.",
        options=", ".join(code(name) for name in error.options),
        path=code(error.path),
    )


@says(e.LayerError)
def _layer(error: e.LayerError, texts: Texts) -> str:
    return texts(
        "{key} can't be set there, only here: {layers}.",
        key=code(error.key),
        layers=", ".join(texts(_LAYERS[layer]) for layer in error.layers),
    )


@says(e.FileError)
def _file(error: e.FileError, texts: Texts) -> str:
    shown = _limit(error.fault, error.limit or 0, texts)
    return texts(_FILES[error.fault], file=code(error.filename), limit=shown)


def _limit(fault: e.FileFault, limit: int, texts: Texts) -> str:
    if fault is e.FileFault.TOO_MANY_PIXELS:
        return texts("{n} megapixels", n=limit // MEGAPIXEL)
    if fault is e.FileFault.TOO_LONG:
        return texts.plural("one minute", "{n} minutes", max(1, limit // 60))
    return f"{limit // MIB} MiB" if limit >= MIB else f"{limit // KIB} KiB"


@says(e.TrainingDataError)
def _training_data(error: e.TrainingDataError, texts: Texts) -> str:
    name = code(error.filename)
    number, fault = error.lines[0]
    if fault is e.LineFault.EMPTY:
        return texts("There is not a single line in {file}.", file=name)
    if fault is e.LineFault.TOO_FEW:
        return texts.plural(
            "There is one example in {file}; at least 10 are needed.",
            "There are {n} examples in {file}; at least 10 are needed.",
            number,
            file=name,
        )
    lines = [
        texts("Line {number}: {wrong}.", number=number, wrong=texts(_LINES[fault]))
        for number, fault in error.lines
    ]
    if error.more:
        lines.append(texts.plural("And one more line.", "And {n} more lines.", error.more))
    return "\n".join([texts("{file} can't be used:", file=name), *lines])


@says(e.BackupError)
def _backup(error: e.BackupError, texts: Texts) -> str:
    return texts(_BACKUPS[error.fault], path=code(error.path))


@says(e.MaskSizeError)
def _mask_size(error: e.MaskSizeError, texts: Texts) -> str:
    return texts(
        "The mask has to be as large as the picture: the picture is {picture}, the mask is {mask}.",
        picture=code(_by(error.picture)),
        mask=code(_by(error.mask)),
    )


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


@says(e.MediaError)
def _media(error: e.MediaError, texts: Texts) -> str:
    with_file, without = _MEDIA[error.failure]
    if error.filename:
        return texts(with_file, file=code(error.filename))
    return texts(without)


@says(e.InputsGoneError)
def _inputs_gone(error: e.InputsGoneError, texts: Texts) -> str:
    return texts(
        "What was attached is not kept any more: {files}. Please ask again and attach it.",
        files=", ".join(code(name) for name in error.filenames),
    )


@says(e.QueueFullError)
def _queue_full(error: e.QueueFullError, texts: Texts) -> str:
    return texts.plural(
        "One question is already waiting in this conversation. Please try again when it is"
        " answered.",
        "{n} questions are already waiting in this conversation. Please try again when some are"
        " answered.",
        error.limit,
    )


@says(e.ContentFlaggedError)
def _flagged(error: e.ContentFlaggedError, texts: Texts) -> str:
    categories = ", ".join(map(code, error.categories)) or "…"
    sentence = (
        N_("The answer is not shown: moderation by {model} flagged it ({categories}).")
        if error.answer
        else N_("This was not sent: moderation by {model} flagged it ({categories}).")
    )
    return texts(sentence, model=code(error.model), categories=categories)


@says(e.TooFastError)
def _too_fast(error: e.TooFastError, texts: Texts) -> str:
    return texts.plural(
        "You have asked a lot in a short time. You can ask again in one second.",
        "You have asked a lot in a short time. You can ask again in {n} seconds.",
        max(1, math.ceil(error.retry_after)),
    )


@says(e.WindowTooSmallError)
def _window(error: e.WindowTooSmallError, texts: Texts) -> str:
    if error.limit is None:
        return texts("This question alone is too long for the model. Shorten it.")
    return texts(
        "This question alone is too long for the model, which reads {limit} tokens. Shorten it.",
        limit=error.limit,
    )


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


@says(e.BudgetExceededError)
def _budget(error: e.BudgetExceededError, texts: Texts) -> str:
    return texts(
        _BUDGETS[error.scope],
        left=money(error.left),
        cap=money(error.cap),
        when=format_dt(error.resets_at, "R"),
    )


@says(e.RequestRejectedError)
def _rejected(error: e.RequestRejectedError, texts: Texts) -> str:
    said = _quoted(error)
    if error.parameter:
        return texts("The API refused {name}.", name=code(error.parameter)) + said
    return texts("The API refused this request.") + said


@says(e.ContextLengthError)
def _context_length(error: e.ContextLengthError, texts: Texts) -> str:
    if error.limit is None:
        return texts("This is more text than the model takes. Shorten it, or use `fresh`.")
    return texts(
        "This is more text than the model takes ({limit} tokens). Shorten it, or use `fresh`.",
        limit=error.limit,
    )


@says(e.AccessDeniedError)
def _access_denied(error: e.AccessDeniedError, texts: Texts) -> str:
    if "verif" in error.detail.casefold():  # the server has no code for it, only words
        return texts(
            "The API wants the account's organization verified before it may use this model. The"
            " bot's operator can do that."
        )
    return texts("The API does not allow this to the bot's account.") + _quoted(error)


@says(e.ModelNotFoundError)
def _model_not_found(error: e.ModelNotFoundError, texts: Texts) -> str:
    return texts(
        "There is no model {model} here. `/models list` shows those that are.",
        model=code(error.model),
    )


@says(e.RemoteNotFoundError)
def _remote_not_found(error: e.RemoteNotFoundError, texts: Texts) -> str:
    return texts("The API server has no {identifier}.", identifier=code(error.identifier))


@says(e.EndpointMissingError)
def _endpoint_missing(error: e.EndpointMissingError, texts: Texts) -> str:
    return texts("This API server does not offer {operation}.", operation=code(error.operation))


@says(e.RateLimitedError)
def _rate_limited(error: e.RateLimitedError, texts: Texts) -> str:
    if error.retry_after is None:
        return texts("The API gets too many requests right now. Please try again in a minute.")
    return texts.plural(
        "The API gets too many requests right now. Please try again in one second.",
        "The API gets too many requests right now. Please try again in {n} seconds.",
        max(1, round(error.retry_after)),
    )


@says(e.ServerFaultError)
def _server_fault(error: e.ServerFaultError, texts: Texts) -> str:
    return texts(
        "The API failed on its side (status {status}). Please try again in a minute.",
        status=error.status or 500,
    )


@says(e.UpstreamTimeoutError)
def _timeout(error: e.UpstreamTimeoutError, texts: Texts) -> str:
    return texts.plural(
        "The API said nothing for one second. Please try again.",
        "The API said nothing for {n} seconds. Please try again.",
        max(1, round(error.after)),
    )


@says(e.BadAnswerError)
def _bad_answer(error: e.BadAnswerError, texts: Texts) -> str:
    return texts(_DAMAGES[error.damage])


@says(app_commands.TransformerError)
def _transformer(error: app_commands.TransformerError, texts: Texts) -> str:
    transformer = error.transformer
    low, high = transformer.min_value, transformer.max_value
    return texts(
        "The option {option} can't be {value}. Allowed: {allowed}.",
        option=code(error.type.name),
        value=code(str(error.value)),
        allowed=code(error.type.name if low is None and high is None else f"{low}..{high}"),
    )


@says(app_commands.CommandOnCooldown)
def _cooldown(error: app_commands.CommandOnCooldown, texts: Texts) -> str:
    return texts.plural(
        "One moment: you can use this again in one second.",
        "One moment: you can use this again in {n} seconds.",
        max(1, round(error.retry_after)),
    )


@says(app_commands.MissingPermissions)
def _missing(error: app_commands.MissingPermissions, texts: Texts) -> str:
    return texts(
        "You need the permission {names} for this.", names=_permissions(error.missing_permissions)
    )


@says(app_commands.BotMissingPermissions)
def _bot_missing(error: app_commands.BotMissingPermissions, texts: Texts) -> str:
    return texts(
        "The bot needs the permission {names} for this.",
        names=_permissions(error.missing_permissions),
    )


@says(discord.Forbidden)
def _forbidden(_: discord.Forbidden, texts: Texts) -> str:
    return texts("Discord does not let the bot do this here: it lacks a permission.")


def money(microusd: int) -> str:
    """Millionths of a US dollar as people write it: $1.25, and small sums to two digits."""
    dollars = microusd / 1_000_000
    if dollars == 0 or dollars >= 0.01:  # noqa: PLR2004  a cent
        return f"${dollars:,.2f}"
    return f"${dollars:.2g}" if dollars >= 0.0001 else "<$0.0001"  # noqa: PLR2004


def _permissions(missing: list[str]) -> str:
    return ", ".join(code(name.replace("_", " ").title()) for name in missing)


def _quoted(error: e.UpstreamError) -> str:
    """The server's own words, marked as such; they are in whatever language it speaks."""
    return (
        f"\n> {discord.utils.escape_markdown(' '.join(error.detail.split()))}"
        if error.detail
        else ""
    )
