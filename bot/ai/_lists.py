"""Lists as servers page them, or do not."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, cast

from bot.ai._chunks import objects
from bot.ai._deadlines import Deadlines
from bot.ai._sending import Sending
from bot.ai._values import number
from bot.ai.api import Api
from bot.domain.calls import Json, Record
from bot.domain.errors import BadAnswerError, Damage, RequestRejectedError


class Pages:
    """One page at a time; servers of 2023 know neither `limit` nor `after`, and give all at once.

    It is followed only while `has_more` is true and new ids come: some servers say so for ever.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._plain: set[str] = set()  # routes that take no query

    async def page(
        self, sending: Sending, deadlines: Deadlines, record: Record, *, identifier: str = ""
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Items, and the id to go on after; None at the end.

        Raises:
            UpstreamError: one of its leaves.
        """
        after = sending.query.get("after")
        if sending.path in self._plain:
            sending = _plain(sending)
        try:
            answer = await self._api.json(sending, deadlines, record, identifier=identifier)
        except RequestRejectedError:
            if not sending.query:
                raise
            answer = await self._api.json(_plain(sending), deadlines, record, identifier=identifier)
            self._plain.add(sending.path)
        items, more = _items(answer)
        ids = [item.get("id") for item in items]
        if after is not None and after in ids:  # it was not heeded: everything came again
            items = items[ids.index(after) + 1 :]
        last = items[-1].get("id") if items else None
        return items, last if more and isinstance(last, str) else None


def _plain(sending: Sending) -> Sending:
    return Sending(
        operation=sending.operation,
        method=sending.method,
        path=sending.path,
        route=sending.route,
        model=sending.model,
    )


def _items(answer: Json) -> tuple[list[dict[str, Any]], bool]:
    if isinstance(answer, list):
        return objects(cast("object", answer)), False
    fields = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
    if not isinstance(fields.get("data"), list):
        if fields.get("object") == "list":
            return [], False  # "data": null where there are none
        raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.WRONG_SHAPE)
    return objects(fields["data"]), fields.get("has_more") is True


def words(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) and value else None


def moment(fields: Mapping[str, Any], name: str) -> datetime | None:
    """Unix seconds; 0 is what servers send that do not know."""
    seconds = number(fields.get(name))
    if not seconds or seconds < 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
