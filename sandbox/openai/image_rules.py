"""What each family of image models takes (openai/API.md section 3, Images)."""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.openai.call import Call
from sandbox.openai.catalogue import Family, Model, Use
from sandbox.openai.errors import ApiError, unsupported_value
from sandbox.openai.params import Params, boolean, check_value, choice, integer, text
from sandbox.openai.pictures import Look

SIZES_2023 = ("256x256", "512x512", "1024x1024")
SIZES_DALLE_3 = ("1024x1024", "1792x1024", "1024x1792")
SIZES = ("auto", "1024x1024", "1536x1024", "1024x1536")
PROMPT_2023, PROMPT_DALLE_3, PROMPT = 1000, 4000, 32_000
MIN_PIXELS, MAX_PIXELS, MAX_SIDE, STEP, MAX_RATIO = 655_360, 8_294_400, 3840, 16, 3
OUTPUT_TOKENS = {"low": 272, "medium": 1056, "high": 4160, "xhigh": 6240, "max": 8320}
PARTIAL_TOKENS = 100

PARAMS_2023: Params = {
    "prompt": text(1, PROMPT_2023, required=True),
    "n": integer(1, 10),
    "size": choice(*SIZES_2023),
    "response_format": choice("url", "b64_json"),
    "user": text(),
}
PARAMS: Params = {
    "model": text(),
    "prompt": text(1, PROMPT, required=True),
    "n": integer(1, 10),
    "size": text(),
    "response_format": choice("url", "b64_json"),
    "user": text(),
    "quality": choice("auto", "standard", "hd", *OUTPUT_TOKENS),
    "background": choice("auto", "opaque", "transparent"),
    "output_format": choice("png", "webp", "jpeg"),
    "output_compression": integer(0, 100),
    "stream": boolean(),
    "partial_images": integer(0, 3),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to draw: `link` answers with a URL; quality is None where the family has none."""

    model: Model
    prompt: str
    n: int
    look: Look
    size: str
    quality: str | None
    link: bool

    @property
    def modern(self) -> bool:
        return self.model.family is Family.GPT_IMAGE


def wanted(call: Call) -> Wanted:
    """The request, by the rules of its model.

    Raises:
        ApiError: 400 for what the model does not take, 404 for a model that is not there.
    """
    args = call.args
    if call.legacy:
        model = Model("dall-e-2", Use.IMAGE, family=Family.DALLE)
    else:
        model = call.state.catalogue.usable(args.get("model", "dall-e-2"), Use.IMAGE)
    prompt = args.get("prompt", "")
    if "forbidden" in prompt.lower():
        raise _blocked(model)
    if model.family is Family.DALLE:
        return _dalle(args, model, prompt)
    if call.modern:
        _strict(args)
    return _gpt_image(args, model, prompt)


def version(model: Model) -> float:
    """2.6 of gpt-image-2.6-flare; 1 where there is none."""
    match = re.match(r"gpt-image-(\d+(?:\.\d+)?)", model.id)
    return float(match[1]) if match else 1.0


def _dalle(args: dict[str, Any], model: Model, prompt: str) -> Wanted:
    third = model.id == "dall-e-3"
    size = args.get("size", "1024x1024")
    check_value("size", size, choice(*(SIZES_DALLE_3 if third else SIZES_2023)))
    check_value("prompt", prompt, text(0, PROMPT_DALLE_3 if third else PROMPT_2023))
    if third:
        check_value("n", args.get("n", 1), integer(1, 1))
    width, height = map(int, size.split("x"))
    link = args.get("response_format", "url") == "url"
    return Wanted(model, prompt, args.get("n", 1), Look(width, height), size, None, link)


def _strict(args: dict[str, Any]) -> None:
    for gone in ("response_format", "style"):
        if gone in args:
            raise ApiError(f"Unknown parameter: '{gone}'.", param=gone, code="unknown_parameter")


def _gpt_image(args: dict[str, Any], model: Model, prompt: str) -> Wanted:
    newest = version(model) >= 2.5  # noqa: PLR2004  gpt-image-2.5 brought two qualities
    qualities = tuple(OUTPUT_TOKENS) if newest else ("low", "medium", "high")
    quality = args.get("quality", "auto")
    check_value("quality", quality, choice("auto", *qualities))
    size, width, height = _size(args.get("size", "auto"), model)
    form = args.get("output_format", "png")
    background = args.get("background", "auto")
    if background == "transparent" and form == "jpeg":
        raise unsupported_value(
            "background", "'transparent'", "Use 'png' or 'webp' as output_format for it."
        )
    if "output_compression" in args and form == "png" and args["output_compression"] != 100:  # noqa: PLR2004  the default is let pass
        raise ApiError(
            "Compression less than 100 is not supported for PNG output format.",
            param="output_compression",
            code="invalid_png_output_compression",
        )
    if args.get("partial_images") and not args.get("stream"):
        raise ApiError(
            "The 'partial_images' parameter is only allowed when 'stream' is enabled.",
            param="partial_images",
        )
    look = Look(
        width,
        height,
        form,
        transparent=background == "transparent",
        compression=args.get("output_compression", 100),
    )
    link = args.get("response_format") == "url"
    named = "high" if quality == "auto" else quality
    return Wanted(model, prompt, args.get("n", 1), look, size, named, link)


def _size(size: str, model: Model) -> tuple[str, int, int]:
    if size == "auto":
        size = "1024x1024"
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", size)
    if size in SIZES or match is None or version(model) < 2:  # noqa: PLR2004  free sizes came with gpt-image-2
        check_value("size", size, choice(*SIZES))
        width, height = map(int, size.split("x"))
        return size, width, height
    width, height = int(match[1]), int(match[2])
    fits = (
        width % STEP == 0
        and height % STEP == 0
        and max(width, height) <= MAX_SIDE
        and max(width, height) <= MAX_RATIO * min(width, height)
        and MIN_PIXELS <= width * height <= MAX_PIXELS
    )
    if not fits:
        raise ApiError(
            f"Invalid value: '{size}'. Width and height must be multiples of {STEP}, at most"
            f" {MAX_SIDE}, between 1:{MAX_RATIO} and {MAX_RATIO}:1, and make {MIN_PIXELS} to"
            f" {MAX_PIXELS} pixels.",
            param="size",
            code="invalid_value",
        )
    return size, width, height


def _blocked(model: Model) -> ApiError:
    modern = model.family is Family.GPT_IMAGE
    return ApiError(
        "Your request was rejected by the safety system. (The sandbox rejects prompts with the"
        " word 'forbidden'.)",
        kind="image_generation_user_error" if modern else "invalid_request_error",
        code="moderation_blocked" if modern else "content_policy_violation",
    )
