"""The messages of a conversation: checked, counted, and what is asked in them."""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from sandbox.openai import tokens
from sandbox.openai.errors import ApiError
from sandbox.openai.params import as_list, as_object, check_value, choice

_ROLES_2023 = ("system", "user", "assistant")
_ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_PARTS = ("text", "image_url", "input_audio", "file", "refusal")
_MAX_DOCUMENT = 73_400_320  # characters of base64, by the API's description
_PICTURES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"RIFF": "webp"}


@dataclass(slots=True)
class Conversation:
    """question: the text of the last user message. file_at: where the first document stands."""

    messages: int = 0
    pictures: int = 0
    sounds: int = 0
    files: int = 0
    tokens: int = 3
    question: str = ""
    file_at: str = ""
    texts: list[str] = field(default_factory=list[str])

    def names(self, word: str) -> bool:
        """Whether any message has the word, in capitals or not, alone or in another."""
        return any(word in text.lower() for text in self.texts)

    def seen(self) -> str:
        """What else was read, in a sentence; empty when there is only the question."""
        told = [
            _counted(self.messages, "message") if self.messages > 1 else "",
            _counted(self.pictures, "picture"),
            _counted(self.sounds, "sound"),
            _counted(self.files, "file"),
        ]
        names = [each for each in told if each]
        return f"It read {', '.join(names)}." if names else ""


def read(messages: list[Any], *, legacy: bool) -> Conversation:
    """What is in them.

    Raises:
        ApiError: 400; no messages, a wrong role, a part that is not understood.
    """
    if not messages:
        if legacy:
            raise ApiError("[] is too short - 'messages'")
        raise ApiError(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an"
            " empty array instead.",
            param="messages",
            code="empty_array",
        )
    conversation = Conversation(messages=len(messages))
    for index, message in enumerate(messages):
        _message(conversation, f"messages[{index}]", message, legacy=legacy)
    return conversation


def _message(conversation: Conversation, place: str, raw: Any, *, legacy: bool) -> None:
    message = as_object(raw)
    if message is None:
        raise ApiError(
            f"Invalid type for '{place}': expected an object, but got something else instead.",
            param=place,
            code="invalid_type",
        )
    role = message.get("role")
    if role is None:
        raise _missing(f"{place}.role", legacy=legacy)
    roles = _ROLES_2023 if legacy else _ROLES
    check_value(f"{place}.role", role, choice(*roles), legacy=legacy)
    conversation.tokens += tokens.MESSAGE_OVERHEAD
    content = message.get("content")
    may_lack = role == "assistant" and not legacy and _has_calls(message)
    if content is None and not may_lack:
        raise _missing(f"{place}.content", legacy=legacy)
    if role == "user":
        conversation.question = ""
    parts = as_list(content)
    if isinstance(content, str):
        _text(conversation, content, str(role))
    elif parts is not None and not legacy:
        for number, part in enumerate(parts):
            _part(conversation, f"{place}.content[{number}]", part, str(role))
    elif content is not None:
        expected = "a string" if legacy else "one of a string or array of objects"
        raise ApiError(
            f"Invalid type for '{place}.content': expected {expected}.",
            param=f"{place}.content",
            code="invalid_type",
        )


def _has_calls(message: dict[str, Any]) -> bool:
    return any(message.get(key) for key in ("tool_calls", "function_call", "refusal", "audio"))


def _text(conversation: Conversation, text: str, role: str) -> None:
    conversation.tokens += tokens.count(text)
    conversation.texts.append(text)
    if role == "user":
        conversation.question = f"{conversation.question} {text}".strip()


def _part(conversation: Conversation, place: str, raw: Any, role: str) -> None:
    part = as_object(raw) or {}
    check_value(f"{place}.type", part.get("type", ""), choice(*_PARTS))
    match part["type"]:
        case "text" | "refusal":
            text = part.get(part["type"])
            if not isinstance(text, str):
                raise _missing(f"{place}.{part['type']}", legacy=False)
            _text(conversation, text, role)
        case "image_url":
            link = (as_object(part.get("image_url")) or {}).get("url")
            check_picture(link, f"{place}.image_url.url")
            conversation.pictures += 1
            conversation.tokens += tokens.PICTURE_TOKENS
        case "input_audio":
            conversation.sounds += 1
            conversation.tokens += 100
        case _:
            check_document(as_object(part.get("file")), f"{place}.file", role)
            conversation.files += 1
            conversation.file_at = conversation.file_at or place
            conversation.tokens += 500


def check_picture(link: Any, place: str) -> None:
    """Links are not fetched; data URLs are looked into.

    Raises:
        ApiError: 400.
    """
    if isinstance(link, str) and link.startswith(("https://", "http://")):
        return
    if not isinstance(link, str) or not link.startswith("data:"):
        raise ApiError(
            f"Invalid '{place}'. Expected a valid URL, but got a value with an invalid format.",
            param=place,
            code="invalid_value",
        )
    try:
        data = base64.b64decode(link.partition(",")[2], validate=True)
    except binascii.Error as error:
        raise ApiError("Invalid base64 image_url.", param=place, code="invalid_base64") from error
    if not any(data.startswith(magic) for magic in _PICTURES):
        raise ApiError(
            "You uploaded an unsupported image. Please make sure your image is valid and has one"
            " of the following formats: ['png', 'jpeg', 'gif', 'webp'].",
            param=place,
            code="invalid_image_format",
        )


def check_document(file: dict[str, Any] | None, place: str, role: str = "user") -> None:
    """`file` has file_id, or filename and file_data with a PDF in it; only users send one.

    Raises:
        ApiError: 400.
    """
    if file is None or role != "user":
        raise _missing(place, legacy=False)
    if isinstance(file.get("file_id"), str):
        return
    link = file.get("file_data")
    if not isinstance(link, str):
        raise _missing(f"{place}.file_id", legacy=False)
    name = file.get("filename")
    if not isinstance(name, str) or not name:
        raise _missing(f"{place}.filename", legacy=False)
    head, _, encoded = link.partition(",")
    if head != "data:application/pdf;base64":
        raise ApiError(
            f"Invalid file data: '{place}.file_data'. Expected a base64-encoded data URL with an"
            " application/pdf MIME type (e.g. 'data:application/pdf;base64,aGVsbG8='), but got an"
            " unsupported MIME type.",
            param=f"{place}.file_data",
            code="invalid_value",
        )
    if len(encoded) > _MAX_DOCUMENT:
        raise ApiError(
            f"Invalid '{place}.file_data': string too long.",
            param=f"{place}.file_data",
            code="string_above_max_length",
        )
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ApiError(
            "Invalid base64 file data.", param=f"{place}.file_data", code="invalid_base64"
        ) from error
    if b"%PDF-" not in data[:1024]:
        raise ApiError(
            "The file is not a valid PDF.", param=f"{place}.file_data", code="invalid_file"
        )


def takes_no_documents(place: str) -> ApiError:
    return ApiError(
        "Invalid Value: 'file'. This model does not support file content types.",
        param=place,
        code="invalid_value",
    )


def _missing(place: str, *, legacy: bool) -> ApiError:
    if legacy:
        head, _, name = place.rpartition(".")
        return ApiError(f"'{name}' is a required property - '{head}'")
    return ApiError(
        f"Missing required parameter: '{place}'.", param=place, code="missing_required_parameter"
    )


def _counted(count: int, name: str) -> str:
    return "" if count == 0 else f"{count} {name}{'s' if count > 1 else ''}"
