"""Files as parts of messages: pictures and sound as blobs, text within the message."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.chat import FilePart, ImagePart, Part, SoundPart, TextPart
from bot.domain.conversations import Input, Message, Produced
from storage.database import Transaction


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
        elif each.mime.startswith("image/"):
            sha256 = await tx.blobs.put(each.data, at)
            kept.append(
                ImagePart(name=each.name, mime=each.mime, sha256=sha256, size=len(each.data))
            )
        else:
            kept.append(FilePart(each.name, each.data.decode()))
    return tuple(kept)


async def keep_files(
    tx: Transaction, files: Sequence[Produced], *, at: datetime
) -> tuple[ImagePart | SoundPart, ...]:
    """What an answer consists of, kept in the transaction at hand."""
    kept: list[ImagePart | SoundPart] = []
    for each in files:
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
        if not isinstance(part, ImagePart | SoundPart):
            continue
        data = await tx.blobs.get(part.sha256)
        if data is not None:
            described = part.description if isinstance(part, ImagePart) else None
            found.append(Produced(name=part.name, mime=part.mime, data=data, description=described))
    return tuple(found)


def texts_of(question: Message) -> tuple[str, ...]:
    """Its texts and those of its files, in the order of its parts; empty ones are left out."""
    texts = (part.text for part in question.parts if isinstance(part, TextPart | FilePart))
    return tuple(text for text in texts if text)
