"""Chat as the API speaks it: messages in, events out."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from bot.domain.calls import Record

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length", "content_filter", "tool_calls", "function_call"] | str  # noqa: PYI051  the known ones are worth naming


@dataclass(frozen=True, slots=True)
class TextPart:
    text: str


@dataclass(frozen=True, slots=True)
class FilePart:
    """A text file, its text already read."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePart:
    """A picture kept as a blob.

    sha256       hex digest of the bytes, the key in `blobs`
    mime         image/png, image/jpeg, image/webp or image/gif
    size         bytes
    description  what is on it, for those who do not see it: Discord's alt text
    """

    name: str
    mime: str
    sha256: str
    size: int
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundPart:
    """Sound kept as a blob: its file as people got it. `mime` is audio/*, `size` in bytes.

    transcript  what is said in it; "" where that is the question's own text; None: never heard
    """

    name: str
    mime: str
    sha256: str
    size: int
    transcript: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPart:
    """A PDF kept as a blob, since some of its pages are pictures.

    text   of the pages that have some; "" where none has
    pages  how many there are
    size   bytes
    """

    name: str
    mime: str
    sha256: str
    size: int
    text: str = field(repr=False)
    pages: int


Part = TextPart | FilePart | ImagePart | SoundPart | DocumentPart


@dataclass(frozen=True, slots=True)
class ImageData:
    """A picture as it is sent: its bytes are put in a data URL by bot.ai."""

    mime: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentData:
    """A PDF as it is sent; `words` stand in for it where the model takes none."""

    name: str
    mime: str
    data: bytes = field(repr=False)
    words: str = field(repr=False)
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One role/content message of a request; `content` is plain text where no file is in it."""

    role: Role
    content: str | tuple[str | ImageData | DocumentData, ...]


def joined(texts: Iterable[str]) -> str:
    """Several texts as the one that old servers take."""
    return "\n\n".join(text for text in texts if text)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatParameters:
    """What the person set; None means not set, hence not sent.

    temperature 0..2, top_p 0..1, max_tokens >= 1, n 1..5, stop up to 4 texts,
    penalties -2..2, logprobs 0..20 (0: the chosen token only), logit_bias -100..100 by token id,
    reasoning_effort none|minimal|low|medium|high|xhigh|max, verbosity low|medium|high,
    response_format text|json_object.  Source: OpenAI API reference, POST /v1/chat/completions.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    n: int | None = None
    stop: tuple[str, ...] | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logprobs: int | None = None
    logit_bias: Mapping[str, float] | None = None
    seed: int | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None
    response_format: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """person: a hash that stands for who asked; None sends none."""

    model: str
    messages: tuple[ChatMessage, ...] = field(repr=False)
    parameters: ChatParameters = ChatParameters()
    stream: bool = True
    person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens as the server counted them; None where it did not say.

    `cached`, `prompt_image` and `prompt_audio` are part of `prompt`; `reasoning` and
    `completion_image` are part of `completion`: never add them twice.
    """

    prompt: int | None = None
    completion: int | None = None
    cached: int | None = None
    reasoning: int | None = None
    prompt_image: int | None = None
    prompt_audio: int | None = None
    completion_image: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLogprob:
    """One token of the answer with its log probability and the most likely alternatives."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterChanged:
    """A parameter the model does not take was left out, or sent under another name."""

    parameter: str
    renamed_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamingDropped:
    """The server can't stream this; the answer came in one piece."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsAsText:
    """The model takes no PDFs: of these files of the question only the text was sent."""

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """More text of one choice; `reasoning` is the model thinking aloud, not part of the answer."""

    choice: int
    text: str = ""
    reasoning: str = ""
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The terminal event: only this makes an answer complete. `finish_reasons` by choice."""

    finish_reasons: Mapping[int, FinishReason]
    usage: Usage | None
    model: str
    request_id: str | None


ChatEvent = ParameterChanged | StreamingDropped | DocumentsAsText | Delta | Finished


class ChatModel(Protocol):
    """Something that answers: the OpenAI API in production, a fake in tests."""

    def answer(
        self, request: ChatRequest, record: "Record" = ...
    ) -> AsyncGenerator[ChatEvent, None]:
        """Events as they arrive; the last is `Finished`, and nothing follows it.

        record  told of every request to the server

        Raises:
            UpstreamError: one of its leaves. What was yielded before stays valid as partial text.
        """
        ...
