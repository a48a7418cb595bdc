"""POST /images/generations and /images/variations, and the links to pictures."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

from sandbox.openai import image_files, pictures, tokens
from sandbox.openai.call import MIB, Body, Call, Operation
from sandbox.openai.errors import not_found
from sandbox.openai.files import only_upload
from sandbox.openai.image_rules import (
    OUTPUT_TOKENS,
    PARAMS,
    PARAMS_2023,
    PARTIAL_TOKENS,
    Wanted,
    wanted,
)
from sandbox.openai.params import Params, anything, choice
from sandbox.openai.streams import Answer, Bytes, Event, Events, Json

CREATE: Params = {
    **PARAMS,
    "moderation": choice("auto", "low"),
    "style": choice("vivid", "natural"),
}
VARY: Params = {
    "image": anything(required=True),
    **{name: PARAMS_2023[name] for name in ("n", "size", "response_format", "user")},
}


async def create(call: Call) -> Answer:
    return await answer(call, wanted(call), pictures_in=0, event="image_generation")


async def vary(call: Call) -> Answer:
    upload = only_upload(call.args, "image")
    image_files.square_png(upload, "image")
    call.args["prompt"] = f"variation of {upload.filename}"
    return await answer(call, wanted(call), pictures_in=1, event="image_variation")


async def picture(call: Call) -> Answer:
    data = call.state.pictures.get(call.ids["name"], call.state.clock.now().timestamp())
    if data is None:
        raise not_found("This picture does not exist, or its link has ended.", param=None)
    return Bytes(data, "image/png")


async def answer(call: Call, want: Wanted, *, pictures_in: int, event: str) -> Answer:
    """The pictures, as object or as events; pictures_in were sent along."""
    if want.modern and call.args.get("stream"):
        return Events(_stream(call, want, pictures_in, event), done=False)
    data = [await _picture(call, want, number) for number in range(1, want.n + 1)]
    shown: dict[str, Any] = {"created": call.state.now(), "data": data}
    if want.modern:
        shown |= _facts(want) | {"usage": _usage(want, pictures_in, 0)}
    return Json(shown)


async def _stream(call: Call, want: Wanted, pictures_in: int, event: str) -> AsyncIterator[Event]:
    partial = int(call.args.get("partial_images", 0))
    facts = {"created_at": call.state.now(), **_facts(want)}
    for index in range(partial):
        drawn = await _drawn(want, 1, sharpness=(index + 1) / (partial + 1))
        kind = f"{event}.partial_image"
        data = {"type": kind, "b64_json": drawn, "partial_image_index": index, **facts}
        yield Event(data, name=kind)
    kind = f"{event}.completed"
    usage = _usage(want, pictures_in, partial)
    for number in range(1, want.n + 1):
        data = {"type": kind, "b64_json": await _drawn(want, number), "usage": usage, **facts}
        yield Event(data, name=kind)


async def _picture(call: Call, want: Wanted, number: int) -> dict[str, Any]:
    data = await asyncio.to_thread(pictures.draw, _title(want, number), want.prompt, want.look)
    if not want.link:
        return {"b64_json": b64encode(data).decode()}
    name = call.state.pictures.put(data, call.state.clock.now().timestamp())
    shown = {"url": f"{call.origin}/sandbox-pictures/{name}"}
    return shown | ({"revised_prompt": want.prompt} if want.model.id == "dall-e-3" else {})


async def _drawn(want: Wanted, number: int, *, sharpness: float = 1.0) -> str:
    title = _title(want, number)
    data = await asyncio.to_thread(
        pictures.draw, title, want.prompt, want.look, sharpness=sharpness
    )
    return b64encode(data).decode()


def _title(want: Wanted, number: int) -> str:
    return f"The sandbox drew this, not a model\n{want.model.id}, {want.size}, {number}/{want.n}"


def _facts(want: Wanted) -> dict[str, Any]:
    return {
        "background": "transparent" if want.look.transparent else "opaque",
        "output_format": want.look.format,
        "quality": want.quality,
        "size": want.size,
    }


def _usage(want: Wanted, pictures_in: int, partial: int) -> dict[str, Any]:
    words = tokens.count(want.prompt)
    seen = pictures_in * tokens.PICTURE_TOKENS
    drawn = OUTPUT_TOKENS[want.quality or "high"] * want.n + PARTIAL_TOKENS * partial
    return {
        "input_tokens": words + seen,
        "input_tokens_details": {"text_tokens": words, "image_tokens": seen},
        "output_tokens": drawn,
        "output_tokens_details": {"text_tokens": 0, "image_tokens": drawn},
        "total_tokens": words + seen + drawn,
    }


OPERATIONS = (
    Operation(
        "POST", "/images/generations", create, legacy=PARAMS_2023, modern=CREATE, body=Body.JSON
    ),
    Operation(
        "POST",
        "/images/variations",
        vary,
        legacy=VARY,
        modern=None,
        body=Body.FORM,
        limit=16 * MIB,
    ),
    Operation("GET", "/sandbox-pictures/{name}", picture, legacy={}, modern={}, public=True),
)
