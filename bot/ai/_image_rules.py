"""What pictures had to be like in April 2023, checked before they are sent to a server of then."""

from collections.abc import Sequence

from bot.domain.errors import FileError, FileFault, OptionError
from bot.domain.images import ImageInput, ImageParameters

MAX_PROMPT = 1000
MAX_BYTES = 4 * 1024 * 1024
SIZES = ("256x256", "512x512", "1024x1024")
_SINCE = (
    "quality",
    "background",
    "output_format",
    "output_compression",
    "moderation",
    "input_fidelity",
)
_PNG = b"\x89PNG\r\n\x1a\n"


def check_2023(
    wanted: ImageParameters,
    *,
    prompt: str = "",
    images: Sequence[ImageInput] = (),
    mask: ImageInput | None = None,
) -> None:
    """Refuse what DALL-E 2 did not take.

    Raises:
        OptionError: by its name, with what would be taken.
        FileError: TOO_LARGE or NOT_SUPPORTED.
    """
    if len(prompt) > MAX_PROMPT:
        raise OptionError("prompt", f"{len(prompt)} characters", f"1..{MAX_PROMPT} characters")
    if wanted.size is not None and wanted.size not in SIZES:
        raise OptionError("size", wanted.size, ", ".join(SIZES))
    for name in _SINCE:
        if (value := getattr(wanted, name)) is not None:
            raise OptionError(name, str(value), "OPENAI_DIALECT=modern")
    if len(images) > 1:
        raise OptionError("image2", images[1].filename, "one image")
    sides = [_side(each) for each in images]
    if mask is not None and _side(mask, square=False) != sides[0]:
        raise OptionError("mask", mask.filename, f"{sides[0]}x{sides[0]}")


def _side(image: ImageInput, *, square: bool = True) -> int:
    """How wide and high it is, in pixels."""
    if len(image.data) >= MAX_BYTES:
        raise FileError(image.filename, FileFault.TOO_LARGE, MAX_BYTES)
    if not image.data.startswith(_PNG) or len(image.data) < 24:  # noqa: PLR2004  where its header ends
        raise FileError(image.filename, FileFault.NOT_SUPPORTED)
    width, height = (int.from_bytes(image.data[at : at + 4]) for at in (16, 20))
    if width != height and square:
        raise OptionError("image", f"{width}x{height}", "a square PNG")
    return width if width == height else 0
