"""A request's body, decoded for the record first; what is wrong with it is said in its turn.

The order matters: a wrong key is told before a wrong body, but even a request that a fault
answers is recorded whole.
"""

import json
from typing import Any

from aiohttp import web

from sandbox.openai import errors
from sandbox.openai.call import Body
from sandbox.openai.errors import ApiError
from sandbox.openai.forms import read_form
from sandbox.openai.params import Params, as_object, coerce
from sandbox.openai.recorded import RecordedRequest


async def read(
    request: web.Request, record: RecordedRequest, expected: Body, limit: int
) -> ApiError | None:
    """Fill in the record's body; the error, if there is one, for later."""
    if not request.body_exists:
        return None
    wrong = _wrong_kind(request.content_type, expected)
    if request.content_length is not None and request.content_length > limit + 2**16:
        return errors.too_big(limit, request.content_length)
    try:
        if request.content_type.startswith("multipart/"):
            form = await read_form(request, limit)
            record.body, record.uploads = form.fields, form.uploads
            record.size += form.bytes_read
        else:
            data = await _bytes(request, limit)
            record.size += len(data)
            record.body = _decoded(data)
    except ApiError as error:
        return wrong or error
    return wrong


def arguments(record: RecordedRequest, expected: Body, params: Params, *, lists: bool) -> Any:
    """What was given, by name, uploads too (always a list of them).

    lists: `image[]` means `image`; servers of 2023 did not know that.
    """
    if expected is Body.NONE:
        # Unknown query parameters are ignored by OpenAI, unlike those of bodies.
        known = {name: value for name, value in record.query.items() if name in params}
        return coerce(known, params)
    body = as_object(record.body if record.body is not None else {})
    if body is None:
        raise errors.not_json()
    if not record.headers.get("Content-Type", "").startswith("multipart/"):
        return body
    given = coerce(body, params)
    for name, uploads in record.uploads.items():
        short = name.removesuffix("[]") if lists else name
        given[short] = [*given.get(short, []), *uploads] if short in given else uploads
    return given


async def _bytes(request: web.Request, limit: int) -> bytes:
    content = bytearray()
    async for chunk in request.content.iter_chunked(2**16):
        content += chunk
        if len(content) > limit:
            raise errors.too_big(limit, len(content))
    return bytes(content)


def _decoded(data: bytes) -> Any:
    if not data.strip():
        return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise errors.not_json() from error


def _wrong_kind(content_type: str, expected: Body) -> ApiError | None:
    is_form = content_type.startswith("multipart/")
    if expected is Body.FORM and not is_form:
        return errors.wrong_content_type(content_type, Body.FORM.value)
    if expected is Body.JSON and content_type != "application/json":
        return errors.wrong_content_type(content_type, Body.JSON.value)
    return None
