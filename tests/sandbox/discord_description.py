"""Discord's own description of its REST API, and whether what the sandbox answers fits it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from sandbox.discord.server import Recorded

PATH = Path(__file__).resolve().parents[2] / "../shared/discord/openapi.json"
_URI = "urn:discord"

_AS_DESCRIBED: set[tuple[str, str, str]] = set()
"""Requests that were looked at: every bot registers the same commands, which takes a second."""


@cache
def _description() -> dict[str, Any]:
    description = json.loads(PATH.read_text())
    _correct(description["components"]["schemas"])
    return description


def _correct(schemas: dict[str, Any]) -> None:
    """Where the description itself is wrong; nothing else is left unchecked."""
    # the codes of single fields are words such as BASE_TYPE_REQUIRED (documentation, "Error
    # Messages"); the description takes them for the numbers of whole answers
    words = {"code": {"type": "string"}, "message": {"type": "string"}}
    field_error = {"type": "object", "required": ["code", "message"], "properties": words}
    schemas["InnerErrors"]["properties"]["_errors"]["items"] = field_error
    # "code" of a 429 is optional (documentation, "Rate Limit Response Structure")
    schemas["RatelimitedResponse"]["allOf"][0] = {"required": ["message"]}
    # forwards are of type 1 (documentation, "Message Reference Types"); only replies are described
    schemas["MessageReferenceType"]["oneOf"].append({"const": 1})
    # the number of a file that is sent along (documentation, "Uploading Files", its examples)
    number = {"type": "integer", "minimum": 0}
    described = schemas["MessageAttachmentRequest"]["properties"]
    described["id"] = {"anyOf": [described["id"], number]}


@cache
def _registry() -> Registry[Any]:
    resource = Resource.from_contents(_description(), default_specification=DRAFT202012)
    return Registry().with_resource(_URI, resource)


@cache
def _validator(method: str, route: str, status: int) -> Draft202012Validator | None:
    """None where the route has no description of this answer."""
    operation = _description()["paths"].get(route, {}).get(method.lower())
    if operation is None:
        return None
    pointer = f"#/paths/{_escape(route)}/{method.lower()}/responses"
    responses = operation["responses"]
    key = str(status) if str(status) in responses else f"{status // 100}XX"
    if key not in responses:
        raise AssertionError(f"{method} {route} never answers {status}")
    if "$ref" in responses[key]:
        pointer = responses[key]["$ref"]
        responses, key = _description()["components"]["responses"], pointer.rpartition("/")[2]
    else:
        pointer = f"{pointer}/{key}"
    if "content" not in responses[key]:
        return Draft202012Validator({"type": "null"})
    reference = f"{_URI}{pointer}/content/application~1json/schema"
    return Draft202012Validator({"$ref": reference}, registry=_registry())


def _escape(key: str) -> str:
    escaped = key.replace("~", "~0").replace("/", "~1")
    return escaped.replace("{", "%7B").replace("}", "%7D")


@cache
def _body_validator(method: str, route: str) -> Draft202012Validator | None:
    operation = _description()["paths"].get(route, {}).get(method.lower())
    if operation is None or "requestBody" not in operation:
        return None
    reference = (
        f"{_URI}#/paths/{_escape(route)}/{method.lower()}"
        "/requestBody/content/application~1json/schema"
    )
    return Draft202012Validator({"$ref": reference}, registry=_registry())


def check_request(recorded: Recorded) -> None:
    """Raises AssertionError where what a bot sent is not what Discord describes."""
    if recorded.route is None or recorded.body is None:
        return
    validator = _body_validator(recorded.method, recorded.route)
    if validator is None:
        return
    seen = (recorded.method, recorded.route, json.dumps(recorded.body, sort_keys=True))
    if seen in _AS_DESCRIBED:
        return
    if (error := best_match(validator.iter_errors(_as_texts(recorded.body)))) is None:
        _AS_DESCRIBED.add(seen)
    else:
        where = "/".join(str(step) for step in error.absolute_path)
        raise AssertionError(f"{recorded.method} {recorded.route} at {where}: {error.message}")


def _as_texts(body: Any) -> Any:
    """discord.py writes ids in two places as numbers, where Discord describes texts."""
    if not isinstance(body, dict):
        return body
    told = dict(body)
    if body.get("attachments"):
        told["attachments"] = [{**each, "id": str(each["id"])} for each in body["attachments"]]
    mentions = body.get("allowed_mentions") or {}
    if mentions.get("users"):
        told["allowed_mentions"] = {**mentions, "users": [str(one) for one in mentions["users"]]}
    return told


def check_answer(recorded: Recorded) -> None:
    """Raises AssertionError where an answer is not what Discord describes.

    Left out: what a fault made of it, connections that were cut, and routes of no description.
    """
    if recorded.route is None or recorded.faulted or recorded.status in {0, 501}:
        return
    validator = _validator(recorded.method, recorded.route, recorded.status)
    if validator is None:
        return
    if (error := best_match(validator.iter_errors(recorded.answer))) is not None:
        where = "/".join(str(step) for step in error.absolute_path)
        raise AssertionError(
            f"{recorded.method} {recorded.route} {recorded.status} at {where}: {error.message}"
        )
