"""Reading a request: JSON, or multipart with payload_json and files[n]; never too much of it."""

import re
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
from aiohttp import BodyPartReader, MultipartReader, web

from sandbox.discord.errors import refusal
from sandbox.discord.rest.routing import Upload

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_REQUEST_BYTES = 25 * 1024 * 1024
_MAX_JSON_BYTES = 4 * 1024 * 1024
# refused bodies are still read up to here, so that the sender sees the answer and no broken pipe
_MAX_DRAINED_BYTES = 128 * 1024 * 1024
_FILE_FIELD = re.compile(r"files\[(\d{1,3})\]")


@dataclass(slots=True)
class Body:
    """`error` is raised when the request is acted on, so that it is recorded and counted first.

    json  None without a body
    size  bytes of `json` as they came
    """

    json: Any = None
    files: dict[int, Upload] = field(default_factory=dict[int, Upload])
    error: Exception | None = None
    size: int = 0


async def read_body(request: web.Request) -> Body:
    if not request.body_exists:
        return Body()
    body = Body()
    if request.content_type.startswith("multipart/"):
        try:
            await _read_multipart(request, body)
        except ValueError:  # no boundary, or parts that do not begin or end where they should
            body.error = refusal(50035)
        return body
    data, whole = await _read(request, _MAX_JSON_BYTES)
    if not whole:
        body.error = refusal(40005)
    elif data and request.content_type == "application/json":
        _parse(data, body)
    elif data:
        body.error = refusal(50109, f'Expected "Content-Type" header to be one of '
                                    f"application/json, not {request.content_type}.")  # fmt: skip
    return body


async def _read(request: web.Request, limit: int) -> tuple[bytes, bool]:
    """The bytes and whether that is all of it."""
    data = bytearray()
    total = 0
    async for chunk in request.content.iter_any():
        total += len(chunk)
        if total <= limit:
            data += chunk
        elif total > _MAX_DRAINED_BYTES:
            break
    return bytes(data), total <= limit


def _parse(data: bytes, body: Body) -> None:
    body.size += len(data)
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        body.error = refusal(50109)
        return
    body.json = value


async def _read_multipart(request: web.Request, body: Body) -> None:
    total = 0
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if isinstance(part, MultipartReader):
            body.error = refusal(50035)
            return
        data, size = await _read_part(part, MAX_FILE_BYTES)
        total += size
        if total > _MAX_DRAINED_BYTES:
            break
        if size > MAX_FILE_BYTES or total > MAX_REQUEST_BYTES:
            body.error = refusal(40005)
            body.files.clear()
        elif body.error is None:
            _keep(part, data, body)


async def _read_part(part: BodyPartReader, limit: int) -> tuple[bytes, int]:
    """At most `limit` bytes of it, and how many there were."""
    data = bytearray()
    size = 0
    while chunk := await part.read_chunk(64 * 1024):
        size += len(chunk)
        if size <= limit:
            data += chunk
    return bytes(data), size


def _keep(part: BodyPartReader, data: bytes, body: Body) -> None:
    if part.name == "payload_json":
        _parse(data, body)
        return
    found = _FILE_FIELD.fullmatch(part.name or "")
    index = int(found[1]) if found else len(body.files)
    if part.filename is not None:
        declared = part.headers.get("Content-Type", "application/octet-stream")
        body.files[index] = Upload(filename=part.filename, content_type=declared, data=data)
    elif part.name:
        body.size += len(data)
        given: object = body.json
        fields = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
        body.json = {**fields, part.name: data.decode(errors="replace")}
