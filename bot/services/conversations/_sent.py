"""Messages on their way into a request, who speaks in them, and where their texts are kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.chat import ChatMessage, DocumentData, ImageData, joined
from bot.domain.conversations import Author
from bot.domain.ids import TurnId

MANY = 2  # people: from then on the model is told who speaks
NAME_LENGTH = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A message as kept, or one part of it: a question is attempt 0."""

    turn: TurnId
    attempt: int = 0
    choice: int = 0
    part: int | None = None
    before: str = ""  # what is sent in front of it


@dataclass(frozen=True, slots=True)
class Sent:
    """A message on its way into a request. `speaker` is None for the model's own."""

    message: ChatMessage
    where: Where | None = None
    speaker: Author | None = None


def named(sent: Sequence[Sent]) -> Sequence[Sent]:
    """Where several people speak, each message begins with its speaker's name.

    As text: the API's own field for it takes no spaces and no Chinese, and many servers refuse or
    ignore it.
    """
    if len({each.speaker.user for each in sent if each.speaker}) < MANY:
        return sent
    return [_behind_name(each, each.speaker) if each.speaker else each for each in sent]


def _behind_name(sent: Sent, speaker: Author) -> Sent:
    name = f"{' '.join(speaker.name.split())[:NAME_LENGTH]}: "
    content = sent.message.content
    if isinstance(content, str):
        message = replace(sent.message, content=name + content)
        where = replace(sent.where, before=name) if sent.where else None
        return replace(sent, message=message, where=where)
    first, *others = content
    if isinstance(first, str):
        where = replace(sent.where, before=name) if sent.where else None
        named = replace(sent.message, content=(name + first, *others))
        return replace(sent, message=named, where=where)
    return replace(sent, message=replace(sent.message, content=(name, *content)), where=None)


def kept_texts(sent: Sequence[Sent]) -> dict[str, Where]:
    found: dict[str, Where] = {}
    for each in sent:
        if each.where is not None:
            found |= _texts(each.message, each.where)
    return found


def _texts(message: ChatMessage, where: Where) -> dict[str, Where]:
    """The texts of a message as it is sent, each with where it is kept."""
    content = message.content
    if isinstance(content, str):
        return {content: where}
    found = {
        words: replace(where, part=number, before=where.before if number == 0 else "")
        for number, each in enumerate(content)
        if (words := _words(each))
    }
    if not any(isinstance(each, ImageData) for each in content):
        # Where the model takes no documents, all of it goes as one text.
        found[joined(filter(None, map(_words, content)))] = where
    return found


def _words(part: str | ImageData | DocumentData) -> str | None:
    match part:
        case str():
            return part
        case DocumentData(words=words):
            return words
        case ImageData():
            return None
