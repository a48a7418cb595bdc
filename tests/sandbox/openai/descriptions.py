"""The vendor's descriptions of April 2023 and of today, and what was said held against them.

They are read from beside the project. What they are known to have wrong (upstream marks as
required what documented answers omit, leaves out whole answers, lags behind the SDK) is listed
below with its reason, and nothing else is let pass.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7, DRAFT202012

from sandbox.openai.call import Upload
from sandbox.openai.recorded import RecordedRequest

FOLDER = Path(__file__).resolve().parents[4] / "shared/openai"
OLD, NEW = "spec-2023-04.json", "spec-2026-08.json"

# The 2023 file lists no such field, and its schemas are open, so only its omissions matter:
# it calls the content of a file a JSON string, and describes neither text nor streams.
UNDESCRIBED = {
    ("GET", "/files/{file_id}/content"): "bytes, which either file calls a JSON string",
    ("GET", "/sandbox-pictures/{name}"): "the sandbox's own links",
}
# (file, path in the answer, why)
LENIENT = {
    (NEW, "size"): "the file knows three sizes of pictures; gpt-image-2 takes any",
    (NEW, "quality"): "the file lacks xhigh and max",
}


def has_folder() -> bool:
    return (FOLDER / NEW).exists()


@cache
def description(name: str) -> dict[str, Any]:
    if not has_folder():
        pytest.skip(f"the vendor's description {name} is not beside the project")
    found = json.loads((FOLDER / name).read_text())
    if name == OLD:
        return _without_nullable(found)
    # A user's message with a list of parts is both an EasyInputMessage and an InputMessage.
    items = found["components"]["schemas"]["InputItem"]
    items["anyOf"] = items.pop("oneOf")
    return found


@cache
def registry(name: str) -> Registry[Any]:
    kind = DRAFT7 if name == OLD else DRAFT202012
    resource = Resource.from_contents(description(name), default_specification=kind)
    return Registry().with_resource("urn:spec", resource)


def problems(name: str, schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with the value; a schema of the file, by its own words or a reference."""
    kind = Draft7Validator if name == OLD else Draft202012Validator
    validator = kind(_absolute(schema), registry=registry(name))
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
        for error in validator.iter_errors(value)
        if (name, str(error.absolute_path[-1]) if error.absolute_path else "") not in LENIENT
    ]


def check(record: RecordedRequest, dialect: str) -> list[str]:
    """Whether a request that was answered with 200, and its answer, are as described."""
    if record.status != 200 or record.fault is not None:
        return []
    file = OLD if dialect == "legacy" or _only_old(record) else NEW
    found = _operation(file, record)
    if found is None:
        return [f"{record.method} {record.path} is not in {file}"]
    path, operation = found
    if (record.method, path) in UNDESCRIBED:
        return []
    said = [f"request {each}" for each in _request(file, operation, record)]
    return [*said, *(f"answer {each}" for each in _answer(file, operation, record))]


def _request(file: str, operation: dict[str, Any], record: RecordedRequest) -> Iterator[str]:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return
    is_form = record.headers.get("Content-Type", "").startswith("multipart/")
    schema = content["multipart/form-data" if is_form else "application/json"]["schema"]
    body = _form(file, schema, record) if is_form else record.body
    yield from problems(file, schema, body)


def _answer(file: str, operation: dict[str, Any], record: RecordedRequest) -> Iterator[str]:
    content = operation["responses"]["200"].get("content", {})
    if record.answer is not None:
        yield from problems(file, content["application/json"]["schema"], record.answer)
    stream = content.get("text/event-stream")
    if stream is None and record.path == "/completions":
        # The stream of completions is not described; its chunks have the shape of the answer.
        stream = content["application/json"]
    if stream is None:
        return
    for event in record.events:
        shaped = _known(event) if record.path == "/completions" else event
        yield from problems(file, stream["schema"], shaped)


def _known(chunk: dict[str, Any]) -> dict[str, Any]:
    """A chunk of a completion without the nulls that stand for what is not known yet."""
    choices = [
        {**each, "finish_reason": each["finish_reason"] or "stop"} for each in chunk["choices"]
    ]
    return {
        name: value
        for name, value in {**chunk, "choices": choices}.items()
        if (name, value) != ("usage", None)
    }


def _form(file: str, schema: dict[str, Any], record: RecordedRequest) -> dict[str, Any]:
    """The form as the JSON it stands for: numbers as numbers, files as text."""
    properties = _resolved(file, schema).get("properties", {})
    body = {
        name: _typed(file, properties.get(name, {}), value) for name, value in record.body.items()
    }
    for name, uploads in record.uploads.items():
        texts = ["binary" for each in uploads if isinstance(each, Upload)]
        body[name.removesuffix("[]")] = texts if name.endswith("[]") else texts[0]
    return body


def _typed(file: str, schema: dict[str, Any], value: Any) -> Any:
    if isinstance(value, dict):  # of `name[key]` fields
        inner = _resolved(file, schema).get("properties", {})
        return {name: _typed(file, inner.get(name, {}), each) for name, each in value.items()}
    if not isinstance(value, str) or not problems(file, schema, value):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _operation(file: str, record: RecordedRequest) -> tuple[str, dict[str, Any]] | None:
    parts = record.path.strip("/").split("/")
    for path, methods in description(file)["paths"].items():
        wanted = path.strip("/").split("/")
        if len(wanted) != len(parts) or record.method.lower() not in methods:
            continue
        if all(
            want.startswith("{") or want == part for want, part in zip(wanted, parts, strict=True)
        ):
            return path, methods[record.method.lower()]
    for method, path in UNDESCRIBED:
        if method == record.method and parts[0] == path.split("/")[1]:
            return path, {}
    return None


def _only_old(record: RecordedRequest) -> bool:
    return record.path.startswith(("/edits", "/fine-tunes"))


def _resolved(file: str, schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Any = description(file)
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def _absolute(schema: Any) -> Any:
    """References as seen from outside the file."""
    if isinstance(schema, dict):
        return {
            name: f"urn:spec{value}" if name == "$ref" else _absolute(value)
            for name, value in schema.items()
        }
    return [_absolute(each) for each in schema] if isinstance(schema, list) else schema


def _without_nullable(schema: Any) -> Any:
    """OpenAPI 3.0 says `nullable`, which JSON Schema does not know."""
    if isinstance(schema, list):
        return [_without_nullable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _without_nullable(value) for name, value in schema.items()}
    if made.pop("nullable", False) is True:
        return {"anyOf": [made, {"type": "null"}]}
    return made
