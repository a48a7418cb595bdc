"""Pictures, sound, documents and charts as values: what goes into bot.media and what comes out."""

from dataclasses import dataclass, field
from enum import StrEnum

Size = tuple[int, int]  # width, height in pixels

MAX_PIXELS = 25_000_000  # of a picture that is decoded
MODELS_SEE = 2048  # pixels along the longest side: chat models scale down what is larger


class PictureFormat(StrEnum):
    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    GIF = "gif"


class Shape(StrEnum):
    """How a picture becomes a square, where it has to be one."""

    AS_IS = "as_is"
    CROPPED = "cropped"  # around its centre
    PADDED = "padded"  # with transparency, or with white where there is none


class Region(StrEnum):
    """The part of a picture that is to be changed."""

    WHOLE = "whole"
    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"
    CENTRE = "centre"
    BORDER = "border"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFacts:
    """A picture as it is shown, so with its EXIF orientation applied.

    frames       1 unless it moves
    transparent  some pixel can be seen through
    """

    format: PictureFormat
    width: int
    height: int
    frames: int
    transparent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureWanted:
    """What a server takes.

    format     png, jpeg or webp
    alpha      True: always with an alpha channel (RGBA); False: never (on white);
               None: where the picture is transparent and the format can show it
    longest    pixels along the longest side at most; a picture is never enlarged
    max_bytes  of the file; the picture is scaled down until it fits
    """

    format: PictureFormat = PictureFormat.PNG
    alpha: bool | None = None
    shape: Shape = Shape.AS_IS
    longest: int | None = None
    max_bytes: int = 20 << 20


# POST /images/edits and /images/variations in 2023: one square PNG under 4 MB. RGBA, because
# without a mask the transparent part is what is changed.
PICTURE_2023 = PictureWanted(alpha=True, shape=Shape.CROPPED, longest=1024, max_bytes=4_000_000 - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that was made here: its format, size and bytes belong together."""

    format: PictureFormat
    width: int
    height: int
    data: bytes = field(repr=False)

    @property
    def mime(self) -> str:
        return f"image/{self.format}"

    @property
    def extension(self) -> str:
        return "jpg" if self.format is PictureFormat.JPEG else self.format.value


class Container(StrEnum):
    """What sound comes in, of those that an API takes; the value is the file's extension."""

    FLAC = "flac"
    MP3 = "mp3"
    M4A = "m4a"  # and mp4, mov, 3gp
    OGG = "ogg"
    WAV = "wav"
    WEBM = "webm"

    @property
    def mime(self) -> str:
        return _MIMES[self]


_MIMES = {
    Container.FLAC: "audio/flac",
    Container.MP3: "audio/mpeg",
    Container.M4A: "audio/mp4",
    Container.OGG: "audio/ogg",
    Container.WAV: "audio/wav",
    Container.WEBM: "audio/webm",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFacts:
    """Sound as its content says, whatever its name or its sender said.

    container  None where no API takes it as it is (AAC, AIFF, Matroska, ...)
    codec      libav's name: opus, mp3, aac, pcm_s16le, ...
    seconds    of sound in it, added up packet by packet
    rate       samples a second
    """

    container: Container | None
    codec: str
    seconds: float
    channels: int
    rate: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundWanted:
    """What a server takes.

    containers     at least one of mp3, m4a, ogg and wav among them, to re-encode to
    max_bytes      of one file
    piece_seconds  of one file, where the model has such a limit
    max_seconds    of the whole recording: more is refused
    """

    containers: frozenset[Container] = frozenset(Container)
    max_bytes: int = 25_000_000
    piece_seconds: float | None = None
    max_seconds: float = 4 * 3600


# The list of 2023 lacked flac and ogg.
SOUND_2023 = SoundWanted(containers=frozenset(Container) - {Container.FLAC, Container.OGG})


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundPiece:
    """A file of sound, or a part of one that was too large.

    start, seconds  where in the whole recording it begins, and how long it is
    """

    container: Container
    start: float
    seconds: float
    data: bytes = field(repr=False)

    @property
    def mime(self) -> str:
        return self.container.mime

    @property
    def extension(self) -> str:
        return self.container.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Waveform:
    """What Discord wants with a voice message; `levels` are 1 to 256 bytes, 0 is silence."""

    seconds: float
    levels: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfText:
    """The text of a PDF; `complete` is False when a limit cut it, after page `read` of `pages`.

    seen  pages among those read that show something and hold no text: scanned ones
    """

    text: str = field(repr=False)
    pages: int
    read: int
    seen: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Label:
    """Words on a chart, and what to write where no font of this machine can (plain ASCII)."""

    text: str
    plain: str


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart; `values` as many as the chart has days or steps."""

    label: Label
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a chart: a value for some of the steps, in their order."""

    label: Label
    points: tuple[tuple[float, float], ...]
