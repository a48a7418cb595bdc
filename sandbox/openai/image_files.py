"""Pictures that were sent: of the right kind, size and shape, looked at with Pillow."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from sandbox.openai.call import MIB, Upload
from sandbox.openai.errors import ApiError, too_big

MAX_2023 = MAX_MASK = 4 * MIB
MAX_TODAY = 50 * MIB
_TODAY = ("PNG", "WEBP", "JPEG")
_ALPHA = ("RGBA", "LA", "PA")


@dataclass(frozen=True, slots=True)
class Seen:
    format: str
    mode: str
    width: int
    height: int
    transparent: bool


def look(upload: Upload, param: str) -> Seen:
    """Raises ApiError 400 when it is no picture."""
    try:
        with Image.open(BytesIO(upload.data)) as image:
            seen = Seen(
                image.format or "",
                image.mode,
                image.width,
                image.height,
                transparent=image.mode in _ALPHA or "transparency" in image.info,
            )
            image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise invalid(
            f"Invalid image file or mode for image {upload.filename}, please check your file.",
            param,
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise invalid("The image has too many pixels.", param) from error
    return seen


def square_png(upload: Upload, param: str) -> Seen:
    """By the rules of 2023: a square PNG under 4 MB."""
    if len(upload.data) >= MAX_2023:
        raise invalid("Uploaded image must be a PNG and less than 4 MB.", param)
    seen = look(upload, param)
    if seen.format != "PNG":
        raise invalid("Uploaded image must be a PNG and less than 4 MB.", param)
    if seen.width != seen.height:
        raise invalid(f"Input image must be square: it is {seen.width}x{seen.height}.", param)
    return seen


def any_picture(upload: Upload, param: str) -> Seen:
    """By the rules of GPT Image: PNG, WebP or JPEG under 50 MB."""
    if len(upload.data) >= MAX_TODAY:
        raise too_big(MAX_TODAY, len(upload.data))
    seen = look(upload, param)
    if seen.format not in _TODAY:
        raise ApiError(
            f"Invalid file '{param}': unsupported mimetype ('image/{seen.format.lower()}')."
            " Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'.",
            param=param,
            code="unsupported_file_mimetype",
        )
    return seen


def mask(upload: Upload, image: Seen, param: str = "mask") -> None:
    """A PNG with alpha under 4 MB, as wide and high as the picture."""
    if len(upload.data) >= MAX_MASK:
        raise invalid("Uploaded mask must be a PNG and less than 4 MB.", param)
    seen = look(upload, param)
    if seen.format != "PNG":
        raise invalid("Uploaded mask must be a PNG and less than 4 MB.", param)
    if (seen.width, seen.height) != (image.width, image.height):
        raise invalid(
            f"Invalid mask image: it is {seen.width}x{seen.height}, and the image is"
            f" {image.width}x{image.height}; they must be the same size.",
            param,
        )
    if not seen.transparent:
        raise invalid("Invalid mask image format - mask image is missing an alpha channel.", param)


def invalid(message: str, param: str) -> ApiError:
    return ApiError(message, param=param, code="invalid_image_file")
