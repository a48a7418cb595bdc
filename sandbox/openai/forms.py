"""multipart/form-data by OpenAI's rules for names: `name`, `name[]` for lists, `name[key]`."""

import re
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.openai.call import Upload
from sandbox.openai.errors import ApiError, too_big

_NAMED = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<key>[^\[\]]*)\])?")


@dataclass(slots=True)
class Form:
    """uploads keep the field's name as sent, `image[]` apart from `image`."""

    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    uploads: dict[str, list[Upload]] = field(default_factory=dict[str, list[Upload]])
    bytes_read: int = 0


async def read_form(request: web.Request, limit: int) -> Form:
    """The whole form, at most `limit` bytes of content.

    Raises:
        ApiError: 413 over the limit; 400 when it is not a form.
    """
    form = Form()
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader):
                raise ApiError("Nested multipart bodies are not supported.")
            await _take(part, form, limit)
    except (ValueError, AssertionError) as error:
        raise ApiError(f"Could not parse multipart form: {error}") from error
    return form


async def _take(part: BodyPartReader, form: Form, limit: int) -> None:
    content = bytearray()
    while chunk := await part.read_chunk(2**16):
        form.bytes_read += len(chunk)
        if form.bytes_read > limit:
            raise too_big(limit, form.bytes_read)
        content += chunk
    name = part.name or ""
    if part.filename is not None:
        content_type = part.headers.get("Content-Type", "application/octet-stream")
        upload = Upload(part.filename, content_type, bytes(content))
        form.uploads.setdefault(name, []).append(upload)
        return
    _put(form.fields, name, content.decode("utf-8", "replace"))


def _put(fields: dict[str, Any], name: str, value: str) -> None:
    match = _NAMED.fullmatch(name)
    if match is None or match["key"] is None:
        fields[name] = value
    elif match["key"] == "":
        fields.setdefault(match["name"], []).append(value)
    else:
        fields.setdefault(match["name"], {})[match["key"]] = value
