"""Pictures that people attach: refused before they are fetched, where that can be told."""

from collections.abc import Sequence

from bot.domain.conversations import Input, Inputs
from bot.domain.errors import FileError, FileFault
from cogs._attachments import MAX_PICTURE, MAX_TOGETHER, Attached, Attachments, name_of

PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
NO_PICTURE = (FileFault.NOT_SUPPORTED, FileFault.NOT_TEXT)


def is_picture(attached: Attached) -> bool:
    """As far as Discord says; where it says nothing, the content will tell."""
    mime = (attached.content_type or "").lower().partition(";")[0]
    return not mime or mime in PICTURES


def check_pictures(attached: Sequence[Attached]) -> None:
    """By what Discord says of their types and sizes, before a byte of them is fetched.

    Raises:
        FileError: no picture, or too large, alone or together.
    """
    for each in attached:
        if not is_picture(each):
            raise FileError(name_of(each), FileFault.NOT_A_PICTURE)
        if each.size > MAX_PICTURE:
            raise FileError(name_of(each), FileFault.TOO_LARGE, MAX_PICTURE)
    if sum(each.size for each in attached) > MAX_TOGETHER:
        largest = max(attached, key=lambda each: each.size)
        raise FileError(name_of(largest), FileFault.TOO_LARGE_TOGETHER, MAX_TOGETHER)


def pictures(
    attachments: Attachments, attached: Sequence[Attached], *, first: Sequence[Input] = ()
) -> Inputs | None:
    """What fetches them once the question is accepted; `first` is there already."""
    if not attached and not first:
        return None

    async def fetch() -> tuple[Input, ...]:
        return (*first, *[await _read(attachments, each) for each in attached])

    return fetch


async def _read(attachments: Attachments, attached: Attached) -> Input:
    try:
        found = await attachments.read(attached)
    except FileError as error:
        if error.fault not in NO_PICTURE:
            raise
        raise FileError(error.filename, FileFault.NOT_A_PICTURE) from error
    if not found.mime.startswith("image/"):
        raise FileError(found.name, FileFault.NOT_A_PICTURE)
    return found
