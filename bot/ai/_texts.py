"""Reading answers of text, and chat standing in for operations that a server does not have."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from http import HTTPStatus

from bot.ai._chunks import ChatReader
from bot.ai._wire import Answer, Kind
from bot.domain.chat import Delta, Finished, StreamingDropped, Usage
from bot.domain.errors import BadAnswerError, Damage

DRAIN_S = 0.1
"""How long the end of the body may take after [DONE], before the connection is given up."""


async def read_text(
    answer: Answer, reader: ChatReader, model: str
) -> AsyncGenerator[Delta | StreamingDropped | Finished, None]:
    """Events of an answer that is made of choices; the last is `Finished`.

    Raises:
        BadAnswerError: EMPTY where nothing came at all, which streams may be asked again for.
    """
    came = done = False
    async with aclosing(answer.pieces()) as pieces:
        async for piece in pieces:
            if piece.kind is Kind.DONE:
                done = True
                break
            came, whole = True, piece.kind is Kind.WHOLE
            deltas = reader.whole(piece.fields) if whole else reader.take(piece.fields)
            if whole:
                reader.check(done=True)
                if answer.wants_stream:
                    yield StreamingDropped()
            for delta in deltas:
                yield delta
            if whole:
                done = True
                break
    if not came:
        raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.EMPTY)
    reader.check(done=done)
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
