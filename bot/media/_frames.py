"""How the bot and its worker talk: a length, a JSON header with the sizes of what follows, bytes.

JSON and not pickle: who reads a pickle runs it, and the worker reads strangers' files.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LENGTH = 4  # bytes, big endian
MAX_HEADER = 1 << 20
MAX_BLOBS = 128 << 20  # of one message, together


class FrameError(Exception):
    """Not a message, or one over its limits."""


@dataclass(frozen=True, slots=True)
class Message:
    """facts are what JSON can say; blobs are files and long texts."""

    facts: Mapping[str, Any]
    blobs: Sequence[bytes] = ()


def head_of(message: Message) -> bytes:
    """What goes in front of the blobs."""
    header = json.dumps({"facts": message.facts, "sizes": [len(each) for each in message.blobs]})
    encoded = header.encode()
    return len(encoded).to_bytes(LENGTH, "big") + encoded


def length_of(start: bytes) -> int:
    """The header's length.

    Raises:
        FrameError: it is too long.
    """
    if (length := int.from_bytes(start, "big")) > MAX_HEADER:
        raise FrameError("a header over its limit")
    return length


def header_of(encoded: bytes) -> tuple[Mapping[str, Any], Sequence[int]]:
    """The facts, and how long each blob is.

    Raises:
        FrameError: this is not a header, or it announces too much.
    """
    try:
        header = json.loads(encoded)
        facts, sizes = dict(header["facts"]), [int(size) for size in header["sizes"]]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise FrameError("not a header") from error
    if any(size < 0 for size in sizes) or sum(sizes) > MAX_BLOBS:
        raise FrameError("blobs over their limit")
    return facts, sizes
