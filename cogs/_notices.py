"""What people are told beside an answer's text: one small embed, which no model can fake."""

from collections.abc import Mapping, Sequence
from typing import Any

import discord

from bot.domain.calls import FallbackUsed
from bot.domain.chat import DocumentsAsText, ParameterChanged, StreamingDropped, TokenLogprob
from bot.domain.conversations import (
    BegunAfresh,
    FileCut,
    FormatReplaced,
    HistoryShortened,
    HistorySummed,
    InputLeftOut,
    LeftOut,
    ModelReplaced,
    NothingMarked,
    Notice,
    PictureCropped,
    PictureReduced,
    PromptRevised,
    TurnState,
    TurnView,
)
from bot.domain.errors import BotError
from bot.texts import N_, Texts
from cogs._replies import code, explain

_LEFT_OUT: Mapping[LeftOut, str] = {
    LeftOut.NOT_ALLOWED: N_(
        "{what} was not read: only messages of this server that you and the bot can see are."
    ),
    LeftOut.GONE: N_("{what} was not read: it is not there any more."),
    LeftOut.TOO_MANY: N_("{what} was not read: these are too many links."),
    LeftOut.FILE: N_("{what} can't be used and was left out."),
}
_TABLE_TOKENS = 10
_FIELD_LIMIT = 1024
_PROMPT_LIMIT = 1500  # characters of a prompt that a model wrote


def notice_embed(view: TurnView, texts: Texts) -> Mapping[str, Any] | None:
    """The embed under an ended answer; None where there is nothing to say."""
    said = [*(say_notice(notice, texts) for notice in view.notices), *_ending(view, texts)]
    scores = _scores(view)
    if not said and scores is None:
        return None
    embed = discord.Embed(description="\n".join(said)[:4096] or None, colour=_colour(view.state))
    if scores is not None:
        embed.add_field(name=texts("How sure the model was"), value=scores, inline=False)
    if view.state in (TurnState.FAILED, TurnState.INTERRUPTED):
        embed.set_footer(text=str(view.turn.id))
    return embed.to_dict()


def say_notice(notice: Notice, texts: Texts) -> str:  # noqa: C901, PLR0911, PLR0912  one for each
    match notice:
        case ParameterChanged(parameter=parameter, renamed_to=None):
            return texts("This model does not take `{name}`: it was left out.", name=parameter)
        case ParameterChanged(parameter=parameter, renamed_to=other):
            return texts(
                "This model calls `{name}` `{other}`: it was sent as that.",
                name=parameter,
                other=other,
            )
        case StreamingDropped():
            return texts("This server can't stream, so the answer came in one piece.")
        case DocumentsAsText(files=files):
            return texts(
                "This model takes no PDFs: of {files} only the text was sent.",
                files=", ".join(map(code, files)),
            )
        case BegunAfresh(days=days):
            return texts.plural(
                "Nothing was asked here for a day, so this begins a new conversation."
                " `/conversation resume` brings the earlier one back.",
                "Nothing was asked here for {n} days, so this begins a new conversation."
                " `/conversation resume` brings the earlier one back.",
                days,
            )
        case InputLeftOut(what=what, why=why):
            return texts(_LEFT_OUT[LeftOut(why)], what=what if "://" in what else code(what))
        case FileCut(file=file, read=read, pages=pages):
            return texts.plural(
                "{file} is long: the first of its {pages} pages was sent.",
                "{file} is long: the first {n} of its {pages} pages were sent.",
                read,
                file=code(file),
                pages=pages,
            )
        case HistoryShortened(sent=0):
            return texts("The model's window is full: nothing before this was sent along.")
        case HistoryShortened():
            return texts.plural(
                "The model's window is full: only the newest question before this was sent along.",
                "The model's window is full: only the {n} newest questions were sent along.",
                notice.sent,
            )
        case HistorySummed(exchanges=exchanges, whole=whole):
            summed = texts.plural(
                "The model's window is full: from now on a summary stands in for the question"
                " before and its answer, which are kept.",
                "The model's window is full: from now on a summary stands in for the {n} questions"
                " before and their answers, which are kept.",
                exchanges,
            )
            return summed if whole else f"{summed} {texts('Still older ones are not in it.')}"
        case FallbackUsed(path=path, lost=lost):
            used = texts("This server has no endpoint for it, so {path} stood in.", path=code(path))
            if not lost:
                return used
            names = ", ".join(map(code, lost))
            return f"{used} {texts('Left out: {names}.', names=names)}"
        case ModelReplaced(asked=asked, used=used, option=str(option)):
            return texts(
                "The model {asked} does not do {option}, so {used} did it.",
                asked=code(asked),
                option=code(option),
                used=code(used),
            )
        case FormatReplaced(asked=asked, used=used):
            return texts(
                "As {asked} it would be larger than may be sent here, so it is {used}.",
                asked=code(asked),
                used=code(used),
            )
        case ModelReplaced(asked=asked, used=used):
            return texts(
                "The model {asked} was not there; {used} answered instead.", asked=asked, used=used
            )
        case PromptRevised() | PictureCropped() | NothingMarked() | PictureReduced():
            return _say_picture(notice, texts)


def _say_picture(
    notice: PromptRevised | PictureCropped | NothingMarked | PictureReduced, texts: Texts
) -> str:
    match notice:
        case PromptRevised(prompt=prompt):
            said = discord.utils.escape_markdown(" ".join(prompt.split())[:_PROMPT_LIMIT])
            return texts("The model drew after these words: {prompt}", prompt=said)
        case PictureCropped(name=name):
            return texts(
                "This server takes square pictures only: the middle of {file} was sent.",
                file=code(name),
            )
        case NothingMarked():
            return texts(
                "This server changes only what is transparent or marked by `mask` or `region`, and"
                " nothing was."
            )
        case PictureReduced(name=name):
            return texts(
                "{file} was too large for Discord, so it is shown with less detail.",
                file=code(name),
            )


def say_error(error: BotError | None, texts: Texts) -> str:
    sentence = explain(error, texts) if error is not None else None
    if sentence is not None:
        return sentence
    return texts("Something broke on our side. If you report it, quote the number below.")


def _ending(view: TurnView, texts: Texts) -> Sequence[str]:
    match view.state:
        case TurnState.FAILED:
            return [say_error(view.error, texts)]
        case TurnState.INTERRUPTED:
            return [texts("The bot stopped in the middle of this answer. Retry asks again.")]
        case TurnState.STOPPED:
            return [texts("Stopped.")]
        case _:
            pass
    choice = view.turn.choice
    reason = view.finish_reasons[choice] if choice < len(view.finish_reasons) else None
    sentences = {
        "length": texts("The answer ends here because it reached its length limit."),
        "content_filter": texts("The safety system cut this answer short."),
    }
    if reason in sentences:
        return [sentences[reason]]
    empty = not view.files and not any(text.strip() for text in view.texts)
    return [texts("The model's answer was empty.")] if empty else []


def _colour(state: TurnState) -> discord.Colour:
    if state is TurnState.FAILED:
        return discord.Colour.red()
    if state is TurnState.INTERRUPTED:
        return discord.Colour.orange()
    return discord.Colour.light_grey()


def _scores(view: TurnView) -> str | None:
    """The first tokens with their probability; all of them are in the file beside it."""
    tokens = logprobs_of(view)
    if not tokens:
        return None
    lines = [_score(token) for token in tokens[:_TABLE_TOKENS]]
    while lines and sum(map(len, lines)) + len(lines) > _FIELD_LIMIT - 8:
        lines.pop()
    return "```\n" + "\n".join(lines) + "\n```" if lines else None


def _score(token: TokenLogprob) -> str:
    others = " ".join(f"{_visible(text)} {_percent(score)}" for text, score in token.top[:3])
    return f"{_visible(token.token):<12.12} {_percent(token.logprob):>6}  {others}".rstrip()


def _visible(token: str) -> str:
    return repr(token)[1:-1].replace("`", "'")[:20]


def _percent(logprob: float) -> str:
    return f"{100 * 2.718281828459045 ** min(logprob, 0.0):.1f}%"


def logprobs_of(view: TurnView) -> tuple[TokenLogprob, ...]:
    choice = view.turn.choice
    return view.logprobs[choice] if choice < len(view.logprobs) else ()
