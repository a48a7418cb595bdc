"""/files: upload, list, get, download, delete."""

from typing import Any

from sandbox.openai import jsonl
from sandbox.openai.call import MIB, Body, Call, Operation, Upload, new_id
from sandbox.openai.errors import ApiError, not_found, too_big
from sandbox.openai.file_store import StoredFile
from sandbox.openai.pages import paged
from sandbox.openai.params import (
    Params,
    anything,
    as_list,
    as_object,
    check_value,
    choice,
    integer,
    text,
)
from sandbox.openai.streams import Answer, Bytes, Json

MAX_FILE = 512 * MIB
PROCESSING_S = 2.0  # from uploaded to processed
PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")
MIN_LIFE_S, MAX_LIFE_S = 3600, 2_592_000

UPLOAD_2023: Params = {
    "file": anything(required=True),
    "purpose": choice("fine-tune", required=True),
}
UPLOAD: Params = {
    "file": anything(required=True),
    "purpose": choice(*PURPOSES, required=True),
    "expires_after": anything(),
}
LISTED: Params = {
    "purpose": text(),
    "limit": integer(1, 10_000),
    "order": choice("asc", "desc"),
    "after": text(),
}


async def create(call: Call) -> Answer:
    upload = only_upload(call.args, "file")
    if len(upload.data) > MAX_FILE:
        raise too_big(MAX_FILE, len(upload.data))
    purpose = call.args["purpose"]
    if purpose in {"fine-tune", "batch"}:
        _check_lines(upload)
    now = call.state.now()
    file = StoredFile(
        id=new_id("file-"),
        filename=upload.filename,
        purpose=purpose,
        data=upload.data,
        created_at=now,
        processed_at=now + PROCESSING_S,
        expires_at=_expiry(call.args.get("expires_after"), now),
    )
    call.state.files.put(file)
    return Json(shown(file, call))


async def listed(call: Call) -> Answer:
    files = [
        each
        for each in call.state.files.all(call.state.now())
        if call.args.get("purpose", each.purpose) == each.purpose
    ]
    if call.legacy:
        return Json({"object": "list", "data": [shown(each, call) for each in files]})
    if call.args.get("order", "desc") == "desc":
        files.reverse()
    page, more = paged(files, call.args.get("after"), call.args.get("limit", 10_000))
    return Json(
        {
            "object": "list",
            "data": [shown(each, call) for each in page],
            "first_id": page[0].id if page else "",
            "last_id": page[-1].id if page else "",
            "has_more": more,
        }
    )


async def get(call: Call) -> Answer:
    return Json(shown(_find(call), call))


async def delete(call: Call) -> Answer:
    file = _find(call)
    if file.status(call.state.now()) == "uploaded":
        raise ApiError(
            "File is still processing. Check back later.", status=409, param="id", code=None
        )
    call.state.files.remove(file.id)
    return Json({"id": file.id, "object": "file", "deleted": True})


async def content(call: Call) -> Answer:
    file = _find(call)
    return Bytes(file.data, "application/octet-stream", filename=file.filename)


def only_upload(args: dict[str, Any], name: str) -> Upload:
    """The one file of a field.

    Raises:
        ApiError: 400; it came as text, or more than one came.
    """
    uploads = as_list(args.get(name))
    if not uploads or not all(isinstance(each, Upload) for each in uploads):
        raise ApiError(
            f"Expected '{name}' to be an uploaded file, received text instead.",
            param=name,
            code="invalid_type",
        )
    if len(uploads) > 1:
        raise ApiError(f"Duplicate parameter: '{name}'.", param=name, code="duplicate_parameter")
    return uploads[0]


def shown(file: StoredFile, call: Call) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": file.id,
        "object": "file",
        "bytes": len(file.data),
        "created_at": file.created_at,
        "filename": file.filename,
        "purpose": file.purpose,
        "status": file.status(call.state.now()),
    }
    if call.legacy:
        return {**made, "status_details": file.error}
    if file.expires_at is not None:
        made["expires_at"] = file.expires_at
    return made


def _find(call: Call) -> StoredFile:
    file = call.state.files.get(call.ids["file_id"], call.state.now())
    if file is None:
        raise not_found(f"No such File object: {call.ids['file_id']}")
    return file


def _check_lines(upload: Upload) -> None:
    if not upload.filename.lower().endswith(".jsonl"):
        raise ApiError(
            f"Invalid file format for this purpose: '{upload.filename}'. Must be .jsonl",
            param="file",
        )
    wrong = jsonl.problem(upload.data)
    if wrong is not None:
        raise ApiError(wrong, param="file")


def _expiry(value: Any, now: int) -> int | None:
    after = as_object(value)
    if after is None:
        return None
    check_value("expires_after.anchor", after.get("anchor", ""), choice("created_at"))
    seconds = str(after.get("seconds", ""))
    number = int(seconds) if seconds.isdigit() else 0
    check_value("expires_after.seconds", number, integer(MIN_LIFE_S, MAX_LIFE_S))
    return now + number


OPERATIONS = (
    Operation(
        "POST",
        "/files",
        create,
        legacy=UPLOAD_2023,
        modern=UPLOAD,
        body=Body.FORM,
        limit=MAX_FILE + MIB,
    ),
    Operation("GET", "/files", listed, legacy={}, modern=LISTED),
    Operation("GET", "/files/{file_id}", get, legacy={}, modern={}),
    Operation("DELETE", "/files/{file_id}", delete, legacy={}, modern={}),
    Operation("GET", "/files/{file_id}/content", content, legacy={}, modern={}),
)
