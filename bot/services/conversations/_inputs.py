"""Attachments become parts of the question: pictures as blobs, text within the message."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.chat import FilePart, ImagePart, Part
from bot.domain.conversations import Input
from storage.database import Transaction


async def keep_inputs(
    tx: Transaction, parts: Sequence[Part], inputs: Sequence[Input], *, at: datetime
) -> tuple[Part, ...]:
    """`parts` and the attachments, all kept in the transaction at hand."""
    kept = list(parts)
    for each in inputs:
        if each.mime.startswith("image/"):
            sha256 = await tx.blobs.put(each.data, at)
            kept.append(
                ImagePart(name=each.name, mime=each.mime, sha256=sha256, size=len(each.data))
            )
        else:
            kept.append(FilePart(each.name, each.data.decode()))
    return tuple(kept)
