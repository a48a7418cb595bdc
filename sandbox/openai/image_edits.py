"""POST /images/edits: a form, or since 2026 JSON with links or file ids."""

import base64
import binascii
from typing import Any

from sandbox.openai import image_files, images
from sandbox.openai.call import MIB, Body, Call, Operation, Upload
from sandbox.openai.errors import ApiError, unsupported_value
from sandbox.openai.files import only_upload
from sandbox.openai.image_files import Seen
from sandbox.openai.image_rules import PARAMS, PARAMS_2023, Wanted, version, wanted
from sandbox.openai.params import (
    Params,
    anything,
    as_list,
    as_object,
    check_value,
    choice,
    items,
)
from sandbox.openai.streams import Answer

EDIT_2023: Params = {"image": anything(required=True), "mask": anything(), **PARAMS_2023}
EDIT: Params = {
    **PARAMS,
    "image": anything(),
    "images": items(1, 16),
    "mask": anything(),
    "markup": anything(),
    "input_fidelity": choice("high", "low"),
    "moderation": choice("auto", "low"),
}
MAX_IMAGES = 16
_LINKED = image_files.Seen("PNG", "RGBA", 1024, 1024, transparent=True)


async def create(call: Call) -> Answer:
    want = wanted(call)
    if not want.modern:
        _like_2023(call.args)
        return await images.answer(call, want, pictures_in=1, event="image_edit")
    if call.modern:
        _fidelity(call.args, want)
    seen = _referenced(call) if "images" in call.args else _uploaded(call.args)
    _mask(call, seen[0], want)
    return await images.answer(call, want, pictures_in=len(seen), event="image_edit")


def _like_2023(args: dict[str, Any]) -> None:
    if "image" not in args:
        raise _no_image()
    seen = image_files.square_png(only_upload(args, "image"), "image")
    if "mask" in args:
        image_files.mask(only_upload(args, "mask"), seen)
    elif not seen.transparent:
        raise image_files.invalid(
            "Invalid input image - format must be in ['RGBA', 'LA', 'L'], got"
            f" {seen.mode}: without a mask the image's own transparency says where to edit.",
            "image",
        )


def _uploaded(args: dict[str, Any]) -> list[Seen]:
    uploads = as_list(args.get("image"))
    if not uploads:
        raise _no_image()
    if len(uploads) > MAX_IMAGES:
        check_value("image", uploads, items(1, MAX_IMAGES))
    if not all(isinstance(each, Upload) for each in uploads):
        only_upload(args, "image")
    return [image_files.any_picture(each, "image") for each in uploads]


def _referenced(call: Call) -> list[Seen]:
    return [
        _reference(call, as_object(each) or {}, f"images[{at}]")
        for at, each in enumerate(call.args["images"])
    ]


def _reference(call: Call, reference: dict[str, Any], place: str) -> Seen:
    """Links to elsewhere are taken on trust; the sandbox fetches nothing."""
    link, file_id = reference.get("image_url"), reference.get("file_id")
    if isinstance(file_id, str):
        file = call.state.files.get(file_id, call.state.now())
        if file is None:
            raise ApiError(
                f"No such File object: {file_id}", param=f"{place}.file_id", code="file_not_found"
            )
        return image_files.any_picture(Upload(file.filename, "", file.data), place)
    if not isinstance(link, str):
        raise ApiError(
            f"Missing required parameter: '{place}.image_url'.",
            param=f"{place}.image_url",
            code="missing_required_parameter",
        )
    if not link.startswith("data:"):
        return _LINKED
    try:
        data = base64.b64decode(link.partition(",")[2], validate=True)
    except binascii.Error as error:
        raise image_files.invalid("Invalid base64 image_url.", f"{place}.image_url") from error
    return image_files.any_picture(Upload("image", "", data), place)


def _mask(call: Call, image: Seen, want: Wanted) -> None:
    args = call.args
    if "mask" in args and "markup" in args:
        raise ApiError("Use either 'mask' or 'markup', not both.", param="markup")
    if "markup" in args:
        if version(want.model) < 2.5:  # noqa: PLR2004  markup came with gpt-image-2.5
            raise ApiError("Unknown parameter: 'markup'.", param="markup", code="unknown_parameter")
        image_files.mask(only_upload(args, "markup"), image, "markup")
    reference = as_object(args.get("mask"))
    if reference is not None:
        _reference(call, reference, "mask")
    elif "mask" in args:
        image_files.mask(only_upload(args, "mask"), image)


def _fidelity(args: dict[str, Any], want: Wanted) -> None:
    fidelity = args.get("input_fidelity")
    if fidelity is None:
        return
    if version(want.model) >= 2:  # noqa: PLR2004  gpt-image-2 is always faithful
        raise ApiError(
            "Unknown parameter: 'input_fidelity'.", param="input_fidelity", code="unknown_parameter"
        )
    if fidelity == "high" and want.model.id == "gpt-image-1-mini":
        raise unsupported_value("input_fidelity", "'high'", "Supported values are: 'low'.")


def _no_image() -> ApiError:
    return ApiError(
        "Missing required parameter: 'image'.", param="image", code="missing_required_parameter"
    )


OPERATIONS = (
    Operation(
        "POST",
        "/images/edits",
        create,
        legacy=EDIT_2023,
        modern=EDIT,
        body=Body.EITHER,
        limit=MAX_IMAGES * 50 * MIB,
    ),
)
