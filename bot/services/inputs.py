"""What people attach, made fit for a chat model: pictures scaled, PDFs read.

Sound stays as it is: see bot.services.sound.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.conversations import FileCut, Input, Notice
from bot.domain.errors import FileError, FileFault
from bot.media import Media

AS_THEY_ARE = 512 << 10
"""Bytes of a picture that is sent as it came: smaller ones cost no more than scaling them would."""

PDF = "application/pdf"
PAGES_SEEN = 40
"""Pages of a PDF that a model is shown as they are: each costs about as much as a picture."""


class ForChat:
    def __init__(self, media: Media) -> None:
        self._media = media

    async def prepared(
        self, inputs: Sequence[Input]
    ) -> tuple[tuple[Input, ...], tuple[Notice, ...]]:
        """`inputs` as pictures, texts and documents, in their order, and what was left out.

        Raises:
            FileError: which one can't be read, and why.
            MediaError: reading it took too long or too much memory.
        """
        made: list[Input] = []
        notices: list[Notice] = []
        for each in inputs:
            if each.mime == PDF:
                made.append(await self._read(each, notices))
            elif each.mime.startswith("image/") and len(each.data) > AS_THEY_ARE:
                picture = await self._media.pictures.for_chat(each.data, name=each.name)
                made.append(Input(name=each.name, mime=picture.mime, data=picture.data))
            else:
                made.append(each)
        return tuple(made), tuple(notices)

    async def _read(self, pdf: Input, notices: list[Notice]) -> Input:
        """As its text; as it is where that is not all, and there are few enough pages to see."""
        found = await self._media.documents.pdf_text(pdf.data, name=pdf.name)
        if (found.seen or not found.text) and found.pages <= PAGES_SEEN:
            return replace(pdf, text=found.text, pages=found.pages)
        if not found.text:
            raise FileError(pdf.name, FileFault.WITHOUT_TEXT)
        if not found.complete:
            notices.append(FileCut(file=pdf.name, read=found.read, pages=found.pages))
        return Input(name=pdf.name, mime="text/plain", data=found.text.encode())
