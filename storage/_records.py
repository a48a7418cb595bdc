"""Domain values into JSON and back.

A newer version may run beside this one: what is not known is left out when read, and what is
missing has its default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, cast

import sqlalchemy as sa

from bot.domain.calls import FallbackUsed, Operation
from bot.domain.chat import (
    ChatParameters,
    DocumentPart,
    DocumentsAsText,
    FilePart,
    ImagePart,
    ParameterChanged,
    Part,
    SoundPart,
    StreamingDropped,
    TextPart,
    TokenLogprob,
    Usage,
)
from bot.domain.conversations import (
    Answering,
    Attempt,
    Author,
    BegunAfresh,
    FileCut,
    FormatReplaced,
    HistoryShortened,
    HistorySummed,
    InputLeftOut,
    Message,
    ModelReplaced,
    NothingMarked,
    Notice,
    PictureCropped,
    PictureReduced,
    PromptRevised,
    Turn,
    TurnState,
)
from bot.domain.ids import ChannelId, ConversationId, GuildId, PlaceKey, SourceId, TurnId, UserId
from storage._types import EPOCH, MICROSECOND

_PARTS: Mapping[str, type[Part]] = {
    "text": TextPart,
    "file": FilePart,
    "image": ImagePart,
    "sound": SoundPart,
    "document": DocumentPart,
}
_NOTICES: Mapping[str, type[Notice]] = {
    "parameter_changed": ParameterChanged,
    "streaming_dropped": StreamingDropped,
    "documents_as_text": DocumentsAsText,
    "begun_afresh": BegunAfresh,
    "input_left_out": InputLeftOut,
    "file_cut": FileCut,
    "history_shortened": HistoryShortened,
    "history_summed": HistorySummed,
    "model_replaced": ModelReplaced,
    "format_replaced": FormatReplaced,
    "fallback_used": FallbackUsed,
    "prompt_revised": PromptRevised,
    "picture_cropped": PictureCropped,
    "nothing_marked": NothingMarked,
    "picture_reduced": PictureReduced,
}


def dump_parts(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [_tagged(part, _PARTS) for part in parts]


def load_parts(stored: Any) -> tuple[Part, ...]:
    return tuple(_untagged(stored, _PARTS))


def dump_notices(notices: Sequence[Notice]) -> list[dict[str, Any]]:
    return [_tagged(notice, _NOTICES) for notice in notices]


def load_notices(stored: Any) -> tuple[Notice, ...]:
    return tuple(_untagged(stored, _NOTICES))


def dump_options(
    answering: Answering, attachments: Sequence[str], payer: UserId | None = None
) -> dict[str, Any]:
    """What turns.options holds: only what was set."""
    chat = answering.operation is Operation.CHAT
    options = {
        "operation": None if chat else answering.operation.value,
        "details": dict(answering.details) or None,
        "payer": payer,
        "model": answering.model,
        "parameters": _set_only(asdict(answering.parameters)),
        "system": answering.system,
        "usual_system": answering.usual_system,
        "moderation": answering.moderation,
        "most_messages": answering.most_messages,
        "fresh": answering.fresh,
        "stream": answering.stream,
        "attachments": list(attachments),
    }
    return _set_only(options)


def load_answering(options: Mapping[str, Any]) -> Answering:
    parameters: dict[str, Any] = _known(ChatParameters, options.get("parameters", {}))
    if "stop" in parameters:
        parameters["stop"] = tuple(parameters["stop"])
    answering: dict[str, Any] = {
        **_known(Answering, options),
        "operation": operation(options.get("operation")),
        "parameters": ChatParameters(**parameters),
    }
    return Answering(**answering)


def dump_usage(usage: Usage | None) -> dict[str, Any] | None:
    return None if usage is None else _set_only(asdict(usage))


def dump_logprobs(logprobs: Sequence[Sequence[TokenLogprob]]) -> list[Any] | None:
    """By choice; None where none were asked for, which are most answers."""
    if not any(logprobs):
        return None
    return [[[each.token, each.logprob, each.top] for each in choice] for choice in logprobs]


def load_logprobs(stored: Any) -> tuple[tuple[TokenLogprob, ...], ...]:
    return tuple(
        tuple(
            TokenLogprob(
                token=token,
                logprob=float(logprob),  # "-Infinity" is a text there
                top=tuple((other, float(likely)) for other, likely in top),
            )
            for token, logprob, top in choice
        )
        for choice in stored or ()
    )


def message(row: sa.Row[*tuple[Any, ...]]) -> Message:
    """From a row of `messages`."""
    author = None
    if row.author is not None:
        author = Author(user=UserId(row.author), name=row.author_name)
    return Message(role=row.role, parts=load_parts(row.parts), author=author)


def attempt(row: sa.Row[*tuple[Any, ...]]) -> Attempt:
    """From a row of `attempts`."""
    return Attempt(
        n=row.n,
        state=TurnState(row.state),
        model=row.model,
        finish_reasons=tuple(row.finish_reasons),
        usage=None if row.usage is None else Usage(**_known(Usage, row.usage)),
        request_id=row.request_id,
        error=row.error,
        notices=load_notices(row.notices),
        reasoning=tuple(row.reasoning),
        logprobs=load_logprobs(row.logprobs),
    )


def turn(row: sa.Row[*tuple[Any, ...]]) -> Turn:
    """From a row of `turns` with `place` beside it."""
    state = TurnState(row.state)
    # While one runs, the chosen one is still the one before it.
    in_hand = row.attempts if state is TurnState.RUNNING else row.chosen_attempt
    return Turn(
        id=TurnId(row.id),
        conversation=ConversationId(row.conversation),
        seq=row.seq,
        source=SourceId(row.source_id),
        place=PlaceKey(row.place),
        guild=None if row.guild is None else GuildId(row.guild),
        channel=ChannelId(row.channel),
        asker=UserId(row.asker),
        payer=UserId(row.options.get("payer", row.asker)),
        locale=row.locale,
        private=row.private,
        state=state,
        attempt=in_hand,
        choice=0 if in_hand != row.chosen_attempt else row.chosen_choice,
        attempts=row.attempts,
        answering=load_answering(row.options),
        attachments=tuple(row.options.get("attachments", ())),
        created_at=row.created_at,
    )


def _tagged(value: Any, kinds: Mapping[str, type]) -> dict[str, Any]:
    [tag] = [tag for tag, kind in kinds.items() if type(value) is kind]
    return {"type": tag, **_set_only(asdict(value))}


def _untagged(stored: Sequence[Mapping[str, Any]], kinds: Mapping[str, type]) -> list[Any]:
    return [
        kinds[item["type"]](**_values(_known(kinds[item["type"]], item)))
        for item in stored
        if item["type"] in kinds
    ]


def day(microseconds: int) -> str:
    """The UTC day of a moment as `Moment` keeps it."""
    return (EPOCH + microseconds * MICROSECOND).date().isoformat()


def operation(stored: str | None) -> Operation:
    """Chat where none was written down, and for one that only a newer version knows."""
    known = [each for each in Operation if each.value == stored]
    return known[0] if known else Operation.CHAT


def _values(stored: Mapping[str, Any]) -> dict[str, Any]:
    """As the domain has them: tuples, which JSON does not know, and members of Operation."""
    return {
        name: operation(value)
        if name == "operation"
        else tuple(cast("list[Any]", value))
        if isinstance(value, list)
        else value
        for name, value in stored.items()
    }


def _known(kind: type[Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in stored.items() if name in names}


def _set_only(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
