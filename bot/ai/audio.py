"""POST /audio/transcriptions, /audio/translations and /audio/speech."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from http import HTTPStatus
from typing import Any

from bot.ai._chunks import logprobs, usage
from bot.ai._form import Form, given
from bot.ai._recording import MAX_TEXT
from bot.ai._sending import Sending, Upload
from bot.ai._spoken import SpokenTranslation
from bot.ai._transcripts import from_fields, from_text, segment_of
from bot.ai._wire import Answer, Kind
from bot.ai.api import Api, first_or, is_missing, only
from bot.domain.audio import (
    Segment,
    SoundEvent,
    SoundInput,
    Speech,
    SpeechRequest,
    Transcript,
    TranscriptFormat,
    TranscriptionRequest,
    TranslationRequest,
)
from bot.domain.calls import Operation, Record, unrecorded
from bot.domain.chat import (
    ChatModel,
    Delta,
    Finished,
    ParameterChanged,
    StreamingDropped,
)
from bot.domain.errors import (
    BadAnswerError,
    Damage,
    ModelNotFoundError,
    RequestRejectedError,
    UpstreamError,
)

TRANSCRIPTIONS, TRANSLATIONS = "/audio/transcriptions", "/audio/translations"
SPEECH = "/audio/speech"

MAX_SPEECH_BYTES = 64 * 1024 * 1024
"""4,096 characters at a quarter of the speed are some 20 minutes; as wav that is 58 MB."""

MIMES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}


class OpenAISound:
    """Implements bot.domain.audio.SoundModel; `chat` translates where the server does not."""

    def __init__(self, api: Api, chat: ChatModel) -> None:
        self._api = api
        self._chat = chat

    async def transcribe(
        self, request: TranscriptionRequest, record: Record = unrecorded
    ) -> AsyncGenerator[SoundEvent, None]:
        """`Delta`s of the plain text, `Transcript`, `Finished`.

        Raises:
            UpstreamError: one of its leaves.
        """
        sending = Sending(
            operation=Operation.TRANSCRIPTION,
            path=TRANSCRIPTIONS,
            route=TRANSCRIPTIONS,
            model=request.model,
            body=_transcription(request),
            files=(("file", _upload(request.sound)),),
            patient=True,
        )
        kept = _INSISTED if request.insist else frozenset[str]()
        async with aclosing(self._hear(sending, request.format, record, kept)) as events:
            async for event in events:
                if event == ParameterChanged(parameter="include"):
                    yield ParameterChanged(parameter="logprobs")
                else:
                    yield event

    async def translate(
        self, request: TranslationRequest, record: Record = unrecorded
    ) -> AsyncGenerator[SoundEvent, None]:
        """The same in English; where the endpoint is gone, by transcribing and then by chat.

        Raises:
            UpstreamError: one of its leaves.
        """
        spoken = (
            SpokenTranslation(self._chat, self.transcribe, request, record)
            if request.transcription_model and request.chat_model
            else None
        )
        if spoken and await self._api.endpoints.present(TRANSLATIONS) is False:
            answer = spoken.events()
        else:

            def instead(error: UpstreamError) -> AsyncGenerator[SoundEvent, None] | None:
                return spoken.events() if spoken and _wants_another(error) else None

            answer = first_or(self._translate(request, record), instead)
        async with aclosing(answer) as events:
            async for event in events:
                yield event

    async def speak(self, request: SpeechRequest, record: Record = unrecorded) -> Speech:
        """The whole sound.

        Raises:
            UpstreamError: one of its leaves; BadAnswerError with ENDLESS where it is too long.
        """
        body = given(
            model=request.model,
            input=request.text,
            voice=request.voice,
            instructions=request.instructions,
            response_format=request.format,
            speed=request.speed,
        )
        sending = Sending(
            operation=Operation.SPEECH,
            path=SPEECH,
            route=SPEECH,
            model=request.model,
            body=body,
            patient=True,
        )
        form = Form(sending, frozenset({"model", "input", "voice"}))
        read = partial(_read_speech, request=request)
        async with self._api.deadlines() as deadlines:
            asking = self._api.ask(form, read, deadlines, record)
            speech, notices = await only(asking, Speech)
        return Speech(
            data=speech.data,
            mime=speech.mime,
            model=speech.model,
            request_id=speech.request_id,
            notices=notices,
        )

    def _translate(
        self, request: TranslationRequest, record: Record
    ) -> AsyncGenerator[SoundEvent, None]:
        body = given(
            model=request.model,
            prompt=request.prompt,
            temperature=request.temperature,
            response_format=request.format,
        )
        sending = Sending(
            operation=Operation.TRANSLATION,
            path=TRANSLATIONS,
            route=TRANSLATIONS,
            model=request.model,
            body=body,
            files=(("file", _upload(request.sound)),),
            patient=True,
        )
        return self._hear(sending, request.format, record)

    async def _hear(
        self,
        sending: Sending,
        form: TranscriptFormat | None,
        record: Record,
        kept: frozenset[str] = frozenset(),
    ) -> AsyncGenerator[SoundEvent, None]:
        question = Form(sending, kept | {"model"})
        read = partial(_read, form=form, model=sending.model)
        async with (
            self._api.deadlines() as deadlines,
            aclosing(self._api.ask(question, read, deadlines, record)) as events,
        ):
            async for event in events:
                yield event


def _transcription(request: TranscriptionRequest) -> dict[str, Any]:
    """gpt-transcribe has a list of languages; diarizing models want to be told how to cut."""
    several = request.model.startswith("gpt-transcribe") and request.language
    return given(
        model=request.model,
        language=None if several else request.language,
        languages=[request.language] if several else None,
        prompt=request.prompt,
        temperature=request.temperature,
        response_format=request.format,
        timestamp_granularities=request.timestamps,
        include=["logprobs"] if request.logprobs else None,
        chunking_strategy="auto" if "diarize" in request.model else None,
        stream=True if request.stream else None,
    )


async def _read(
    answer: Answer, form: TranscriptFormat | None, model: str
) -> AsyncGenerator[Delta | Transcript | Finished | StreamingDropped, None]:
    fields: dict[str, Any] = {}
    if answer.wants_stream and answer.content_type == "text/event-stream":
        transcript: Transcript | None = None
        async with aclosing(_read_events(answer, form)) as events:
            async for event in events:
                if isinstance(event, dict):
                    fields = event
                elif isinstance(event, Transcript):
                    transcript = event
                else:
                    yield event
    else:
        transcript, fields = _read_whole(answer, await answer.body(), form)
        if answer.wants_stream:
            yield StreamingDropped()
        yield Delta(
            choice=0, text=transcript.text, logprobs=tuple(logprobs(fields.get("logprobs")))
        )
    if transcript is None:
        raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.CUT)
    yield transcript
    yield Finished(
        finish_reasons={0: "stop"},
        usage=usage(fields.get("usage")),
        model=model,
        request_id=answer.request_id,
    )


def _read_whole(
    answer: Answer, body: bytes, form: TranscriptFormat | None
) -> tuple[Transcript, dict[str, Any]]:
    """JSON or plain text, whichever was asked for: servers do either."""
    text = body.decode("utf-8", "replace")
    looks_like_json = text.lstrip("\ufeff \r\n\t")[:1] in ("{", "[", "<")
    kind = answer.content_type
    plain = kind.startswith("text/") or (form in _PLAIN and kind != "application/json")
    if plain and not looks_like_json:
        answer.note(text[:MAX_TEXT])
        return from_text(text, form), {}
    payload = answer.payload(body)
    if isinstance(payload, str):
        return from_text(payload, form), {}
    fields = answer.fields(body)
    if not isinstance(fields.get("text"), str) and not isinstance(fields.get("segments"), list):
        raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.WRONG_SHAPE)
    return from_fields(fields, form), fields


async def _read_events(
    answer: Answer, form: TranscriptFormat | None
) -> AsyncGenerator[Delta | Transcript | dict[str, Any], None]:
    segments: list[Segment] = []
    said: list[str] = []
    came = False
    async with aclosing(answer.pieces()) as pieces:
        async for piece in pieces:
            came = True
            fields = dict(piece.fields)
            match fields:
                case _ if piece.kind is Kind.WHOLE:
                    transcript = from_fields(fields, form)
                    yield Delta(choice=0, text=transcript.text)
                    yield transcript
                    yield fields
                case {"type": "transcript.text.delta", "delta": str(text)}:
                    said.append(text)
                    yield Delta(
                        choice=0, text=text, logprobs=tuple(logprobs(fields.get("logprobs")))
                    )
                case {"type": "transcript.text.segment"}:
                    if (segment := segment_of(fields)) is not None:
                        segments.append(segment)
                case {"type": "transcript.text.done"}:
                    transcript = from_fields(fields, form)
                    if not said:
                        yield Delta(choice=0, text=transcript.text)
                    yield _with(transcript, segments)
                    yield fields
                case _:
                    pass
    if not came:
        raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.EMPTY)


def _with(transcript: Transcript, segments: list[Segment]) -> Transcript:
    if not segments:
        return transcript
    fields = {
        "text": transcript.text,
        "segments": [
            {"start": each.start, "end": each.end, "text": each.text, "speaker": each.speaker}
            for each in segments
        ],
    }
    return from_fields(fields, None)


async def _read_speech(answer: Answer, request: SpeechRequest) -> AsyncGenerator[Speech, None]:
    data = await answer.body(MAX_SPEECH_BYTES)
    if answer.content_type in ("application/json", "text/html", "text/plain"):
        answer.payload(data)
        raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.WRONG_SHAPE)
    if not data:
        raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.EMPTY)
    known = MIMES[request.format or "mp3"]
    mime = answer.content_type if answer.content_type.startswith("audio/") else known
    answer.note({"content_type": mime, "bytes": len(data)})
    yield Speech(data=data, mime=mime, model=request.model, request_id=answer.request_id)


def _wants_another(error: UpstreamError) -> bool:
    """The endpoint is gone, or the only model that it knew."""
    refused = isinstance(error, RequestRejectedError) and error.parameter == "model"
    return is_missing(error) or isinstance(error, ModelNotFoundError) or refused


def _upload(sound: SoundInput) -> Upload:
    return Upload(sound.filename, sound.data, sound.mime)


_PLAIN = ("text", "srt", "vtt")
_INSISTED = frozenset({"response_format", "timestamp_granularities"})
