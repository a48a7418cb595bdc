"""POST /moderations: a text is flagged for the categories whose names it contains."""

import re
from typing import Any

from sandbox.openai import chat_messages
from sandbox.openai.call import Body, Call, Operation, new_id
from sandbox.openai.catalogue import Use
from sandbox.openai.errors import ApiError
from sandbox.openai.params import (
    Params,
    anything,
    as_list,
    as_object,
    check_value,
    choice,
    text,
)
from sandbox.openai.streams import Answer, Json

LEGACY: Params = {"input": anything(required=True), "model": text()}

CATEGORIES_2023 = (
    "sexual",
    "hate",
    "violence",
    "self-harm",
    "sexual/minors",
    "hate/threatening",
    "violence/graphic",
)
CATEGORIES = (
    *CATEGORIES_2023,
    "harassment",
    "harassment/threatening",
    "self-harm/intent",
    "self-harm/instructions",
    "illicit",
    "illicit/violent",
)
_WITH_PICTURES = (
    "sexual",
    "violence",
    "violence/graphic",
    "self-harm",
    "self-harm/intent",
    "self-harm/instructions",
)


async def create(call: Call) -> Answer:
    default = "text-moderation-latest" if call.legacy else "omni-moderation-latest"
    model = call.state.catalogue.usable(call.args.get("model", default), Use.MODERATION)
    omni = model.id.startswith("omni")
    results = [
        _result(words, pictures, call, omni=omni)
        for words, pictures in _inputs(call.args["input"], legacy=call.legacy)
    ]
    return Json({"id": new_id("modr-"), "model": model.id, "results": results})


def _inputs(value: Any, *, legacy: bool) -> list[tuple[str, bool]]:
    """Each text to be judged, and whether there is a picture with it."""
    if isinstance(value, str):
        return [(value, False)]
    given = as_list(value)
    if given and all(isinstance(each, str) for each in given):
        return [(str(each), False) for each in given]
    parts = [as_object(each) for each in given or []]
    if legacy or not parts or not all(parts):
        raise ApiError(
            "Invalid type for 'input': expected one of a string, array of strings, or array of"
            " objects.",
            param="input",
            code="invalid_type",
        )
    words: list[str] = []
    pictures = False
    for at, part in enumerate(parts):
        kind = (part or {}).get("type", "")
        check_value(f"input[{at}].type", kind, choice("text", "image_url"))
        if kind == "text":
            words.append(str((part or {}).get("text", "")))
        else:
            link = (as_object((part or {}).get("image_url")) or {}).get("url")
            chat_messages.check_picture(link, f"input[{at}].image_url.url")
            pictures = True
    return [(" ".join(words), pictures)]


def _result(words: str, pictures: bool, call: Call, *, omni: bool) -> dict[str, Any]:  # noqa: FBT001  from _inputs
    names = CATEGORIES_2023 if call.legacy else CATEGORIES
    found = {name: _mentions(words, name) for name in names}
    result: dict[str, Any] = {
        "flagged": any(found.values()),
        "categories": found,
        "category_scores": {name: 0.98 if hit else 0.0001 for name, hit in found.items()},
    }
    if omni:
        result["category_applied_input_types"] = {
            name: ["text", "image"] if pictures and name in _WITH_PICTURES else ["text"]
            for name in names
        }
    return result


def _mentions(words: str, category: str) -> bool:
    return re.search(rf"(?<![\w/]){re.escape(category)}(?![\w/])", words.lower()) is not None


OPERATIONS = (
    Operation("POST", "/moderations", create, legacy=LEGACY, modern=LEGACY, body=Body.JSON),
)
