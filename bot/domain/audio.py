"""Sound: speech to text, speech to English text, text to speech."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.domain.calls import Notice, Record, TextEvent

TranscriptFormat = Literal["json", "text", "srt", "vtt", "verbose_json", "diarized_json"]
SpeechFormat = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundInput:
    """Sound as it is uploaded, up to 25 MB at OpenAI. Servers go by the ending of the name."""

    filename: str
    data: bytes = field(repr=False)
    mime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionRequest:
    """Speech to text in its own language.

    language    ISO 639-1
    prompt      words that help: names, spelling, style; not for diarizing models
    timestamps  "segment", "word"; want verbose_json
    format      None leaves it to the server, which is json
    logprobs    how sure it is of each token; json only, and few models
    stream      text as it comes, where the model can (whisper-1 ignores it)
    insist      `format` and `timestamps` are no wish: where the model has them not, that is an
                error, and nothing else is asked for instead
    """

    model: str
    sound: SoundInput
    language: str | None = None
    prompt: str | None = field(default=None, repr=False)
    temperature: float | None = None
    format: TranscriptFormat | None = None
    timestamps: tuple[Literal["segment", "word"], ...] = ()
    logprobs: bool = False
    stream: bool = False
    insist: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationRequest:
    """Speech to English text.

    transcription_model  with `chat_model`, stands in where the server has no /audio/translations;
    chat_model           None in one of them: that is an error then
    default_model        nobody chose `model`, so that its loss is nobody's
    person               a hash that stands for who asked, for `chat_model`; None sends none
    """

    model: str
    sound: SoundInput
    prompt: str | None = field(default=None, repr=False)
    temperature: float | None = None
    format: TranscriptFormat | None = None
    transcription_model: str | None = None
    chat_model: str | None = None
    default_model: bool = False
    person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Seconds from the beginning."""

    start: float
    end: float
    text: str
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Seconds from the beginning."""

    start: float
    end: float
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What was said; comes once, before `Finished`.

    text        plain words; those of the subtitles where these were asked for
    document    the answer in the format that was asked for: subtitles as the server wrote them,
                JSON as text; the same as `text` for text and json
    format      what `document` is; may differ from what was asked for
    language    as the server named it
    duration_s  length of the sound, where the server said so
    """

    text: str = field(repr=False)
    document: str = field(repr=False)
    format: TranscriptFormat
    language: str | None = None
    duration_s: float | None = None
    segments: tuple[Segment, ...] = field(default=(), repr=False)
    words: tuple[Word, ...] = field(default=(), repr=False)


SoundEvent = TextEvent | Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest:
    """Text to be spoken, 1 to 4,096 characters; speed 0.25..4."""

    model: str
    text: str = field(repr=False)
    voice: str
    instructions: str | None = field(default=None, repr=False)
    format: SpeechFormat | None = None
    speed: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """mime as the server named it, else that of the format that was asked for."""

    data: bytes = field(repr=False)
    mime: str
    model: str
    request_id: str | None = None
    notices: tuple[Notice, ...] = ()


def clock_time(seconds: float) -> str:
    """1:02:03, or 2:03 below an hour."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


class SoundModel(Protocol):
    def transcribe(
        self, request: TranscriptionRequest, record: Record = ...
    ) -> AsyncGenerator[SoundEvent, None]:
        """`Delta`s of choice 0 (the plain text, in one or more), `Transcript`, `Finished`.

        Raises:
            UpstreamError: one of its leaves.
        """
        ...

    def translate(
        self, request: TranslationRequest, record: Record = ...
    ) -> AsyncGenerator[SoundEvent, None]:
        """The same in English."""
        ...

    async def speak(self, request: SpeechRequest, record: Record = ...) -> Speech:
        """The whole sound.

        Raises:
            UpstreamError: one of its leaves; BadAnswerError with ENDLESS where it is too long.
        """
        ...
