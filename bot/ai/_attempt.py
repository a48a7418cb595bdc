"""One try at an answer: one request, on one route."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus

import openai
from openai import AsyncOpenAI

from bot.ai._chunks import ChatReader
from bot.ai._deadlines import Deadlines
from bot.ai._errors import Call, ServerSaidError, facts_of
from bot.ai._facts import Facts
from bot.ai._recording import Note
from bot.ai._requests import Shape
from bot.ai._responses import ResponsesReader
from bot.ai._sending import Sending
from bot.ai._texts import DRAIN_S, NothingCameError, deltas_of
from bot.ai._wire import sent
from bot.ai.client import Timeouts, secrets_of
from bot.domain.calls import Operation, Record
from bot.domain.chat import ChatEvent, Finished
from bot.domain.clock import Clock
from bot.domain.errors import BadAnswerError, Damage, UpstreamError


class Attempt:
    """Makes the request when `events` is first asked for one.

    begun        something was yielded: from then on nothing may be tried again
    takes_usage  the server turned out to be OpenAI's behind another name, so token counts may be
                 asked for from now on
    """

    def __init__(
        self,
        client: AsyncOpenAI,
        shape: Shape,
        deadlines: Deadlines,
        timeouts: Timeouts,
        *,
        clock: Clock,
        record: Record,
    ) -> None:
        self._client = client
        self._shape = shape
        self._clock = clock
        self._record = record
        self._deadlines = deadlines
        self._timeouts = timeouts
        self._request_id: str | None = None
        self.begun = False
        self.takes_usage = False

    async def events(self) -> AsyncGenerator[ChatEvent, None]:
        shape = self._shape
        sending = Sending(
            operation=Operation.CHAT,
            path=f"/{shape.route}",
            model=shape.request.model,
            body=shape.body(),
        )
        async with sent(
            self._client,
            sending,
            Note(sending, self._record, call=self.call, clock=self._clock),
            deadlines=self._deadlines,
            timeouts=self._timeouts,
        ) as exchange:
            self._request_id = exchange.request_id
            reader = ChatReader() if shape.route == "chat/completions" else ResponsesReader()
            try:
                async with (
                    aclosing(exchange.pieces()) as pieces,
                    aclosing(deltas_of(pieces, reader, streamed=shape.stream)) as events,
                ):
                    async for event in events:
                        self.begun = exchange.begun = True
                        yield event
            except NothingCameError:
                if shape.stream:
                    raise
                raise BadAnswerError(
                    status=HTTPStatus.OK, request_id=exchange.request_id, damage=Damage.EMPTY
                ) from None
            except UpstreamError as error:
                error.request_id = exchange.request_id
                if isinstance(error, BadAnswerError):
                    error.status = HTTPStatus.OK
                raise
            refused = "stream_options" in shape.left_out
            unasked = shape.stream and not shape.usage and not refused and reader.usage is None
            self.takes_usage = unasked and exchange.is_openai
            yield Finished(
                finish_reasons=reader.finish_reasons,
                usage=reader.usage,
                model=reader.model or shape.request.model,
                request_id=exchange.request_id,
            )
            await exchange.drain(DRAIN_S)

    @property
    def call(self) -> Call:
        return Call(
            operation=self._shape.route,
            model=self._shape.request.model,
            secrets=secrets_of(self._client),
            connect=self._timeouts.connect,
            read=self._timeouts.first,
        )

    def refusal(self, error: Exception, *, now: datetime) -> Facts | None:
        """What the server said, where it was the server that said it."""
        match error:
            case openai.APIStatusError():
                return facts_of(error, now=now)
            case ServerSaidError(facts=facts):
                return replace(facts, request_id=self._request_id)
            case _:
                return None
