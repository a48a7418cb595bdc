import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cogs._pictures import mime_of, pixels

FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
STARTS = [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF....WEBP"]


def a_picture(form: str, size: tuple[int, int] = (37, 21), **options: object) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, "teal").save(data, form, **options)
    return data.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_size_and_type_are_read_from_the_first_bytes(form: str) -> None:
    data = a_picture(form)

    assert mime_of(data) == FORMATS[form]
    assert pixels(FORMATS[form], data) == 37 * 21


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("JPEG", {"progressive": True}),
        ("JPEG", {"exif": b"Exif\x00\x00" + b"x" * 60_000, "comment": b"a comment"}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\x00\x00" + b"x" * 50}),
        ("PNG", {"optimize": True}),
    ],
)
def test_all_kinds_of_a_format_are_understood(form: str, options: dict[str, object]) -> None:
    assert pixels(FORMATS[form], a_picture(form, (301, 7), **options)) == 301 * 7


def test_a_bomb_shows_its_size_without_being_decoded() -> None:
    small = bytearray(a_picture("PNG"))
    small[16:24] = (60_000).to_bytes(4, "big") * 2

    assert pixels("image/png", bytes(small)) == 60_000**2


@pytest.mark.parametrize("form", FORMATS)
def test_a_picture_that_is_cut_in_its_header_has_no_size(form: str) -> None:
    assert pixels(FORMATS[form], a_picture(form)[:9]) is None


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7", b"RIFF....WAVE", b"\x89PNG"])
def test_other_files_are_no_pictures(data: bytes) -> None:
    assert mime_of(data) is None


@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=200))
def test_no_bytes_whatever_make_the_reader_fail_or_hang(start: bytes, rest: bytes) -> None:
    data = start + rest
    mime = mime_of(data)
    assert mime

    found = pixels(mime, data)

    assert found is None or found > 0
