"""What people attach, made fit for a chat model: pictures scaled, PDFs read.

Sound stays as it is: see bot.services.sound.
"""

from collections.abc import Sequence

from bot.domain.conversations import FileCut, Input, Notice
from bot.media import Media

AS_THEY_ARE = 512 << 10
"""Bytes of a picture that is sent as it came: smaller ones cost no more than scaling them would."""

PDF = "application/pdf"


class ForChat:
    def __init__(self, media: Media) -> None:
        self._media = media

    async def prepared(
        self, inputs: Sequence[Input]
    ) -> tuple[tuple[Input, ...], tuple[Notice, ...]]:
        """`inputs` as pictures and texts, in their order, and what of them was left out.

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
        found = await self._media.documents.pdf_text(pdf.data, name=pdf.name)
        if not found.complete:
            notices.append(FileCut(file=pdf.name, read=found.read, pages=found.pages))
        return Input(name=pdf.name, mime="text/plain", data=found.text.encode())
