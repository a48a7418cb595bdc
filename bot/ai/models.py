"""GET /models, as any server answers it."""

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import structlog
from openai import AsyncOpenAI

from bot.ai._lists import moment
from bot.ai._sending import Sending
from bot.ai.api import Api
from bot.ai.client import Timeouts
from bot.domain.calls import Operation, Record, unrecorded
from bot.domain.clock import Clock
from bot.domain.errors import (
    BadAnswerError,
    Damage,
    EndpointMissingError,
    ModelNotFoundError,
    UpstreamError,
)
from bot.domain.models import ModelInfo

log = structlog.get_logger(__name__)

MAX_PAGES = 50
"""Beyond any real catalogue; a server that pages without end is cut off here."""


class OpenAIModels:
    """Implements bot.domain.models.ModelSource. Reads leniently: an id is all that is asked for."""

    def __init__(
        self,
        client: AsyncOpenAI,
        *,
        clock: Clock,
        timeouts: Timeouts | None = None,
        api: Api | None = None,
    ) -> None:
        self._clock = clock
        self._api = api or Api(client, clock=clock, timeouts=timeouts)

    async def list(self, record: Record = unrecorded) -> tuple[ModelInfo, ...]:
        """All models, in the server's order, each id once.

        The list is unpaged by the reference; a server that says has_more is followed as long as new
        ids come, since there are servers that ignore `after` and would never end.
        """
        models: dict[str, ModelInfo] = {}
        after: dict[str, str] = {}
        for _ in range(MAX_PAGES):
            answer = await self._get("/models", record, query=after)
            new = {model.id: model for model in _models(answer) if model.id not in models}
            models |= new
            if not new or not isinstance(answer, dict):
                break
            if cast("dict[str, Any]", answer).get("has_more") is not True:
                break
            after = {"after": next(reversed(new))}
        return tuple(models.values())

    async def get(self, model: str, record: Record = unrecorded) -> ModelInfo:
        """One model.

        Raises:
            ModelNotFoundError: there is none of this name.
            UpstreamError: one of its leaves.
        """
        if not model.strip() or model in (".", ".."):
            raise ModelNotFoundError(model=model)  # would ask for another path
        try:
            answer = await self._get(f"/models/{quote(model, safe=':')}", record, model=model)
        except EndpointMissingError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            # A 404 without a word about models: no such model, or no such route at all.
            return await self._find(model, error, record)
        info = _model(answer)
        if info is None:
            raise BadAnswerError(status=200, damage=Damage.WRONG_SHAPE)
        return info

    async def _find(self, model: str, missing: EndpointMissingError, record: Record) -> ModelInfo:
        """The collection decides, as openai-compatible servers without the single route need."""
        found = next((info for info in await self.list(record) if info.id == model), None)
        if found is None:
            raise ModelNotFoundError(
                missing.detail, missing.status, missing.request_id, model
            ) from missing
        return found

    async def _get(
        self,
        path: str,
        record: Record,
        *,
        model: str = "",
        query: Mapping[str, str] | None = None,
    ) -> object:
        sending = Sending(
            operation=Operation.MODELS,
            method="GET",
            path=path,
            route="" if model else path,
            model=model,
            query=query or {},
        )
        started = self._clock.monotonic()
        outcome = "left"
        try:
            async with self._api.deadlines() as deadlines:
                answer = await self._api.json(sending, deadlines, record)
            outcome = "finished"
        except UpstreamError as error:
            outcome = type(error).__name__
            raise
        else:
            return answer
        finally:
            seconds = round(self._clock.monotonic() - started, 3)
            log.info("models", model=model, outcome=outcome, seconds=seconds)


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
        created=moment(fields, "created"),
        shutdown_date=_day(fields.get("shutdown_date")),
    )


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
