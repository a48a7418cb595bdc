"""What people attach, made fit for a chat model: pictures scaled, PDFs read, sound transcribed."""

from collections.abc import Sequence

from bot.domain.audio import SoundInput, SoundModel, Transcript, TranscriptionRequest
from bot.domain.calls import Caller, Estimate, Operation
from bot.domain.conversations import FileCut, Input, Notice
from bot.domain.media import SoundPiece, SoundWanted
from bot.media import Media
from bot.services.calls import Calls

AS_THEY_ARE = 512 << 10
"""Bytes of a picture that is sent as it came: smaller ones cost no more than scaling them would."""

MAX_SECONDS = 3600.0  # of a recording that is part of a question
PDF = "application/pdf"
SOUND = "audio/"


class ForChat:
    """transcribing: the model that writes down what is said."""

    def __init__(self, *, media: Media, sound: SoundModel, transcribing: str, calls: Calls) -> None:
        self._media = media
        self._sound = sound
        self._transcribing = transcribing
        self._calls = calls

    async def prepared(
        self, inputs: Sequence[Input], caller: Caller
    ) -> tuple[tuple[Input, ...], tuple[Notice, ...]]:
        """`inputs` as pictures and texts, in their order, and what of them was left out.

        Raises:
            FileError: which one can't be read, and why.
            MediaError: reading it took too long or too much memory.
            BudgetExceededError: sound could cost more than is left.
            UpstreamError: the server did not transcribe it.
        """
        made: list[Input] = []
        notices: list[Notice] = []
        for each in inputs:
            if each.mime == PDF:
                made.append(await self._read(each, notices))
            elif each.mime.startswith(SOUND):
                made.append(await self._heard(each, caller))
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

    async def _heard(self, sound: Input, caller: Caller) -> Input:
        wanted = SoundWanted(max_seconds=MAX_SECONDS)
        pieces = await self._media.sounds.fit(sound.data, name=sound.name, wanted=wanted)
        texts = [await self._transcript(each, caller) for each in pieces]
        return Input(name=sound.name, mime="text/plain", data="\n".join(texts).encode())

    async def _transcript(self, piece: SoundPiece, caller: Caller) -> str:
        name = f"sound.{piece.extension}"  # servers go by the ending
        request = TranscriptionRequest(
            model=self._transcribing,
            sound=SoundInput(filename=name, data=piece.data, mime=piece.mime),
        )
        estimate = Estimate(sound_s=piece.seconds)
        text = ""
        async with self._calls.paid(
            caller, Operation.TRANSCRIPTION, self._transcribing, estimate
        ) as call:
            async for event in self._sound.transcribe(request, record=call.record):
                if isinstance(event, Transcript):
                    text = event.text
        return text.strip()
