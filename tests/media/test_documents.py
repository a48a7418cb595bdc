import pytest

from bot.domain.errors import FileError, FileFault
from bot.media import Media
from tests.media.documents import a_pdf, locked

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME = "paper.pdf"


async def test_the_text_of_all_pages_is_read_in_order(media: Media) -> None:
    found = await media.documents.pdf_text(a_pdf(["First", "", "Third"]), name=NAME)

    assert found.text == "First\n\nThird"
    assert (found.pages, found.read, found.complete) == (3, 3, True)


async def test_reading_ends_at_the_number_of_pages_and_says_so(media: Media) -> None:
    found = await media.documents.pdf_text(a_pdf(["one", "two", "three"]), name=NAME, max_pages=2)

    assert found.text == "one\n\ntwo"
    assert (found.pages, found.read, found.complete) == (3, 2, False)


@pytest.mark.parametrize(("limit", "complete"), [(9, False), (10, True), (8, False), (4, False)])
async def test_reading_ends_at_the_number_of_characters_and_says_so(
    media: Media, limit: int, *, complete: bool
) -> None:
    found = await media.documents.pdf_text(a_pdf(["four", "more"]), name=NAME, max_characters=limit)

    assert found.text == "four\n\nmore"[:limit].rstrip()
    assert found.complete is complete


async def test_pages_that_are_only_to_be_seen_are_counted(media: Media) -> None:
    found = await media.documents.pdf_text(a_pdf(["A title", "", None, None]), name=NAME)

    assert (found.text, found.pages, found.seen) == ("A title", 4, 2)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", FileFault.NOT_A_PDF),
        (b"hello", FileFault.NOT_A_PDF),
        (b"%PDF-1.7\n" + b"x" * 2000, FileFault.DAMAGED),
        (a_pdf()[:40], FileFault.DAMAGED),
        (a_pdf([]), FileFault.WITHOUT_TEXT),
        (locked(a_pdf(), to_open="secret"), FileFault.ENCRYPTED),
    ],
    ids=["empty", "text", "garbage", "cut", "no pages", "locked"],
)
async def test_what_cannot_be_read_is_refused_and_why(
    media: Media, data: bytes, fault: FileFault
) -> None:
    with pytest.raises(FileError) as refused:
        await media.documents.pdf_text(data, name=NAME)

    assert (refused.value.filename, refused.value.fault) == (NAME, fault)


async def test_a_pdf_that_only_forbids_printing_is_read(media: Media) -> None:
    found = await media.documents.pdf_text(locked(a_pdf(["open"]), to_open=""), name=NAME)

    assert found.text == "open"
