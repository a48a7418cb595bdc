"""Chat: a question goes out, its answer comes back as events, whatever the server makes of it."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial

import structlog
from openai import AsyncOpenAI

from bot.ai._attempt import Attempt
from bot.ai._deadlines import Deadlines
from bot.ai._errors import Call, translated, upstream
from bot.ai._facts import Facts
from bot.ai._parameters import put_differently
from bot.ai._refused_files import about_files
from bot.ai._requests import FILES, Shape
from bot.ai._texts import NothingCameError
from bot.ai.api import is_openai, learn_from
from bot.ai.capabilities import Endpoints
from bot.ai.client import Timeouts
from bot.ai.learned import InMemoryParameters, LearnedParameters
from bot.ai.retries import RetryPolicy
from bot.domain.calls import Record, unrecorded
from bot.domain.chat import ChatEvent, ChatRequest, Finished, StreamingDropped
from bot.domain.clock import Clock
from bot.domain.errors import UpstreamError

log = structlog.get_logger(__name__)

TAKES_USAGE = "stream_options"


class OpenAIChat:
    """Implements bot.domain.chat.ChatModel.

    learned   what models refused before; kept by the caller, so that it outlives the process
    retries   what is tried again, and after how long; NO_RETRIES leaves that to the caller
    endpoints  told which of the paths are there; None: nobody wants to know
    legacy    the operator says that the server speaks as in 2023
    on_retry  told of each try that failed and is made again, with the pause in seconds
    """

    def __init__(
        self,
        client: AsyncOpenAI,
        *,
        clock: Clock,
        timeouts: Timeouts | None = None,
        learned: LearnedParameters | None = None,
        retries: RetryPolicy | None = None,
        on_retry: Callable[[UpstreamError, float], None] | None = None,
        endpoints: Endpoints | None = None,
        legacy: bool = False,
    ) -> None:
        self._client = client
        self._clock = clock
        self._timeouts = timeouts or Timeouts()
        self._learned = learned or InMemoryParameters()
        self._retries = retries or RetryPolicy()
        self._on_retry = on_retry
        self._server = str(client.base_url)
        self._legacy = legacy
        self._endpoints = endpoints
        # Forgotten with the process, since both may change on the server's side: organizations get
        # verified, servers updated.
        self._only_responses: set[str] = set()
        self._only_whole: set[str] = set()
        self._told: set[str] = set()
        """Models whose answers come in one piece, where that was said once: it is no news then."""

    async def answer(
        self, request: ChatRequest, record: Record = unrecorded
    ) -> AsyncGenerator[ChatEvent, None]:
        """Events as they arrive; the last is `Finished`. Closing it early ends the call.

        Raises:
            UpstreamError: one of its leaves. What was yielded before stays valid as partial text.
        """
        started = self._clock.monotonic()
        outcome, request_id = "left", None
        try:
            async with (
                Deadlines(self._clock, overall=self._timeouts.overall) as deadlines,
                aclosing(self._answer(request, deadlines, record)) as events,
            ):
                async for event in events:
                    if isinstance(event, Finished):
                        outcome, request_id = "finished", event.request_id
                    if isinstance(event, StreamingDropped) and request.model in self._told:
                        continue
                    if isinstance(event, StreamingDropped):
                        self._told.add(request.model)
                    yield event
        except UpstreamError as error:
            outcome, request_id = type(error).__name__, error.request_id
            raise
        finally:
            log.info(
                "chat",
                model=request.model,
                outcome=outcome,
                request_id=request_id,
                seconds=round(self._clock.monotonic() - started, 3),
            )

    async def _answer(
        self, request: ChatRequest, deadlines: Deadlines, record: Record
    ) -> AsyncGenerator[ChatEvent, None]:
        shape, told = await self._prepared(request)
        for event in told:
            yield event
        tried_again = 0
        while True:
            attempt = Attempt(
                self._client, shape, deadlines, self._timeouts, clock=self._clock, record=record
            )
            try:
                async with aclosing(attempt.events()) as events:
                    async for event in events:
                        yield event
            except NothingCameError:
                told = self._unstreamed(shape)
            except Exception as cause:  # noqa: BLE001  it goes on, as what it is
                facts = attempt.refusal(cause, now=self._clock.now())
                error = self._translated(cause, facts, attempt.call)
                await self._learn_path(shape, error)
                if attempt.begun:
                    raise error from error.__cause__
                told = await self._put_differently(shape, facts)
                if told is None:
                    pause = self._pause(error, tried_again, request.model)
                    await deadlines.wait(self._clock.sleep(pause))
                    tried_again += 1
            else:
                await self._learn_path(shape, None)
                await self._learn_usage(attempt, request.model)
                return
            for event in told or ():
                yield event

    async def _learn_path(self, shape: Shape, error: UpstreamError | None) -> None:
        if self._endpoints is not None:
            await learn_from(self._endpoints, f"/{shape.route}", error)

    async def _learn_usage(self, attempt: Attempt, model: str) -> None:
        if attempt.takes_usage:
            await self._learned.learn(self._server, model, TAKES_USAGE, TAKES_USAGE)

    async def _prepared(self, request: ChatRequest) -> tuple[Shape, Sequence[ChatEvent]]:
        """The question as this model of this server takes it, by all that is known."""
        model = request.model
        known = await self._learned.of(self._server, model)
        found = known.get(TAKES_USAGE) == TAKES_USAGE or is_openai(self._server)
        todays = found and not self._legacy
        shape = Shape(
            request,
            stream=request.stream,
            usage=todays,
            identify="user" if self._legacy else "safety_identifier" if todays else "",
        )
        told: list[ChatEvent] = [*shape.apply(known)]
        if known.get(FILES, FILES) is None:
            told += shape.without_files()
        if model in self._only_responses:
            told += shape.use_responses()
        if shape.stream and model in self._only_whole:
            told += self._unstreamed(shape)
        return shape, told

    def _translated(self, cause: Exception, facts: Facts | None, call: Call) -> UpstreamError:
        if isinstance(cause, UpstreamError):
            return cause
        ours = upstream(facts, call) if facts else translated(cause, call, now=self._clock.now())
        if ours is None:
            raise cause
        ours.__cause__ = cause
        return ours

    async def _put_differently(
        self, shape: Shape, facts: Facts | None
    ) -> Sequence[ChatEvent] | None:
        """Change what the server refused, and say so; None: it failed for another reason."""
        model = shape.request.model
        if facts is None:
            return None
        if shape.route == "chat/completions" and only_in_responses(facts):
            self._only_responses.add(model)
            return shape.use_responses()
        if shape.sends_files and (files := about_files(facts)):
            if files.lasting:
                await self._learned.learn(self._server, model, FILES, None)
            return shape.without_files()
        told = await put_differently(
            shape, facts, partial(self._learned.learn, self._server, model)
        )
        if told and StreamingDropped() in told:
            self._only_whole.add(model)
        return told

    def _unstreamed(self, shape: Shape) -> Sequence[ChatEvent]:
        self._only_whole.add(shape.request.model)
        return shape.unstream()

    def _pause(self, error: UpstreamError, tried_again: int, model: str) -> float:
        """Seconds until the next try; raises `error` where there is none."""
        pause = self._retries.pause(error, tried_again=tried_again)
        if pause is None:
            raise error from error.__cause__
        log.info("chat_again", model=model, error=type(error).__name__, status=error.status)
        if self._on_retry:
            self._on_retry(error, pause)
        return pause


def only_in_responses(facts: Facts) -> bool:
    """The model is there, but not on this route: "only supported in v1/responses"."""
    words = facts.message.lower()
    return facts.status in (400, 404) and "v1/responses" in words and "support" in words
