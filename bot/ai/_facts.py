"""What a server said when it said no, whichever of the known shapes it used.

Shapes: {"error": {...}} (OpenAI; `code` may be a number), {"error": "text"}, flat {"message"} or
{"object": "error"} (older vLLM), {"detail": text or list} (FastAPI), [{"error": ...}] (Google),
plain text, HTML, nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

import orjson

MAX_DETAIL = 500
_KEY = re.compile(r"\b(?:sk|sess|rk|pk)-[\w*.\-]{4,}|\bBearer\s+\S+", re.IGNORECASE)
_AUTHORIZATION = re.compile(
    r"(authorization|api[-_ ]?key)([\"']?\s*[:=]\s*[\"']?)[^\s\"',}]+", re.IGNORECASE
)
_AGAIN_IN = re.compile(
    r"(?:try again|retry) (?:in|after) (?:(\d+)m)?(\d+(?:\.\d+)?)\s*(ms|s)\b", re.IGNORECASE
)
_TITLE = re.compile(r"<(?:title|h1)[^>]*>([^<]*)<", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An error as sent. `status` is the HTTP status; inside a stream, the number in the body."""

    status: int | None = None
    code: str = ""
    type: str = ""
    param: str = ""
    message: str = ""
    request_id: str | None = None
    retry_after: float | None = None
    refused: tuple[str, ...] = ()  # fields a pydantic server calls "extra"
    context: int | None = None  # llama.cpp's n_ctx: the model's window


def from_response(
    status: int, headers: Mapping[str, str], content: bytes, *, now: datetime
) -> Facts:
    try:
        payload = orjson.loads(content)
    except orjson.JSONDecodeError:
        payload = content.decode("utf-8", "replace")
    return from_payload(
        payload,
        status=status,
        request_id=headers.get("x-request-id"),
        retry_after=_retry_after(headers, now),
    )


def from_payload(
    payload: object,
    *,
    status: int | None = None,
    request_id: str | None = None,
    retry_after: float | None = None,
) -> Facts:
    """`status` None: inside a stream, or an error sent with 200; then a number in `code` counts."""
    fields = _fields(payload)
    code = _text(fields.get("code"))
    if status is None and code.isdecimal() and len(code) == len("404"):
        status = int(code)
    message = _text(fields.get("message")) or _text(fields.get("msg"))
    again = _AGAIN_IN.search(message)
    if retry_after is None and again:
        minutes, number, unit = again.groups()
        retry_after = int(minutes or 0) * 60 + float(number) * (0.001 if unit == "ms" else 1)
    window = fields.get("n_ctx")
    return Facts(
        status=status,
        code=code,
        type=_text(fields.get("type")),
        param=_text(fields.get("param")),
        message=message,
        request_id=request_id,
        retry_after=retry_after,
        refused=_extra(fields.get("detail")),
        context=window if isinstance(window, int) else None,
    )


def is_error(payload: Mapping[str, Any]) -> bool:
    """Whether a JSON object sent with status 200, or inside a stream, is an error."""
    said = (
        bool(payload.get("error"))
        or payload.get("object") == "error"
        or payload.get("type") == "error"
        or ("detail" in payload and "choices" not in payload and "output" not in payload)
    )
    return said and not _is_job(payload)


def _is_job(payload: Mapping[str, Any]) -> bool:
    """One that failed says why in `error`."""
    return payload.get("object") == "fine_tuning.job" or str(payload.get("id")).startswith("ftjob-")


def redacted(text: str, secrets: tuple[str, ...] = ()) -> str:
    """`text` without keys, in one line, at most MAX_DETAIL characters."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[redacted]")
    text = _KEY.sub("[redacted]", text)
    text = _AUTHORIZATION.sub(r"\1\2[redacted]", text)
    return " ".join(text.split())[:MAX_DETAIL]


def _fields(payload: object) -> Mapping[str, Any]:  # noqa: PLR0911  one for each shape
    if isinstance(payload, list) and payload:
        payload = cast("list[object]", payload)[0]
    if isinstance(payload, str):
        return {"message": _from_html(payload)}
    if not isinstance(payload, dict):
        return {}
    fields = cast("dict[str, Any]", payload)
    match fields.get("error"):
        case {} as inner:
            return cast("dict[str, Any]", inner)
        case str(text) if text:
            return {**fields, "message": fields.get("message") or text}
        case _:
            pass
    match fields.get("detail"):
        case str(text):
            return {**fields, "message": text}
        case list():
            first = [*_objects(fields["detail"]), dict[str, Any]()][0]
            where = first.get("loc")
            last = cast("list[object]", where)[-1] if isinstance(where, list) and where else ""
            return {**fields, "message": first.get("msg"), "param": last, "type": first.get("type")}
        case _:
            return fields


def _extra(detail: object) -> tuple[str, ...]:
    names: list[str] = []
    for item in _objects(detail):
        match item:
            case {"type": "extra_forbidden" | "value_error.extra", "loc": [*_, str(name)]}:
                names.append(name)
            case _:
                pass
    return tuple(names)


def _objects(value: object) -> list[dict[str, Any]]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]


def _from_html(text: str) -> str:
    if "<" not in text[:200]:
        return text
    title = _TITLE.search(text)
    return title.group(1).strip() if title else "HTML"


def _text(value: object) -> str:
    match value:
        case str():
            return value
        case bool() | None:
            return ""
        case int() | float():
            return str(value)
        case _:
            return orjson.dumps(value, default=str).decode()


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds, from `retry-after-ms` or from `retry-after` as a number or an HTTP date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        return seconds if 0 <= seconds < float("inf") else None
    try:
        moment = parsedate_to_datetime(headers.get("retry-after", ""))
        return max((moment - now).total_seconds(), 0.0)
    except (ValueError, TypeError):  # absent, not a date, or a date without a zone
        return None
