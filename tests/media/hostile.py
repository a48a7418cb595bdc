"""Files that mean harm, or were harmed: each derived from its number alone."""

import random
import struct
import zlib
from collections.abc import Callable
from functools import cache

from PIL import Image

from tests.media.documents import a_pdf
from tests.media.sounds import KINDS, film, recorded
from tests.media.test_pictures import animated, file_of, turned, two_halves

STARTS = (
    *(b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\xff\xff\xff\x7fWEBPVP8X"),
    *(b"OggS\x00\x02", b"ID3\x04", b"fLaC\x00\x00\x00\x22", b"RIFF\xff\xff\xff\x7fWAVEfmt "),
    *(b"\x1a\x45\xdf\xa3", b"\x00\x00\x00\x18ftypM4A ", b"\xff\xfb\x90", b"\xff\xf1\x50"),
    *(b"FORM\x7f\xff\xff\xffAIFF", b"caff", b"#!AMR\n", b"%PDF-1.7\n", b"PK\x03\x04", b""),
)


@cache
def sound_files() -> tuple[bytes, ...]:
    """Whole and harmless: what harm is done to."""
    pictures = (
        file_of(two_halves()),
        file_of(two_halves(), "PNG", optimize=True),
        file_of(Image.new("P", (40, 20)), "PNG", transparency=0),
        file_of(two_halves(), "JPEG", progressive=True),
        file_of(two_halves(), "WEBP"),
        file_of(two_halves(), "WEBP", lossless=True),
        turned(),
        animated(),
    )
    sounds = tuple(recorded(kind, [(0.3, 0.5)]) for kind in KINDS)
    return (*pictures, *sounds, film(with_sound=True), a_pdf(["one", "two"]), a_pdf())


def harmed(number: int, seed: int) -> bytes:
    """The hostile file of this number."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311  no secret
    files = sound_files()
    if chance.random() < 0.2:
        return chance.choice(STARTS) + chance.randbytes(chance.randrange(3000))
    data = bytearray(chance.choice(files))
    for _ in range(chance.randint(1, 4)):
        chance.choice(HARMS)(data, chance, files)
    return bytes(data)


def _cut(data: bytearray, chance: random.Random, _: tuple[bytes, ...]) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _flip(data: bytearray, chance: random.Random, _: tuple[bytes, ...]) -> None:
    for _time in range(chance.randint(1, 12) if data else 0):
        data[_near_start(data, chance)] = chance.randrange(256)


def _extreme(data: bytearray, chance: random.Random, _: tuple[bytes, ...]) -> None:
    """A size or a count that is far too large, or nothing at all."""
    at = _near_start(data, chance) if data else 0
    data[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", bytes(4)))


def _splice(data: bytearray, chance: random.Random, files: tuple[bytes, ...]) -> None:
    other = chance.choice(files)
    start = chance.randrange(len(other))
    data[chance.randrange(len(data) + 1) :] = other[start:]


def _repeat(data: bytearray, chance: random.Random, _: tuple[bytes, ...]) -> None:
    start = chance.randrange(len(data) + 1)
    data[start:start] = data[start : start + chance.randrange(2000)] * chance.randint(1, 5)


def _near_start(data: bytearray, chance: random.Random) -> int:
    """Mostly where headers are."""
    return int(chance.random() ** 3 * len(data))


HARMS: tuple[Callable[[bytearray, random.Random, tuple[bytes, ...]], None], ...] = (
    *(_cut, _flip, _extreme, _splice, _repeat),
)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def png(width: int, height: int, *, before: bytes = b"", rows: bytes) -> bytes:
    """RGB of 8 bits; `rows` compressed as they are given."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + before
        + png_chunk(b"IDAT", rows)
        + png_chunk(b"IEND", b"")
    )


def zeros(size: int) -> bytes:
    """`size` (whole millions) zero bytes, compressed to a thousandth of that."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    # After a full flush nothing refers back, so the same million can stand there again and again.
    million = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    adler = (size % 65_521 << 16 | 1).to_bytes(4, "big")
    return b"\x78\xda" + million * (size // 1_000_000) + b"\x03\x00" + adler


def picture_bombs() -> dict[str, bytes]:
    packed = zeros(300_000_000)
    small = file_of(two_halves())
    rows = zlib.compress(small[:1])
    huge_gif = bytearray(animated())
    huge_gif[6:10] = b"\xff\xff\xff\xff"
    return {
        "800 MB of pixels": png(16_400, 16_400, rows=zeros(807_000_000)),
        "a line of a billion": png(1 << 30, 1, rows=rows),
        "a text chunk": png(8, 8, before=png_chunk(b"zTXt", b"x\0\0" + packed), rows=rows),
        "a colour profile": png(8, 8, before=png_chunk(b"iCCP", b"x\0\0" + packed), rows=rows),
        "more rows than it says": png(8, 8, rows=packed),
        "a huge GIF": bytes(huge_gif),
        "many frames": small_frames(3000),
    }


def small_frames(count: int) -> bytes:
    """A GIF with very many frames of one pixel on a large ground."""
    data = bytearray(animated())
    data[6:10] = struct.pack("<HH", 4900, 4900)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\x00"
    return bytes(data[:-1]) + frame * count + b"\x3b"


def sound_bombs() -> dict[str, bytes]:
    def wav(rate: int, channels: int, size: int, bits: int = 8) -> bytes:
        block = channels * bits // 8
        form = struct.pack("<HHIIHH", 1, channels, rate, rate * block, block, bits)
        return (
            b"RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0" + form + b"data\xff\xff\xff\x7f" + bytes(size)
        )

    return {
        "a sample a second": wav(1, 1, 100_000),
        "a thousand samples a second": wav(1000, 1, 24_000_000),
        "a rate of billions": wav(0x7FFFFFFF, 1, 100_000),
        "65,535 channels": wav(8000, 65_535, 500_000),
        "no rate": wav(0, 1, 1000),
    }


def pdf_bombs() -> dict[str, bytes]:
    packed = zeros(300_000_000)
    base = a_pdf(["x"])
    stream = (
        b"5 0 obj\n<< /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed)
        + packed
        + b"\nendstream\nendobj\n"
    )
    start = base.index(b"5 0 obj")
    return {
        "a page of 300 MB": base[:start] + stream + base[base.index(b"xref") :],
        "pages within themselves": base.replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]"),
        "a million brackets": b"%PDF-1.4\n1 0 obj\n" + b"[" * 1_000_000,
        "a billion pages": base.replace(b"/Count 1", b"/Count 1000000000"),
        "a table within itself": base.replace(b"trailer <<", b"trailer << /Prev 9"),
    }


BOMBS = {"pictures": picture_bombs, "sounds": sound_bombs, "documents": pdf_bombs}
