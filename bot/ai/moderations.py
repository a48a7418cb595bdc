"""POST /moderations."""

from base64 import b64encode
from collections.abc import AsyncGenerator, Mapping
from http import HTTPStatus
from typing import Any, cast

from bot.ai._chunks import objects
from bot.ai._form import Form
from bot.ai._sending import Sending
from bot.ai._wire import Answer
from bot.ai.api import Api, only
from bot.domain.calls import Operation, Record, unrecorded
from bot.domain.errors import BadAnswerError, Damage
from bot.domain.moderations import Moderation, ModerationRequest, Verdict

PATH = "/moderations"


class OpenAIModerations:
    """Implements bot.domain.moderations.Moderator."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def moderate(self, request: ModerationRequest, record: Record = unrecorded) -> Moderation:
        """One verdict for each text, or one for all of it where there is a picture.

        Raises:
            UpstreamError: one of its leaves.
        """
        sending = Sending(
            operation=Operation.MODERATION,
            path=PATH,
            route=PATH,
            model=request.model,
            body={"model": request.model, "input": _input(request)},
        )

        async def read(answer: Answer) -> AsyncGenerator[Moderation, None]:
            yield _moderation(answer.fields(await answer.body()), request, answer.request_id)

        # Old servers know no model here, or another one: then theirs is used.
        form = Form(sending, frozenset({"input"}))
        async with self._api.deadlines() as deadlines:
            found, _ = await only(self._api.ask(form, read, deadlines, record), Moderation)
        return found


def _input(request: ModerationRequest) -> str | list[Any]:
    picture = request.picture
    if picture is None:
        return request.texts[0] if len(request.texts) == 1 else list(request.texts)
    url = f"data:{picture.mime};base64,{b64encode(picture.data).decode('ascii')}"
    parts: list[Any] = [{"type": "text", "text": text} for text in request.texts]
    return [*parts, {"type": "image_url", "image_url": {"url": url}}]


def _moderation(
    fields: Mapping[str, Any], request: ModerationRequest, request_id: str | None
) -> Moderation:
    verdicts = tuple(_verdict(each) for each in objects(fields.get("results")))
    if not verdicts:
        raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.WRONG_SHAPE)
    model = fields.get("model")
    return Moderation(
        verdicts=verdicts,
        model=model if isinstance(model, str) and model else request.model,
        request_id=request_id,
    )


def _verdict(result: Mapping[str, Any]) -> Verdict:
    """Unknown categories are kept by their names; some servers leave `flagged` out."""
    categories = _table(result.get("categories"))
    flags = {name: value is True for name, value in categories.items() if value is not None}
    scores = {
        name: float(value)
        for name, value in _table(result.get("category_scores")).items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    flagged = result.get("flagged")
    return Verdict(
        flagged=flagged if isinstance(flagged, bool) else any(flags.values()),
        categories=flags,
        scores=scores,
    )


def _table(value: object) -> Mapping[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
