"""Documents, as services ask for them."""

from bot.domain.media import PdfText
from bot.media._calls import Calls
from bot.media._frames import Message

MAX_PAGES = 500
MAX_CHARACTERS = 400_000
READ_S = 5.0


class Documents:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def pdf_text(
        self,
        data: bytes,
        *,
        name: str,
        max_pages: int = MAX_PAGES,
        max_characters: int = MAX_CHARACTERS,
        limit_s: float = READ_S,
    ) -> PdfText:
        """The text of a PDF, page by page, blank lines between; what was read within the limits.

        Raises:
            FileError: not a PDF, damaged, locked with a password, or without pages.
            MediaError: not one page within `limit_s` seconds.
        """
        return await self._calls.do(
            "documents.pdf_text",
            _text,
            facts={"max_pages": max_pages, "max_characters": max_characters},
            files=[(name, data)],
            limit_s=limit_s,
        )


def _text(answer: Message) -> PdfText:
    facts = answer.facts
    (text,) = answer.blobs
    return PdfText(
        text=text.decode(),
        pages=int(facts["pages"]),
        read=int(facts["read"]),
        seen=int(facts["seen"]),
        complete=bool(facts["complete"]),
    )
