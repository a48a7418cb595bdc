"""What a picture is and how large, from its first bytes: nothing is decoded here.

A few kilobytes can hold a picture that needs gigabytes; its size is written in front.
"""

from collections.abc import Callable

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
GIF = (b"GIF87a", b"GIF89a")

# JPEG's markers, ITU-T T.81 table B.1
MARKER = 0xFF
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})

LOSSLESS = 0x2F  # WebP's VP8L signature

Size = tuple[int, int]


def mime_of(data: bytes) -> str | None:
    """The picture's type as its content says, whatever its name says; None for no picture."""
    if data.startswith(PNG):
        return "image/png"
    if data.startswith(JPEG):
        return "image/jpeg"
    if data.startswith(GIF):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def pixels(mime: str, data: bytes) -> int | None:
    """Width times height as its header says; None when it has none, so the file is damaged."""
    try:
        width, height = _READERS[mime](data)
    except (IndexError, ValueError):
        return None
    return width * height or None


def _big(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(_exactly(data, at, size), "big")


def _little(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(_exactly(data, at, size), "little")


def _exactly(data: bytes, at: int, size: int) -> bytes:
    if len(found := data[at : at + size]) < size:
        raise ValueError("cut short")
    return found


def _png(data: bytes) -> Size:
    if _exactly(data, 12, 4) != b"IHDR":
        raise ValueError("IHDR comes first")
    return _big(data, 16, 4), _big(data, 20, 4)


def _gif(data: bytes) -> Size:
    return _little(data, 6, 2), _little(data, 8, 2)


def _jpeg(data: bytes) -> Size:
    """Walk the segments to the frame header (SOF), which every JPEG has before its pixels."""
    at = 2
    while True:
        if data[at] != MARKER:
            raise ValueError("a marker was expected")
        marker = data[at + 1]
        if marker == MARKER:  # padding
            at += 1
        elif marker in FRAMES:
            return _big(data, at + 7, 2), _big(data, at + 5, 2)
        elif marker in WITHOUT_LENGTH:
            at += 2
        else:
            at += 2 + max(2, _big(data, at + 2, 2))


def _webp(data: bytes) -> Size:
    chunk = _exactly(data, 12, 4)
    if chunk == b"VP8X":
        return 1 + _little(data, 24, 3), 1 + _little(data, 27, 3)
    if chunk == b"VP8L" and data[20] == LOSSLESS:
        bits = _little(data, 21, 4)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 " and _exactly(data, 23, 3) == b"\x9d\x01\x2a":
        return _little(data, 26, 2) & 0x3FFF, _little(data, 28, 2) & 0x3FFF
    raise ValueError("no known chunk")


_READERS: dict[str, Callable[[bytes], Size]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/webp": _webp,
}
