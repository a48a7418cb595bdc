"""Reading answers of text, and chat standing in for operations that a server does not have."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from http import HTTPStatus

from bot.ai._chunks import ChatReader
from bot.ai._responses import ResponsesReader
from bot.ai._wire import Answer, Kind, Piece
from bot.domain.chat import Delta, Finished, StreamingDropped, Usage
from bot.domain.errors import BadAnswerError, Damage

DRAIN_S = 0.1
"""How long the end of the body may take after [DONE], before the connection is given up."""


class NothingCameError(Exception):
    """A stream without a single event: some servers can't stream and say nothing at all."""


async def deltas_of(
    pieces: AsyncGenerator[Piece, None], reader: ChatReader | ResponsesReader, *, streamed: bool
) -> AsyncGenerator[Delta | StreamingDropped, None]:
    """Deltas of a stream, or of an answer that came whole although it was to be `streamed`.

    Raises:
        NothingCameError: not a single piece came.
        BadAnswerError: what the reader has against the answer.
    """
    came = done = False
    async for piece in pieces:
        if piece.kind is Kind.DONE:
            done = True
            break
        came, whole = True, piece.kind is Kind.WHOLE
        deltas = reader.whole(piece.fields) if whole else reader.take(piece.fields)
        if whole:
            reader.check(done=True)
            if streamed:
                yield StreamingDropped()
        for delta in deltas:
            yield delta
        if whole or reader.ended:
            return
    if not came:
        raise NothingCameError
    reader.check(done=done)


async def read_text(
    answer: Answer, reader: ChatReader, model: str
) -> AsyncGenerator[Delta | StreamingDropped | Finished, None]:
    """Events of an answer that is made of choices; the last is `Finished`.

    Raises:
        BadAnswerError: EMPTY where nothing came at all, which streams may be asked again for.
    """
    try:
        async with (
            aclosing(answer.pieces()) as pieces,
            aclosing(deltas_of(pieces, reader, streamed=answer.wants_stream)) as events,
        ):
            async for event in events:
                yield event
    except NothingCameError:
        raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.EMPTY) from None
    yield Finished(
        finish_reasons=reader.finish_reasons,
        usage=reader.usage,
        model=reader.model or model,
        request_id=answer.request_id,
    )
    await answer.drain(DRAIN_S)


def text_reader(
    make: Callable[[], ChatReader], model: str
) -> Callable[[Answer], AsyncGenerator[Delta | StreamingDropped | Finished, None]]:
    """A reader for `Api.ask`, new for each try."""

    def read(
        answer: Answer,
    ) -> AsyncGenerator[Delta | StreamingDropped | Finished, None]:
        return read_text(answer, make(), model)

    return read


def together(counts: list[Usage | None]) -> Usage | None:
    """The sum of several calls; unknown where one of them is."""
    known = [each for each in counts if each is not None]
    if not known or len(known) < len(counts):
        return None

    def total(*parts: int | None) -> int | None:
        return None if None in parts else sum(part for part in parts if part is not None)

    return Usage(
        prompt=total(*(each.prompt for each in known)),
        completion=total(*(each.completion for each in known)),
        cached=total(*(each.cached for each in known)),
        reasoning=total(*(each.reasoning for each in known)),
    )
