"""Speech to English text without /audio/translations: written down first, then put into English."""

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from bot.ai._recording import recording_as
from bot.ai._texts import together
from bot.ai._transcripts import subtitles
from bot.domain.audio import (
    Segment,
    SoundEvent,
    Transcript,
    TranscriptFormat,
    TranscriptionRequest,
    TranslationRequest,
)
from bot.domain.calls import FallbackUsed, Operation, Record
from bot.domain.chat import ChatMessage, ChatModel, ChatRequest, Delta, Finished

TIMED = ("srt", "vtt", "verbose_json")
TRANSLATE = (
    "Translate what the user said into English. Answer with the translation alone. If it is "
    "English already, repeat it."
)
TRANSLATE_LINES = (
    "Translate each line into English. Keep the number and the bar at its start, one line for "
    "each line, none left out, nothing else."
)
_LINE = re.compile(r"^\s*(\d+)\s*\|\s?(.*)$", re.MULTILINE)

Transcribe = Callable[[TranscriptionRequest, Record], AsyncGenerator[SoundEvent, None]]


class SpokenTranslation:
    """One translation by two calls. Subtitles keep their times where the transcript has some."""

    def __init__(
        self, chat: ChatModel, transcribe: Transcribe, request: TranslationRequest, record: Record
    ) -> None:
        self._chat = chat
        self._transcribe = transcribe
        self._request = request
        self._record = recording_as(Operation.TRANSLATION, record)
        self._heard: Transcript | None = None
        self._text = ""
        self._ends: list[Finished] = []

    async def events(self) -> AsyncGenerator[SoundEvent, None]:
        timed = self._request.format in TIMED
        async with aclosing(self._listen(timed=timed)) as events:
            async for event in events:
                yield event
        heard = self._heard
        if heard is None:
            return
        lines = heard.segments if timed else ()
        if heard.text.strip():
            async with aclosing(self._translate(heard, lines)) as events:
                async for event in events:
                    yield event
        transcript = _timed(self._text, lines, self._request.format) or _plain(self._text, heard)
        if lines:
            yield Delta(choice=0, text=transcript.text)
        yield FallbackUsed(
            operation=Operation.TRANSLATION,
            path="/audio/transcriptions",
            lost=self._lost(transcript),
        )
        yield transcript
        usage = together([end.usage for end in self._ends])
        yield replace(self._ends[-1], usage=usage)

    def _lost(self, transcript: Transcript) -> tuple[str, ...]:
        asked = self._request
        names = {
            "model": not asked.default_model and asked.model != asked.transcription_model,
            "response_format": asked.format in TIMED and transcript.format != asked.format,
        }
        return tuple(name for name, is_lost in names.items() if is_lost)

    async def _listen(self, *, timed: bool) -> AsyncGenerator[SoundEvent, None]:
        request = self._request
        transcription = TranscriptionRequest(
            model=request.transcription_model or request.model,
            sound=request.sound,
            temperature=request.temperature,
            format="verbose_json" if timed else None,
        )
        async with aclosing(self._transcribe(transcription, self._record)) as events:
            async for event in events:
                match event:
                    case Transcript():
                        self._heard = event
                    case Finished():
                        self._ends.append(event)
                    case Delta():
                        pass
                    case _:
                        yield event

    async def _translate(
        self, heard: Transcript, lines: tuple[Segment, ...]
    ) -> AsyncGenerator[SoundEvent, None]:
        """Text is shown as it comes; numbered lines are for us to read."""
        async with aclosing(self._chat.answer(self._question(heard, lines), self._record)) as said:
            async for event in said:
                match event:
                    case Delta():
                        self._text += event.text
                        if not lines and event.text:
                            yield Delta(choice=0, text=event.text)
                    case Finished():
                        self._ends.append(event)
                    case _:
                        yield event

    def _question(self, heard: Transcript, lines: tuple[Segment, ...]) -> ChatRequest:
        system = TRANSLATE_LINES if lines else TRANSLATE
        if self._request.prompt:
            system += f" Names and words that may occur: {self._request.prompt}"
        said = "\n".join(f"{at}|{each.text}" for at, each in enumerate(lines, 1)) or heard.text
        return ChatRequest(
            model=self._request.chat_model or "",
            messages=(
                ChatMessage(role="system", content=system),
                ChatMessage(role="user", content=said),
            ),
            person=self._request.person,
        )


def _timed(
    text: str, lines: tuple[Segment, ...], form: TranscriptFormat | None
) -> Transcript | None:
    """Subtitles of the numbered lines; None where the model did not keep to them."""
    found = {int(number): said.strip() for number, said in _LINE.findall(text)}
    if not lines or set(found) != set(range(1, len(lines) + 1)):
        return None
    segments = tuple(replace(each, text=found[at]) for at, each in enumerate(lines, 1))
    words = " ".join(each.text for each in segments)
    document = subtitles(segments, form) if form in ("srt", "vtt") else words
    return Transcript(
        text=words,
        document=document,
        format=form or "text",
        language="english",
        duration_s=segments[-1].end,
        segments=segments,
    )


def _plain(text: str, heard: Transcript) -> Transcript:
    words = _LINE.sub(r"\2", text).strip()
    return Transcript(
        text=words,
        document=words,
        format="text",
        language="english",
        duration_s=heard.duration_s,
    )
