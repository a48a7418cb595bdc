"""What goes over the wire, noted down as one `bot.domain.calls.Exchange`.

Streams are put together into the answer that they would have been; pictures, sound and whatever is
secret are replaced by words.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode

import openai
import orjson

from bot.ai._chunks import objects, usage
from bot.ai._errors import Call, ServerSaidError, never_sent, translated
from bot.ai._sending import Sending
from bot.domain.calls import STOPPED, Exchange, Json, Operation, Record
from bot.domain.clock import Clock
from bot.domain.errors import BadAnswerError, Damage, ServerFaultError

MAX_TEXT = 16_000
"""Characters of an answer that is no JSON, such as an error page; subtitles fit."""

_DATA_URL = re.compile(r"^(data:[\w/+.-]+;base64,)(.+)$", re.DOTALL)
_BASE64_NAMES = frozenset({"b64_json", "partial_image_b64"})


class Note:
    """Collects one exchange; `close` tells it, once."""

    def __init__(self, sending: Sending, record: Record, *, call: Call, clock: Clock) -> None:
        self._sending = sending
        self._call = call
        self._record = record
        self._clock = clock
        self._at = clock.now()
        self._began = clock.monotonic()
        self._assembly: Assembly | None = None
        self._events = 0
        self._closed = False
        self.status: int | None = None
        self.request_id: str | None = None
        self.response: Json = None

    def answered(self, status: int, request_id: str | None) -> None:
        self.status, self.request_id = status, request_id

    def event(self, fields: Mapping[str, Any]) -> None:
        if self._assembly is None:
            self._assembly = Assembly()
        self._events += 1
        self._assembly.take(fields)

    def close(self, error: BaseException | None) -> None:
        if self._closed:
            return
        self._closed = True
        self._take_refusal(error)
        response = self._assembly.whole() if self._assembly else self.response
        fields = cast("dict[str, Any]", response) if isinstance(response, dict) else {}
        sending = self._sending
        path = f"{sending.path}?{urlencode(sending.query)}" if sending.query else sending.path
        model = fields.get("model")
        self._record(
            Exchange(
                operation=sending.operation,
                method=sending.method,
                path=path,
                request=shown(sending.shown(), self._call.secrets),
                status=self.status,
                response=shown(response, self._call.secrets),
                streamed=self._assembly is not None,
                request_id=self.request_id,
                model=model if isinstance(model, str) and model else sending.model,
                started_at=self._at,
                seconds=round(self._clock.monotonic() - self._began, 3),
                usage=usage(fields.get("usage")),
                pictures=_pictures(fields),
                sound_s=_sound(fields),
                error=self._name(error),
                unmade=self._is_unmade(error),
            )
        )

    def _is_unmade(self, error: BaseException | None) -> bool:
        """Not reached, or refused before anything of an answer came, whatever the status."""
        if (self.status or 0) >= HTTPStatus.BAD_REQUEST:
            return True
        match error:
            case ServerSaidError() if self._events <= 1:
                ours = translated(error, self._call, now=self._at)
                return self._assembly is None or not isinstance(ours, ServerFaultError)
            case BadAnswerError(damage=Damage.NOT_JSON, detail="HTML"):
                return True
            case Exception():
                return never_sent(error)
            case _:
                return False

    def _name(self, error: BaseException | None) -> str | None:
        match error:
            case None:
                return None
            case Exception():
                ours = translated(error, self._call, now=self._at)
                return type(ours or error).__name__
            case _:
                return STOPPED

    def _take_refusal(self, error: BaseException | None) -> None:
        """The answer of a status that is an error; the SDK has read it."""
        cause = error
        while cause is not None and not isinstance(cause, openai.APIStatusError):
            cause = cause.__cause__
        if cause is None or self.response is not None or self._assembly is not None:
            return
        self.answered(cause.status_code, cause.response.headers.get("x-request-id"))
        content = cause.response.content
        try:
            self.response = orjson.loads(content)
        except orjson.JSONDecodeError:
            self.response = content[: MAX_TEXT * 4].decode("utf-8", "replace")[:MAX_TEXT]


class Assembly:
    """The events of any of the API's streams as the one answer they stand for."""

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._choices: dict[int, dict[str, Any]] = {}
        self._texts: dict[str, list[str]] = {}
        self._whole: Json = None
        self._items: list[Json] = []

    def take(self, event: Mapping[str, Any]) -> None:
        kind = event.get("type")
        if "choices" in event:
            self._chunk(event)
        elif isinstance(kind, str) and "error" not in event:
            self._typed(kind, event)
        elif event.get("object") == "fine-tune-event":
            self._items.append(dict(event))
        else:
            self._head |= event  # an error, most likely

    def whole(self) -> Json:
        if self._whole is not None:
            return self._whole
        answer = dict(self._head)
        if self._items:
            answer |= {"data": self._items} if "created" in answer else _list(self._items)
        if self._texts:
            answer |= {name: "".join(pieces) for name, pieces in self._texts.items()}
        if self._choices or "choices" in answer:
            object_ = str(answer.get("object", ""))
            answer["object"] = object_.removesuffix(".chunk")
            answer["choices"] = [_joined(each) for _, each in sorted(self._choices.items())]
        return answer

    def _chunk(self, event: Mapping[str, Any]) -> None:
        for name, value in event.items():
            if name == "choices":
                self._head["choices"] = []
            elif value is not None and name != "obfuscation":
                self._head[name] = value
        for position, choice in enumerate(objects(event.get("choices"))):
            index = choice.get("index")
            index = index if isinstance(index, int) else position
            known = self._choices.setdefault(index, {"index": index})
            for name, value in choice.items():
                if name in ("delta", "message") and isinstance(value, dict):
                    _grow(known.setdefault("message", {}), cast("dict[str, Any]", value))
                elif value is None:
                    known.setdefault(name, None)
                elif name != "index":
                    _grow(known, {name: value})

    def _typed(self, kind: str, event: Mapping[str, Any]) -> None:
        if isinstance(response := event.get("response"), dict):
            self._whole = cast("dict[str, Any]", response) if _ended(kind) else None
            if self._whole is None:
                self._head |= cast("dict[str, Any]", response)
        elif kind.endswith(".partial_image"):
            self._head.setdefault("created", event.get("created_at"))
        elif kind.startswith(("image_generation.", "image_edit.")):
            rest = {k: v for k, v in event.items() if k not in ("type", "created_at", "b64_json")}
            self._head |= {"created": event.get("created_at"), **rest}
            self._items.append({"b64_json": event.get("b64_json")})
        elif kind == "transcript.text.done":
            self._whole = {k: v for k, v in event.items() if k != "type"}
        elif kind == "transcript.text.segment":
            self._items.append({k: v for k, v in event.items() if k != "type"})
        elif kind in ("transcript.text.delta", "response.output_text.delta"):
            name = "text" if kind.startswith("transcript") else "output_text"
            self._texts.setdefault(name, []).append(str(event.get("delta") or ""))


def shown(value: Json, secrets: tuple[str, ...] = ()) -> Json:
    """`value` without bytes and without secrets; nothing of it is changed in place."""
    match value:
        case str():
            return _shown_text(value, secrets)
        case dict():
            fields = cast("dict[str, Json]", value)
            return {
                name: f"({len(each) * 3 // 4:,} bytes)"
                if name in _BASE64_NAMES and isinstance(each, str)
                else each.partition("?")[0]  # what is behind it lets anybody in
                if name == "url" and isinstance(each, str) and each.startswith("http")
                else _sound_part(cast("dict[str, Json]", each))
                if name == "input_audio" and isinstance(each, dict)
                else shown(each, secrets)
                for name, each in fields.items()
            }
        case list() | tuple():
            return [shown(each, secrets) for each in cast("list[Json]", value)]
        case bytes() | bytearray():
            return f"({len(value):,} bytes)"
        case _:
            return value


def recording_as(operation: Operation, record: Record) -> Record:
    """For what stands in for `operation`: it is that which is paid for and counted."""

    def told(exchange: Exchange) -> None:
        record(replace(exchange, operation=operation))

    return told


def _shown_text(text: str, secrets: tuple[str, ...]) -> str:
    if text.startswith("data:") and (found := _DATA_URL.match(text)):
        return f"{found[1]}({len(found[2]) * 3 // 4:,} bytes)"
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, "[redacted]")
    return text


def _sound_part(part: dict[str, Json]) -> Json:
    data = part.get("data")
    size = len(data) * 3 // 4 if isinstance(data, str) else 0
    return {**part, "data": f"({size:,} bytes)"}


def _grow(known: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Texts are put behind one another, lists too; everything else is what came last."""
    for name, value in more.items():
        before = known.get(name)
        if isinstance(before, _Pieces) and isinstance(value, str):  # nearly all there is
            before.append(value)
        elif value is None:
            known.setdefault(name, None)
        elif isinstance(value, str) and name not in ("role", "finish_reason", "id", "type"):
            known[name] = _Pieces([before, value] if isinstance(before, str) else [value])
        elif isinstance(value, list) and isinstance(before, list):
            cast("list[Any]", before).extend(cast("list[Any]", value))
        elif isinstance(value, dict) and isinstance(before, dict):
            _grow(cast("dict[str, Any]", before), cast("dict[str, Any]", value))
        elif isinstance(value, list):
            known[name] = [*cast("list[Any]", value)]
        elif isinstance(value, dict):
            known[name] = {}
            _grow(known[name], cast("dict[str, Any]", value))
        else:
            known[name] = value


class _Pieces(list[str]):
    """A text that still grows."""


def _joined(value: Any) -> Any:
    if isinstance(value, _Pieces):
        return "".join(value)
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {name: _joined(each) for name, each in fields.items()}
    return value


def _list(items: list[Json]) -> dict[str, Json]:
    if all(isinstance(item, dict) and "start" in item for item in items):
        return {"segments": items}
    return {"object": "list", "data": items}


def _ended(kind: str) -> bool:
    return kind in ("response.completed", "response.incomplete", "response.failed")


def _pictures(fields: Mapping[str, Any]) -> int:
    return sum("b64_json" in item or "url" in item for item in objects(fields.get("data")))


def _sound(fields: Mapping[str, Any]) -> float | None:
    """Seconds as billed, else as measured."""
    counted = fields.get("usage")
    billed = cast("dict[str, Any]", counted).get("seconds") if isinstance(counted, dict) else None
    for value in (billed, fields.get("duration")):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return None
