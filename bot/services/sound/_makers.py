"""Answers that are made of sound, and of which sound is made: transcripts, translations, speech."""

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.audio import (
    SoundEvent,
    SoundInput,
    SoundModel,
    SpeechRequest,
    TranscriptFormat,
    TranscriptionRequest,
    TranslationRequest,
)
from bot.domain.calls import Estimate, Operation, Record
from bot.domain.chat import Delta, Finished, ParameterChanged, SoundPart, TextPart
from bot.domain.conversations import FormatReplaced, Message, ModelReplaced, Produced
from bot.domain.errors import (
    FileError,
    FileFault,
    ModelNotFoundError,
    OptionError,
    RequestRejectedError,
    UpstreamError,
)
from bot.services.calls import Calls
from bot.services.conversations import LiveAnswer
from bot.services.models import Models
from bot.services.sound._listening import Heard, Listener, Task
from bot.services.sound._recordings import Recordings, named, stem
from bot.services.sound._showing import file_of, readable

FORMATS: tuple[TranscriptFormat, ...] = (
    "text",
    "json",
    "verbose_json",
    "srt",
    "vtt",
    "diarized_json",
)
TIMED = ("verbose_json", "srt", "vtt")
INSISTED = (*TIMED, "diarized_json")  # text and json say the same words
STREAMED = (None, "json", "text", "diarized_json")
BYTES_A_SECOND = {"wav": 48_000, "pcm": 48_000}  # 24 kHz, 16 bits, one channel
FASTEST_SPEECH = 30.0  # characters a second that no voice reaches
FORMAT, TIMES = "response_format", "timestamp_granularities"


@dataclass(slots=True)
class TranscriptionMaker:
    """Speech to text in its own language.

    Of the details: format, language, prompt, temperature, timestamps, logprobs, max_seconds.

    timing_model  stands in for the default where that can't say when something was said
    """

    model: SoundModel
    listener: Listener
    models: Models
    default_model: str
    timing_model: str
    _whole: set[str] = field(default_factory=set[str])
    """Models that do not stream: not asked to again, since each refusal is an upload."""

    async def make(self, live: LiveAnswer, question: Message) -> None:
        """See bot.services.conversations.Maker. Raises: OptionError too: format and model."""
        details = live.turn.answering.details
        chosen = live.turn.answering.model
        names = [chosen] if chosen else [self.default_model, *self._instead(details)]
        refused: OptionError | None = None
        for at, name in enumerate(dict.fromkeys(names)):
            try:
                await self._with(live, question, name, details)
            except (RequestRejectedError, ModelNotFoundError) as error:
                found = _refusal(error, name, details)
                gone = at > 0 and isinstance(error, ModelNotFoundError)
                if found is None and not gone:
                    raise
                refused = refused or found
                live.begin_again()
            else:
                if at:
                    live.notice(ModelReplaced(asked=names[0], used=name, option=details["format"]))
                return
        if refused is not None:
            raise refused

    async def _with(
        self, live: LiveAnswer, question: Message, name: str, details: Mapping[str, Any]
    ) -> None:
        live.model = name

        def ask(sound: SoundInput, record: Record) -> AsyncGenerator[SoundEvent, None]:
            form = details.get("format")
            request = TranscriptionRequest(
                model=name,
                sound=sound,
                language=details.get("language"),
                prompt=details.get("prompt"),
                temperature=details.get("temperature"),
                format=form,
                timestamps=tuple(details.get("timestamps", ())),
                logprobs=bool(details.get("logprobs")),
                stream=form in STREAMED and name not in self._whole,
                insist=form in INSISTED,
            )
            return self.model.transcribe(request, record)

        task = Task(
            operation=Operation.TRANSCRIPTION,
            model=name,
            ask=ask,
            max_seconds=details.get("max_seconds"),
        )
        heard = await _all(live, question, self.listener, task)
        if heard.whole:
            self._whole.add(name)

    def _instead(self, details: Mapping[str, Any]) -> list[str]:
        """Models to try where the default one refuses the format; the server knows them."""
        match details.get("format"):
            case "diarized_json":
                return [each for each in self.models.suggest("diariz", 1) if "diariz" in each]
            case str() as form if form in TIMED:
                return [self.timing_model]
            case _:
                return []


@dataclass(slots=True)
class TranslationMaker:
    """Speech to English text; details: format, prompt, temperature.

    Where the endpoint is gone, bot.ai writes down with `transcription_model`, then lets
    `chat_model` translate.
    """

    model: SoundModel
    listener: Listener
    default_model: str
    transcription_model: str
    chat_model: str

    async def make(self, live: LiveAnswer, question: Message) -> None:
        """See bot.services.conversations.Maker. Raises: OptionError too: format and model."""
        details = live.turn.answering.details
        name = live.turn.answering.model or self.default_model
        live.model = name
        writes = details.get("transcription_model") or self.transcription_model
        chats = details.get("chat_model") or self.chat_model

        def ask(sound: SoundInput, record: Record) -> AsyncGenerator[SoundEvent, None]:
            request = TranslationRequest(
                model=name,
                sound=sound,
                prompt=details.get("prompt"),
                temperature=details.get("temperature"),
                format=details.get("format"),
                transcription_model=writes,
                chat_model=chats,
                default_model=live.turn.answering.model is None,
                person=self.listener.person(live),
            )
            return self.model.translate(request, record)

        task = Task(operation=Operation.TRANSLATION, model=name, ask=ask, standby=(writes, chats))
        try:
            await _all(live, question, self.listener, task)
        except RequestRejectedError as error:
            if refused := _refusal(error, name, details):
                raise refused from error
            raise


@dataclass(slots=True)
class SpeechMaker:
    """A text read aloud; details: voice, format, speed, instructions, file_limit in bytes."""

    model: SoundModel
    recordings: Recordings
    calls: Calls
    default_model: str

    async def make(self, live: LiveAnswer, question: Message) -> None:
        """See bot.services.conversations.Maker. Raises: FileError too: larger than may be sent."""
        details = live.turn.answering.details
        name = live.turn.answering.model or self.default_model
        live.model = name
        text = "\n\n".join(part.text for part in question.parts if isinstance(part, TextPart))
        form: str = details.get("format") or "mp3"
        filename, limit = f"speech.{form}", details.get("file_limit")
        least = BYTES_A_SECOND.get(form, 0) * len(text) / FASTEST_SPEECH
        if limit and least / (details.get("speed") or 1.0) > limit:
            raise FileError(filename, FileFault.TOO_LARGE, limit)
        call = await self.calls.reserve(
            live.caller, Operation.SPEECH, name, Estimate(characters=len(text))
        )
        live.calls.append(call)
        call.characters = len(text)
        call.kept.add(text, live.turn.id)
        request = SpeechRequest(
            model=name,
            text=text,
            voice=details["voice"],
            instructions=details.get("instructions"),
            format=details.get("format"),
            speed=details.get("speed"),
        )
        speech = await self.model.speak(request, call.record)
        for notice in speech.notices:
            live.notice(notice)
        made = Produced(name=filename, mime=speech.mime, data=speech.data)
        if limit and len(speech.data) > limit:
            made = await self._smaller(live, made, limit)
        live.show_files([made])
        live.take(
            Finished(
                finish_reasons={0: "stop"}, usage=None, model=name, request_id=speech.request_id
            )
        )

    async def _smaller(self, live: LiveAnswer, made: Produced, limit: int) -> Produced:
        """It is paid for: better in another format than not at all. Raw samples have no header."""
        if made.name.endswith(".pcm"):
            raise FileError(made.name, FileFault.TOO_LARGE, limit)
        piece = await self.recordings.smaller(made.name, made.data, max_bytes=limit)
        live.notice(FormatReplaced(asked=made.name.rpartition(".")[2], used=piece.extension))
        name = named(made.name, piece.container)
        return Produced(name=name, mime=piece.mime, data=piece.data)


async def _all(live: LiveAnswer, question: Message, listener: Listener, task: Task) -> Heard:
    """Each recording of the question; several are told apart by their names."""
    sounds = await listener.sounds(question)
    texts: list[str] = []
    files: list[Produced] = []
    heard: Heard | None = None
    for part, data in sounds:
        if texts:
            live.take(Delta(choice=0, text="\n\n"))
        if len(sounds) > 1:
            live.take(Delta(choice=0, text=_heading(part)))
        heard = await listener.listen(live, part, data, task)
        for notice in heard.notices:
            if notice != ParameterChanged(parameter=FORMAT):  # text or json: the words are the same
                live.notice(notice)
        shown = readable(heard.transcript)
        texts.append(f"{_heading(part)}{shown}" if len(sounds) > 1 else shown)
        if made := file_of(heard.transcript, stem(part.name)):
            files.append(made)
    assert heard is not None  # noqa: S101  the cog asks with at least one recording
    whole = "\n\n".join(texts)
    if live.texts[0] != whole:
        live.begin_again()
        live.take(Delta(choice=0, text=whole))
    if files:
        live.show_files(files)
    live.take(heard.end)
    for call in live.calls:
        call.kept.add(whole, live.turn.id, attempt=live.turn.attempt)
    return heard


def _heading(part: SoundPart) -> str:
    return f"**{part.name.replace('*', '')}**\n"


def _refusal(error: UpstreamError, model: str, details: Mapping[str, Any]) -> OptionError | None:
    """In the server's own words which formats `model` knows, as far as it named any.

    None where the error is about something else.
    """
    asked: str | None = details.get("format")
    if not isinstance(error, RequestRejectedError) or asked is None:
        return None
    refused = error.parameter or error.detail  # servers of 2023 name it in their sentence alone
    if TIMES in refused:
        value = ", ".join(details.get("timestamps", ()))
        return OptionError("timestamps", value, f"none ({model})") if value else None
    if FORMAT not in refused:
        return None
    said = re.findall(r"[a-z_]+", error.detail.lower())
    known = [each for each in FORMATS if each in said and each != asked]
    return OptionError("format", asked, f"{', '.join(known) or 'text, json'} ({model})")
