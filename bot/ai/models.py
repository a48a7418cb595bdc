"""GET /models, as any server answers it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx2
import structlog
from openai import AsyncOpenAI

from bot.ai._deadlines import Deadlines
from bot.ai._errors import Call, translated_errors, upstream
from bot.ai._facts import from_payload, is_error
from bot.ai._values import json, number
from bot.ai.client import Timeouts, secrets_of
from bot.domain.clock import Clock
from bot.domain.errors import BadAnswerError, Damage, EndpointMissingError, ModelNotFoundError
from bot.domain.models import ModelInfo

log = structlog.get_logger(__name__)

MAX_PAGES = 50
"""Beyond any real catalogue; a server that pages without end is cut off here."""


class OpenAIModels:
    """Implements bot.domain.models.ModelSource. Reads leniently: an id is all that is asked for."""

    def __init__(
        self, client: AsyncOpenAI, *, clock: Clock, timeouts: Timeouts | None = None
    ) -> None:
        self._client = client
        self._clock = clock
        self._timeouts = timeouts or Timeouts()

    async def list(self) -> tuple[ModelInfo, ...]:
        """All models, in the server's order, each id once.

        The list is unpaged by the reference; a server that says has_more is followed as long as new
        ids come, since there are servers that ignore `after` and would never end.
        """
        models: dict[str, ModelInfo] = {}
        after: dict[str, object] = {}
        for _ in range(MAX_PAGES):
            answer = await self._get("models", query=after)
            new = {model.id: model for model in _models(answer) if model.id not in models}
            models |= new
            if not new or not isinstance(answer, dict):
                break
            if cast("dict[str, Any]", answer).get("has_more") is not True:
                break
            after = {"after": next(reversed(new))}
        return tuple(models.values())

    async def get(self, model: str) -> ModelInfo:
        """One model.

        Raises:
            ModelNotFoundError: there is none of this name.
            UpstreamError: one of its leaves.
        """
        if not model.strip() or model in (".", ".."):
            raise ModelNotFoundError(model=model)  # would ask for another path
        try:
            answer = await self._get(f"models/{quote(model, safe=':')}", model=model)
        except EndpointMissingError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            # A 404 without a word about models: no such model, or no such route at all.
            return await self._find(model, error)
        info = _model(answer)
        if info is None:
            raise BadAnswerError(status=200, damage=Damage.WRONG_SHAPE)
        return info

    async def _find(self, model: str, missing: EndpointMissingError) -> ModelInfo:
        """The collection decides, as openai-compatible servers without the single route need."""
        found = next((info for info in await self.list() if info.id == model), None)
        if found is None:
            raise ModelNotFoundError(
                missing.detail, missing.status, missing.request_id, model
            ) from missing
        return found

    async def _get(
        self, path: str, *, model: str = "", query: Mapping[str, object] | None = None
    ) -> object:
        call = Call(
            operation="models",
            model=model,
            secrets=secrets_of(self._client),
            connect=self._timeouts.connect,
            read=self._timeouts.read,
        )
        started = self._clock.monotonic()
        status: int | None = None
        try:
            with translated_errors(call, now=self._clock.now()):
                async with Deadlines(self._clock, overall=self._timeouts.overall) as deadlines:
                    response = await deadlines.wait(
                        self._client.get(
                            f"/{path}",
                            cast_to=httpx2.Response,
                            options={"params": dict(query or {})},
                        )
                    )
            status = response.status_code
            request_id = response.headers.get("x-request-id")
            try:
                answer = json(response.content)
            except ValueError:
                raise BadAnswerError(
                    status=status, request_id=request_id, damage=Damage.NOT_JSON
                ) from None
            if isinstance(answer, dict) and is_error(cast("dict[str, Any]", answer)):
                raise upstream(from_payload(cast("object", answer), request_id=request_id), call)
            return cast("object", answer)
        finally:
            seconds = round(self._clock.monotonic() - started, 3)
            log.info("models", model=model, status=status, seconds=seconds)


def _models(answer: object) -> tuple[ModelInfo, ...]:
    """From {"data": [...]}, {"models": [...]} or a bare list; items may be objects or names."""
    items: object = answer
    if isinstance(answer, dict):
        fields = cast("dict[str, object]", answer)
        items = fields.get("data") if "data" in fields else fields.get("models")
        if items is None and ("data" in fields or fields.get("object") == "list"):
            items = []  # Ollama without models: {"object": "list", "data": null}
    if not isinstance(items, list):
        raise BadAnswerError(status=200, damage=Damage.WRONG_SHAPE)
    read = (_model(item) for item in cast("list[object]", items))
    return tuple(model for model in read if model is not None)


def _model(item: object) -> ModelInfo | None:
    if isinstance(item, str):
        return ModelInfo(id=item) if item else None
    if not isinstance(item, dict):
        return None
    fields = cast("dict[str, Any]", item)
    name = fields.get("id") or fields.get("name") or fields.get("model")
    if not isinstance(name, str):
        return None
    owner = fields.get("owned_by")
    return ModelInfo(
        id=name,
        owned_by=owner if isinstance(owner, str) and owner else None,
        created=_moment(fields.get("created")),
        shutdown_date=_day(fields.get("shutdown_date")),
    )


def _moment(value: object) -> datetime | None:
    """Unix seconds; 0 is what servers send that do not know."""
    seconds = number(value)
    if not seconds or seconds < 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
