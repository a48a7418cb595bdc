"""Files as parts of messages: pictures and sound as blobs, text within the message."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.chat import DocumentPart, FilePart, ImagePart, Part, SoundPart, TextPart
from bot.domain.conversations import Input, Message, Produced
from storage.database import Transaction

TEXT_MIMES = {"json": "application/json", "srt": "application/x-subrip", "vtt": "text/vtt"}
TEXTS = ("text/", *TEXT_MIMES.values())
"""Files of an answer that are kept within the message."""


async def keep_inputs(
    tx: Transaction, parts: Sequence[Part], inputs: Sequence[Input], *, at: datetime
) -> tuple[Part, ...]:
    """`parts` and the attachments, all kept in the transaction at hand."""
    kept = list(parts)
    for each in inputs:
        if each.mime.startswith("audio/"):
            sha256 = await tx.blobs.put(each.data, at)
            kept.append(
                SoundPart(name=each.name, mime=each.mime, sha256=sha256, size=len(each.data))
            )
        elif each.mime == "application/pdf":
            sha256 = await tx.blobs.put(each.data, at)
            kept.append(
                DocumentPart(
                    name=each.name,
                    mime=each.mime,
                    sha256=sha256,
                    size=len(each.data),
                    text=each.text,
                    pages=each.pages,
                )
            )
        elif each.mime.startswith("image/"):
            sha256 = await tx.blobs.put(each.data, at)
            kept.append(
                ImagePart(name=each.name, mime=each.mime, sha256=sha256, size=len(each.data))
            )
        else:
            kept.append(FilePart(each.name, each.data.decode()))
    return tuple(kept)


async def kept_inputs(tx: Transaction, parts: Sequence[Part]) -> tuple[Input, ...]:
    """The recordings of a question; empty where one of them is not kept any more."""
    found: list[Input] = []
    for part in parts:
        if isinstance(part, SoundPart):
            data = await tx.blobs.get(part.sha256)
            if data is None:
                return ()
            found.append(Input(name=part.name, mime=part.mime, data=data))
    return tuple(found)


async def keep_files(
    tx: Transaction, files: Sequence[Produced], *, at: datetime
) -> tuple[ImagePart | SoundPart | FilePart, ...]:
    """What an answer consists of, kept in the transaction at hand."""
    kept: list[ImagePart | SoundPart | FilePart] = []
    for each in files:
        if each.mime.startswith(TEXTS):
            kept.append(FilePart(each.name, each.data.decode("utf-8", "replace")))
            continue
        sha256 = await tx.blobs.put(each.data, at)
        size = len(each.data)
        if each.mime.startswith("audio/"):
            kept.append(SoundPart(name=each.name, mime=each.mime, sha256=sha256, size=size))
        else:
            kept.append(
                ImagePart(
                    name=each.name,
                    mime=each.mime,
                    sha256=sha256,
                    size=size,
                    description=each.description,
                )
            )
    return tuple(kept)


async def kept_files(tx: Transaction, parts: Sequence[Part]) -> tuple[Produced, ...]:
    """The files of an answer, as far as they are still kept."""
    found: list[Produced] = []
    for part in parts:
        if isinstance(part, FilePart):
            mime = TEXT_MIMES.get(part.name.rpartition(".")[2], "text/plain")
            data = part.text.encode("utf-8", "replace")
            found.append(Produced(name=part.name, mime=mime, data=data))
        if not isinstance(part, ImagePart | SoundPart):
            continue
        data = await tx.blobs.get(part.sha256)
        if data is not None:
            described = part.description if isinstance(part, ImagePart) else None
            found.append(Produced(name=part.name, mime=part.mime, data=data, description=described))
    return tuple(found)


def spoken(question: Message) -> str:
    """The text of a question that was sound; "" for one that was typed."""
    if not any(isinstance(part, SoundPart) and part.transcript == "" for part in question.parts):
        return ""
    return "\n".join(part.text for part in question.parts if isinstance(part, TextPart))


def texts_of(question: Message) -> tuple[str, ...]:
    """Its texts, those of its files and recordings among them; empty ones are left out."""
    texts = (
        part.transcript if isinstance(part, SoundPart) else part.text
        for part in question.parts
        if not isinstance(part, ImagePart)
    )
    return tuple(text for text in texts if text)
