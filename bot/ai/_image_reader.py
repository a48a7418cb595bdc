"""Pictures out of what the image endpoints answer: whole or in events, as base64 or as links."""

import binascii
from base64 import b64decode
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from http import HTTPStatus
from typing import Any

from bot.ai._chunks import objects, usage
from bot.ai._deadlines import Deadlines
from bot.ai._links import Links
from bot.ai._wire import Answer, Kind
from bot.domain.chat import StreamingDropped
from bot.domain.errors import BadAnswerError, Damage
from bot.domain.images import PartialPicture, Picture, PicturesFinished

MAX_PICTURE_BYTES = 48 * 1024 * 1024
"""3840x2160 with alpha is 33 MB before any compression."""

MAX_ANSWER_BYTES = 192 * 1024 * 1024
"""Ten pictures as they come in practice, as base64; never ten of the largest."""

MAX_PICTURES = 10  # what the API allows as n

Event = PartialPicture | Picture | PicturesFinished | StreamingDropped

_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"<svg", "image/svg+xml"),
    (b"<?xml", "image/svg+xml"),
)


class ImageReader:
    """Reads one answer; `read` is what `Api.ask` is given, once for each try."""

    def __init__(self, links: Links, deadlines: Deadlines, model: str) -> None:
        self._links = links
        self._deadlines = deadlines
        self._model = model

    async def read(self, answer: Answer) -> AsyncGenerator[Event, None]:
        """Events; the last is `PicturesFinished`.

        Raises:
            BadAnswerError: what came is no picture, or the stream ended before one.
        """
        answer.most = MAX_ANSWER_BYTES
        answer.most_event = MAX_PICTURE_BYTES * 4 // 3 + 100_000
        facts: dict[str, Any] = {}
        made, came, whole = 0, False, False
        async with aclosing(answer.pieces()) as pieces:
            async for piece in pieces:
                came, fields = True, piece.fields
                kind = str(fields.get("type", ""))
                if piece.kind is Kind.DONE:
                    break
                if piece.kind is Kind.WHOLE:
                    whole = True
                    if answer.wants_stream:
                        yield StreamingDropped()
                    facts = dict(fields)
                    async for picture in self._whole(fields):
                        made += 1
                        yield picture
                elif kind.endswith(".partial_image"):
                    data = decoded(fields.get("b64_json"))
                    yield PartialPicture(index=made, data=data, mime=mime_of(data))
                elif kind.endswith(".completed"):
                    facts |= fields
                    data = decoded(fields.get("b64_json"))
                    yield Picture(index=made, data=data, mime=mime_of(data))
                    made += 1
        if not made:
            damage = Damage.WRONG_SHAPE if whole else Damage.CUT if came else Damage.EMPTY
            raise BadAnswerError(status=HTTPStatus.OK, damage=damage)
        yield self._finished(facts, made, answer.request_id)

    async def _whole(self, fields: Mapping[str, Any]) -> AsyncGenerator[Picture, None]:
        if not isinstance(fields.get("data"), list):
            raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.WRONG_SHAPE)
        for index, item in enumerate(objects(fields["data"])[:MAX_PICTURES]):
            link = item.get("url")
            if isinstance(link, str) and not item.get("b64_json"):
                data = (
                    decoded(link)
                    if link.startswith("data:")
                    else await self._links.fetch(link, self._deadlines, most=MAX_PICTURE_BYTES)
                )
            else:
                data = decoded(item.get("b64_json"))
            revised = item.get("revised_prompt")
            yield Picture(
                index=index,
                data=data,
                mime=mime_of(data),
                revised_prompt=revised if isinstance(revised, str) else None,
            )

    def _finished(
        self, facts: Mapping[str, Any], made: int, request_id: str | None
    ) -> PicturesFinished:
        def said(name: str) -> str | None:
            value = facts.get(name)
            return value if isinstance(value, str) else None

        return PicturesFinished(
            pictures=made,
            usage=usage(facts.get("usage")),
            model=said("model") or self._model,
            request_id=request_id,
            size=said("size"),
            quality=said("quality"),
            background=said("background"),
            output_format=said("output_format"),
        )


def decoded(value: object) -> bytes:
    """base64, also as a data URL.

    Raises:
        BadAnswerError: it is none, or too long.
    """
    if not isinstance(value, str) or not value:
        raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.WRONG_SHAPE)
    text = value.partition(",")[2] if value.startswith("data:") else value
    if len(text) * 3 // 4 > MAX_PICTURE_BYTES:
        raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.ENDLESS)
    try:
        return b64decode(text)
    except (binascii.Error, ValueError):
        raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.WRONG_SHAPE) from None


def mime_of(data: bytes) -> str:
    """By the content alone: what is declared is wrong often enough.

    Raises:
        BadAnswerError: it is no picture.
    """
    for start, mime in _STARTS:
        if data.startswith(start):
            return mime
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.WRONG_SHAPE, detail="no picture")
