"""What the models of each family take, as far as their names tell.

Source: OpenAI API reference, POST /v1/images/generations and /edits; its description of 2023.
"""

import re

from bot.domain.errors import OptionError
from bot.domain.images import ImageParameters

SIZES_2023 = ("1024x1024", "512x512", "256x256")
SIZES_DALLE_3 = ("1024x1024", "1792x1024", "1024x1792")
SIZES = ("auto", "1024x1024", "1536x1024", "1024x1536")
FREE_SIZES = (*SIZES, "2048x2048", "2560x1440", "1440x2560", "3840x2160", "2160x3840")
SIZE_FORM = "auto, 1024x1024"
FREE_FORM = "16n x 16n, 1:3..3:1, 655360..8294400 pixels, side 16..3840"
STEP, MAX_SIDE, MAX_RATIO = 16, 3840, 3
MIN_PIXELS, MAX_PIXELS = 655_360, 8_294_400
FREE_SINCE = 2.0  # gpt-image-2

GPT_IMAGE, DALLE_2, DALLE_3 = "gpt-image", "dall-e-2", "dall-e-3"


def is_gpt_image(model: str) -> bool:
    """Also chatgpt-image-latest, and the names of resellers: openai/gpt-image-2."""
    return GPT_IMAGE in model


def is_dalle_2(model: str) -> bool:
    return DALLE_2 in model


def sizes_for(model: str, *, varied: bool = False) -> tuple[str, ...]:
    """What is offered to whoever types; all that is usual, where the family is not known."""
    if varied:
        return tuple(dict.fromkeys((*SIZES_2023, *sizes_for(model))))
    if is_dalle_2(model):
        return SIZES_2023
    if DALLE_3 in model:
        return SIZES_DALLE_3
    if is_gpt_image(model):
        return FREE_SIZES if _version(model) >= FREE_SINCE else SIZES
    return (*SIZES, "512x512", "256x256")


def check_drawing(parameters: ImageParameters, model: str, *, varied: bool = False) -> None:
    """What Discord can't check of the options; the rest is for the server to know.

    varied  a variation, whose sizes are those of 2023, or of the edit that stands in for it

    Raises:
        OptionError: its name, its value, and what would be taken.
    """
    if parameters.size is not None and not (varied and parameters.size in SIZES_2023):
        _check_size(parameters.size, model)
    form = parameters.output_format or "png"
    if parameters.background == "transparent" and form == "jpeg":
        raise OptionError("background", "transparent", "output_format: png, webp")
    compression = parameters.output_compression
    if compression is not None and compression != 100 and form == "png":  # noqa: PLR2004  the default
        raise OptionError("output_compression", str(compression), "output_format: webp, jpeg")


def _check_size(size: str, model: str) -> None:
    match = re.fullmatch(r"([1-9]\d{1,4})x([1-9]\d{1,4})", size)
    if match is None and size != "auto":
        raise OptionError("size", size, SIZE_FORM)
    if not is_gpt_image(model) or size in SIZES or match is None:
        return
    if _version(model) < FREE_SINCE:
        raise OptionError("size", size, ", ".join(SIZES))
    width, height = int(match[1]), int(match[2])
    fits = (
        width % STEP == height % STEP == 0
        and max(width, height) <= min(MAX_SIDE, MAX_RATIO * min(width, height))
        and MIN_PIXELS <= width * height <= MAX_PIXELS
    )
    if not fits:
        raise OptionError("size", size, FREE_FORM)


def _version(model: str) -> float:
    """2.6 of gpt-image-2.6-flare; 1 where there is none."""
    match = re.search(r"gpt-image-(\d+(?:\.\d+)?)", model)
    return float(match[1]) if match else 1.0
