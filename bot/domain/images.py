"""Pictures: made, changed and varied (POST /images/generations, /edits, /variations)."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Protocol

from bot.domain.calls import FallbackUsed, Json, Record
from bot.domain.chat import ParameterChanged, StreamingDropped, Usage
from bot.domain.conversations import Produced
from bot.domain.media import Region

DRAWN, PREVIEW = "picture", "region"
"""How the files of an answer are called: what was drawn, and what shows the part to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageInput:
    """A picture as it is uploaded. Servers go by the ending of the name, so it has to have one."""

    filename: str
    data: bytes = field(repr=False)
    mime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageParameters:
    """What the person set; None means not set, hence not sent.

    n 1..10; size WxH or auto; quality auto|low|medium|high|xhigh|max|standard|hd; background
    auto|opaque|transparent; output_format png|webp|jpeg; output_compression 0..100;
    response_format url|b64_json (a link is followed here, at once); moderation auto|low (making
    only); input_fidelity high|low (changing only); partial_images 0..3, used only when streaming.
    Source: OpenAI API reference, POST /v1/images/generations and /edits; its description of 2023.
    """

    n: int | None = None
    size: str | None = None
    quality: str | None = None
    background: str | None = None
    output_format: str | None = None
    output_compression: int | None = None
    response_format: str | None = None
    moderation: str | None = None
    input_fidelity: str | None = None
    partial_images: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """A picture to make from `prompt`, up to 32,000 characters (2023: 1,000)."""

    model: str
    prompt: str = field(repr=False)
    parameters: ImageParameters = ImageParameters()
    stream: bool = False
    person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageEditRequest:
    """Pictures to change as `prompt` says.

    images  1 to 16 of PNG, WebP or JPEG, under 50 MB each (2023: one square PNG under 4 MB)
    mask    PNG of the first picture's size; alpha 0 is where to paint
    """

    model: str
    prompt: str = field(repr=False)
    images: tuple[ImageInput, ...]
    mask: ImageInput | None = None
    parameters: ImageParameters = ImageParameters()
    stream: bool = False
    person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VariationRequest:
    """A picture to make others like; takes n, size and response_format only.

    edit_model  makes them through /images/edits where the server has no /images/variations; None:
                that is an error then
    edit_image  the picture as that takes it, where it need not be square; None: the same one
    """

    model: str
    image: ImageInput
    parameters: ImageParameters = ImageParameters()
    edit_model: str | None = None
    edit_image: ImageInput | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialPicture:
    """How picture `index` looks so far; a later one of the same index replaces it."""

    index: int
    data: bytes = field(repr=False)
    mime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A finished picture. `revised_prompt`: what the model made of the prompt, where it says so."""

    index: int
    data: bytes = field(repr=False)
    mime: str
    revised_prompt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturesFinished:
    """The terminal event. Fields the server left out are None."""

    pictures: int
    usage: Usage | None
    model: str
    request_id: str | None
    size: str | None = None
    quality: str | None = None
    background: str | None = None
    output_format: str | None = None


ImageEvent = (
    PartialPicture | Picture | PicturesFinished | ParameterChanged | StreamingDropped | FallbackUsed
)


class ImageModel(Protocol):
    """Events as they arrive; the last is `PicturesFinished`.

    Raises:
        UpstreamError: one of its leaves. Pictures that were yielded before stay valid.
        OptionError: a value that this server's dialect can't take.
    """

    def generate(
        self, request: GenerationRequest, record: Record = ...
    ) -> AsyncGenerator[ImageEvent, None]: ...

    def edit(
        self, request: ImageEditRequest, record: Record = ...
    ) -> AsyncGenerator[ImageEvent, None]: ...

    def vary(
        self, request: VariationRequest, record: Record = ...
    ) -> AsyncGenerator[ImageEvent, None]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What was asked for beside model and prompt; `details` is how a turn keeps it.

    masked  the last picture that was attached is the mask
    region  the part to change, where no mask was attached
    """

    parameters: ImageParameters = ImageParameters()
    masked: bool = False
    region: Region | None = None

    def details(self) -> Mapping[str, Json]:
        """Only what was set."""
        found: dict[str, Json] = {
            name: value for name, value in asdict(self.parameters).items() if value is not None
        }
        if self.masked:
            found["masked"] = True
        if self.region is not None:
            found["region"] = self.region.value
        return found

    @classmethod
    def of(cls, details: Mapping[str, Json]) -> "Drawing":
        known = {each.name for each in fields(ImageParameters)}
        region = details.get("region")
        return cls(
            parameters=ImageParameters(
                **{name: value for name, value in details.items() if name in known}
            ),
            masked=bool(details.get("masked")),
            region=Region(region) if region in set(Region) else None,
        )


def drawn(files: Sequence[Produced]) -> Mapping[int, Produced]:
    """What was drawn, by its number from 1; a preview among them is left out."""
    found: dict[int, Produced] = {}
    for each in files:
        kind, _, number = each.name.partition(".")[0].partition("-")
        if kind == DRAWN and number.isdecimal():
            found[int(number)] = each
    return found
